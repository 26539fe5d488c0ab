# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# openkb_add_plugin(NAME
#     SOURCES file...
#     [MANIFEST file]        default NAME.okbplugin.in; @VARIABLES@ are replaced
#     [LIBRARIES library...]
#     [SAMPLES file-or-directory...]  default: samples or tests/samples, where there is one
#     [CHECK_ARGUMENTS argument...]   of openkb-plugin-check, such as --exclude ID=REASON
#     [DESTINATION dir])     default: where openkb looks for plugins
#
# A target NAME that builds the module NAME.so and puts it and its manifest into
# ${CMAKE_CURRENT_BINARY_DIR}/plugins, which `openkb --plugin-dir` accepts. The module exports one
# symbol, openkb_plugin_v1, and resolves all of its own when it is loaded. The manifest is checked
# when the build is configured, and the plugin with its samples by openkb-plugin-check as the test
# openkb-plugin-check-NAME, where that is installed.
set(_openkb_plugin_files "${CMAKE_CURRENT_LIST_DIR}")

function(openkb_add_plugin name)
    cmake_parse_arguments(PARSE_ARGV 1 ARG "" "MANIFEST;DESTINATION"
        "SOURCES;LIBRARIES;SAMPLES;CHECK_ARGUMENTS")
    if(ARG_UNPARSED_ARGUMENTS OR NOT ARG_SOURCES)
        message(FATAL_ERROR "openkb_add_plugin(${name}): SOURCES file... is missing, or there are "
            "words it does not know: ${ARG_UNPARSED_ARGUMENTS}")
    endif()
    if(NOT ARG_MANIFEST)
        set(ARG_MANIFEST ${name}.okbplugin.in)
    endif()
    if(NOT ARG_DESTINATION)
        set(ARG_DESTINATION ${OpenKBPlugin_DIRECTORY})
    endif()
    set(directory ${CMAKE_CURRENT_BINARY_DIR}/plugins)

    add_library(${name} MODULE ${ARG_SOURCES})
    set_target_properties(${name} PROPERTIES
        PREFIX "" OUTPUT_NAME ${name} SUFFIX .so
        LIBRARY_OUTPUT_DIRECTORY ${directory}
        C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
        LINK_DEPENDS ${_openkb_plugin_files}/exports.map)
    target_link_libraries(${name} PRIVATE OpenKB::Plugin ${ARG_LIBRARIES})
    target_link_options(${name} PRIVATE
        -Wl,-z,relro,-z,now -Wl,--exclude-libs,ALL
        -Wl,--version-script=${_openkb_plugin_files}/exports.map)
    # A sanitizer's runtime is in the program that loads the module.
    if(NOT "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" MATCHES "-fsanitize=")
        target_link_options(${name} PRIVATE -Wl,--no-undefined)
    endif()

    set(OpenKBPlugin_MODULE ${name}.so)
    configure_file(${ARG_MANIFEST} ${directory}/${name}.okbplugin @ONLY)
    execute_process(COMMAND ${CMAKE_COMMAND}
        -DMANIFEST=${directory}/${name}.okbplugin -DMODULE=${name}.so
        -DABI_MAJOR=${OpenKBPlugin_ABI_MAJOR} -DABI_MINOR=${OpenKBPlugin_ABI_MINOR}
        -P ${_openkb_plugin_files}/check-manifest.cmake
        RESULT_VARIABLE failed ERROR_VARIABLE reason)
    if(failed)
        message(FATAL_ERROR "${ARG_MANIFEST}: ${reason}")
    endif()

    install(TARGETS ${name} LIBRARY DESTINATION ${ARG_DESTINATION})
    install(FILES ${directory}/${name}.okbplugin DESTINATION ${ARG_DESTINATION})
    if(OPENKB_PLUGIN_CHECK)
        set(samples)
        foreach(sample IN LISTS ARG_SAMPLES)
            get_filename_component(sample ${sample} ABSOLUTE)
            list(APPEND samples ${sample})
        endforeach()
        foreach(usual samples tests/samples)
            if(NOT samples AND IS_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/${usual})
                set(samples ${CMAKE_CURRENT_SOURCE_DIR}/${usual})
            endif()
        endforeach()
        add_test(NAME openkb-plugin-check-${name} COMMAND ${OPENKB_PLUGIN_CHECK}
            ${ARG_CHECK_ARGUMENTS} ${directory}/${name}.okbplugin ${samples})
    endif()
endfunction()
