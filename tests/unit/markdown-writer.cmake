# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
openkb_unit_test(markdown-writer SOURCES markdown-writer.c LIBRARIES OpenKB::Markdown)

pkg_check_modules(CMARK_GFM IMPORTED_TARGET GLOBAL libcmark-gfm>=0.29)
find_library(CMARK_GFM_EXTENSIONS cmark-gfm-extensions)
if(CMARK_GFM_FOUND AND CMARK_GFM_EXTENSIONS)
    openkb_unit_test(markdown-writer-rendering SOURCES markdown-writer-rendering.c
        LIBRARIES OpenKB::Markdown PkgConfig::CMARK_GFM ${CMARK_GFM_EXTENSIONS})
endif()
