# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# `cpack -G DEB`: one Debian package for each install component. docs/PACKAGING.md tells how.
# What CPack leaves to do on the staged files (manual pages, changelogs, stripping) is in
# packages/finish.cmake.
set(OPENKB_PACKAGE_MAINTAINER "the openkb authors <openkb@users.noreply.github.com>" CACHE STRING
    "Maintainer of the Debian packages")
set(OPENKB_PACKAGE_RELEASE 1 CACHE STRING "Debian revision of the packages")

# openkb_package(COMPONENT NAME SECTION DEPENDS RECOMMENDS SUMMARY DESCRIPTION)
function(openkb_package component name section depends recommends summary description)
    string(TOUPPER ${component} key)
    set(CPACK_DEBIAN_${key}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_SECTION ${section} PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_PACKAGE_RECOMMENDS "${recommends}" PARENT_SCOPE)
    set(CPACK_DEBIAN_${key}_DESCRIPTION "${summary}\n${description}" PARENT_SCOPE)
    set(CPACK_COMPONENTS_ALL ${CPACK_COMPONENTS_ALL} ${component} PARENT_SCOPE)
endfunction()

set(abi openkb-plugin-abi-${OKB_ABI_MAJOR})
set(CPACK_COMPONENTS_ALL)
openkb_package(openkb openkb text ""
    "openkb-plugin-pdf, openkb-plugin-html, openkb-plugin-markdown"
    "turn documents into a knowledge base of clean Markdown"
    "openkb converts PDF, HTML and Markdown files into a directory of Markdown
with images and summaries. A document is in it whole or not at all, whatever
instruction the machine died at. Converters are plugins in packages of their
own and run confined, one process a document.")
set(CPACK_DEBIAN_OPENKB_PACKAGE_PROVIDES ${abi})
foreach(id pdf html markdown)
    set(depends ${abi})
    if(id STREQUAL "pdf")
        set(what "PDF files")
        string(APPEND depends ", poppler-data") # without it, Chinese and Japanese text is lost
    elseif(id STREQUAL "html")
        set(what "HTML and XHTML pages")
        string(APPEND depends ", libxml2, libuchardet0") # loaded when a page needs them
    else()
        set(what "Markdown files")
    endif()
    if(TARGET plugin-${id})
        openkb_package(plugin-${id} openkb-plugin-${id} text "${depends}" ""
            "plugin of openkb that reads ${what}"
            "openkb turns documents into a knowledge base of clean Markdown. This
package holds the plugin that reads ${what}.")
    endif()
endforeach()
openkb_package(plugin-dev openkb-plugin-dev libdevel "libc6-dev" "openkb, cmake, pkg-config"
    "write converter plugins for openkb"
    "openkb turns documents into a knowledge base of clean Markdown. This
package holds what a plugin for another format is written with: the plugin
interface as C header, C++ header and Rust crate, the Markdown writer,
templates, examples and manual pages.")

set(CPACK_DEBIAN_PLUGIN-DEV_PACKAGE_SUGGESTS "cmark-gfm | cmark, valgrind") # of the checker

set(CPACK_PACKAGE_NAME openkb)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # else it stands before each package's own
set(CPACK_PACKAGE_VENDOR "the openkb authors")
set(CPACK_PACKAGE_CONTACT "${OPENKB_PACKAGE_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_RELEASE ${OPENKB_PACKAGE_RELEASE})
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_PACKAGING_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR}/packages)
set(CPACK_VERBATIM_VARIABLES ON)
# What finish.cmake needs.
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/packages/finish.cmake)
set(CPACK_OPENKB_CHANGELOG ${PROJECT_SOURCE_DIR}/docs/CHANGELOG.md)
set(CPACK_OPENKB_STRIP ${CMAKE_STRIP})
set(CPACK_OPENKB_FILES ${CMAKE_CURRENT_LIST_DIR}/packages)
include(CPack)
