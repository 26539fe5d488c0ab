# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
openkb_unit_test(names SOURCES names.c ${PROJECT_SOURCE_DIR}/core/ingest/names.c
    LIBRARIES okb-util)
openkb_unit_test(render SOURCES render.c ${PROJECT_SOURCE_DIR}/core/ingest/render.c
    ${PROJECT_SOURCE_DIR}/core/ingest/excerpt.c ${PROJECT_SOURCE_DIR}/core/ingest/names.c
    LIBRARIES okb-util PkgConfig::JANSSON)
openkb_unit_test(convert-output SOURCES convert-output.c
    ${PROJECT_SOURCE_DIR}/core/ingest/convert-output.c ${PROJECT_SOURCE_DIR}/core/ingest/render.c
    ${PROJECT_SOURCE_DIR}/core/ingest/excerpt.c ${PROJECT_SOURCE_DIR}/core/ingest/names.c
    LIBRARIES okb-util PkgConfig::JANSSON)
openkb_unit_test(copy SOURCES copy.c ${PROJECT_SOURCE_DIR}/core/ingest/copy.c LIBRARIES okb-util)
openkb_unit_test(plan SOURCES plan.c ${PROJECT_SOURCE_DIR}/core/ingest/plan.c
    ${PROJECT_SOURCE_DIR}/core/ingest/copy.c LIBRARIES okb-util)
openkb_unit_test(known SOURCES known.c ${PROJECT_SOURCE_DIR}/core/ingest/known.c
    ${PROJECT_SOURCE_DIR}/core/ingest/plan.c ${PROJECT_SOURCE_DIR}/core/ingest/copy.c
    LIBRARIES okb-store okb-plugins)
