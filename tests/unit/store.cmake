# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
openkb_unit_test(kb SOURCES kb.c LIBRARIES okb-kb)
foreach(name transaction recover recover-python rebuild registry reaper lock view-additions view-index
        view-hashes)
    openkb_unit_test(${name} SOURCES ${name}.c LIBRARIES okb-store PkgConfig::SQLITE
        PkgConfig::JANSSON)
endforeach()
openkb_unit_test(dirs SOURCES dirs.c LIBRARIES okb-store)
openkb_unit_test(publish SOURCES publish.c LIBRARIES okb-store-faults)
