# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
openkb_unit_test(markdown-writer SOURCES markdown-writer.c LIBRARIES OpenKB::Markdown)
