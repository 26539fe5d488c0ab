# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
openkb_unit_test(manifest SOURCES manifest.c LIBRARIES okb-plugins)
openkb_unit_test(select SOURCES select.c LIBRARIES okb-plugins)
openkb_unit_test(bundle SOURCES bundle.c ${PROJECT_SOURCE_DIR}/core/ingest/bundle.c
    LIBRARIES okb-plugins okb-util PkgConfig::JANSSON)

openkb_unit_test(services SOURCES services.c misuses.c ${PROJECT_SOURCE_DIR}/core/ingest/bundle.c
    LIBRARIES okb-worker okb-util PkgConfig::JANSSON)
openkb_unit_test(hosts SOURCES hosts.c misuses.c LIBRARIES okb-check-host)

openkb_unit_test(seccomp-filter SOURCES seccomp-filter.c LIBRARIES okb-worker)

openkb_unit_test(siblings SOURCES siblings.c ${PROJECT_SOURCE_DIR}/core/ingest/siblings.c
    LIBRARIES okb-plugins okb-util)

openkb_unit_test(pool-job SOURCES pool-job.c LIBRARIES okb-ingest)

openkb_unit_test(pool SOURCES pool.c ${PROJECT_SOURCE_DIR}/tests/malice/kit.c
    ${PROJECT_SOURCE_DIR}/core/ingest/bundle.c ${PROJECT_SOURCE_DIR}/core/ingest/pool.c
    ${PROJECT_SOURCE_DIR}/core/ingest/pool-job.c ${PROJECT_SOURCE_DIR}/core/ingest/siblings.c
    ${PROJECT_SOURCE_DIR}/core/ingest/worker-client.c
    LIBRARIES okb-plugins okb-protocol okb-util PkgConfig::JANSSON)
target_compile_definitions(test-pool PRIVATE OPENKB_LIBEXEC_DIR="${OPENKB_LIBEXEC_DIR}")
add_dependencies(test-pool openkb-worker fixture-actor)
set_tests_properties(unit/pool PROPERTIES
    ENVIRONMENT "OPENKB_LIBEXEC=$<TARGET_FILE_DIR:openkb-worker>;OPENKB_FIXTURES=$<TARGET_FILE_DIR:fixture-actor>")
