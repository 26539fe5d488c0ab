# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# How everything here is compiled: language level, warnings, sanitizers, hardening, paths.
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME openkb) # what says nothing else is of the program's package
find_package(PkgConfig REQUIRED)

if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_BUILD_RPATH_USE_ORIGIN ON)
set(CMAKE_SKIP_INSTALL_RPATH ON)

add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wwrite-strings -Wno-missing-field-initializers)
# The tree's own path must not reach the binaries: two builds in two places are to be equal.
# CMake names sources relative to a build directory that is within the tree.
file(RELATIVE_PATH up ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
string(REGEX REPLACE "/$" "" up "${up}")
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build
    -ffile-prefix-map=${up}=.)
if(OPENKB_WERROR)
    add_compile_options(-Werror)
endif()

if(OPENKB_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=address,undefined)
    # Nothing is added to NULL but 0, which C2y and C++ allow; only clang takes it for an overflow.
    add_compile_options($<$<C_COMPILER_ID:Clang>:-fno-sanitize=pointer-overflow>)
    if(OPENKB_FUZZ) # what is fuzzed is guided by all of our code that it runs
        add_compile_options($<$<C_COMPILER_ID:Clang>:-fsanitize=fuzzer-no-link>)
    endif()
    add_compile_definitions(OPENKB_SANITIZE=1)
else()
    add_compile_options(-fstack-protector-strong)
    add_link_options(-Wl,-z,relro,-z,now)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        add_compile_definitions(_FORTIFY_SOURCE=2)
    endif()
endif()

# Where plugins live: the plugin ABI's major is part of the path.
set(OPENKB_PLUGIN_DIR ${CMAKE_INSTALL_FULL_LIBDIR}/openkb/plugins-1)
set(OPENKB_LIBEXEC_DIR ${CMAKE_INSTALL_FULL_LIBEXECDIR}/openkb)
# All built plugins and their manifests are gathered here, so that a build tree runs as it is.
set(OPENKB_BUILD_PLUGIN_DIR ${CMAKE_BINARY_DIR}/plugins-1)

pkg_check_modules(GLIB REQUIRED IMPORTED_TARGET glib-2.0>=2.74)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3>=3.40)
pkg_check_modules(NETTLE REQUIRED IMPORTED_TARGET nettle>=3.8)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1>=0.2.5)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)

# openkb_plugin(NAME SOURCES ... LIBRARIES ...): a module and its manifest NAME.okbplugin.in,
# built into one directory and installed into the plugin directory.
function(openkb_plugin name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES" ${ARGN})
    add_library(plugin-${name} MODULE ${ARG_SOURCES})
    set_target_properties(plugin-${name} PROPERTIES
        PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${OPENKB_BUILD_PLUGIN_DIR})
    target_include_directories(plugin-${name} PRIVATE ${PROJECT_SOURCE_DIR}/sdk/include)
    target_link_libraries(plugin-${name} PRIVATE ${ARG_LIBRARIES})
    if(NOT OPENKB_SANITIZE)
        target_link_options(plugin-${name} PRIVATE -Wl,--no-undefined -Wl,--exclude-libs,ALL)
    endif()
    configure_file(${CMAKE_CURRENT_SOURCE_DIR}/${name}.okbplugin.in
        ${OPENKB_BUILD_PLUGIN_DIR}/${name}.okbplugin @ONLY)
    install(TARGETS plugin-${name} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/openkb/plugins-1
        COMPONENT plugin-${name})
    install(FILES ${OPENKB_BUILD_PLUGIN_DIR}/${name}.okbplugin
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/openkb/plugins-1 COMPONENT plugin-${name})
endfunction()
