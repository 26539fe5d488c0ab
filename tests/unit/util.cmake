# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
openkb_unit_test(util SOURCES util.c LIBRARIES okb-util)
