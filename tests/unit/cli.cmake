# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
set(cli ${PROJECT_SOURCE_DIR}/core/cli)
openkb_unit_test(cli-options SOURCES cli-options.c ${cli}/options.c ${cli}/output.c
    ${cli}/short-options.c LIBRARIES okb-util PkgConfig::JANSSON m)
target_compile_definitions(test-cli-options PRIVATE OPENKB_VERSION="0")
openkb_unit_test(cli-output SOURCES cli-output.c ${cli}/output.c ${cli}/progress.c
    LIBRARIES okb-util PkgConfig::JANSSON)
openkb_unit_test(cli-match SOURCES cli-match.c ${cli}/match.c LIBRARIES okb-util)
openkb_unit_test(cli-page SOURCES cli-page.c ${cli}/page.c LIBRARIES okb-util PkgConfig::JANSSON)
openkb_unit_test(cli-report SOURCES cli-report.c ${cli}/report.c ${cli}/reasons.c
    ${cli}/output.c ${cli}/progress.c ${cli}/signals.c LIBRARIES okb-util PkgConfig::JANSSON)
