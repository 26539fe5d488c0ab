# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: the openkb authors
#
# Run by CPack on the staged files of each component, before they become packages: what Debian
# policy asks of a package's contents. No time, name or path of this machine gets in.
if(NOT CPACK_PACKAGING_INSTALL_PREFIX STREQUAL "/usr")
    message(FATAL_ERROR "packages are made of a tree configured with -DCMAKE_INSTALL_PREFIX=/usr, "
        "this one has ${CPACK_PACKAGING_INSTALL_PREFIX}: the paths of plugins are compiled in")
endif()

set(readable OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)

function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# The package's directory in share/doc with copyright and both changelogs.
function(add_documents root package)
    set(doc ${root}/usr/share/doc/${package})
    set(copyright ${CPACK_OPENKB_FILES}/copyright)
    if(EXISTS ${copyright}-${package})
        set(copyright ${copyright}-${package})
    endif()
    file(MAKE_DIRECTORY ${doc})
    configure_file(${copyright} ${doc}/copyright COPYONLY FILE_PERMISSIONS ${readable})
    configure_file(${CPACK_OPENKB_CHANGELOG} ${doc}/changelog COPYONLY FILE_PERMISSIONS ${readable})
    configure_file(${CPACK_OPENKB_FILES}/changelog.Debian ${doc}/changelog.Debian @ONLY FILE_PERMISSIONS ${readable})
    run(gzip -9n ${doc}/changelog ${doc}/changelog.Debian)
endfunction()

# Machine code without the names of what the linker has done with.
function(strip_binaries root)
    file(GLOB_RECURSE files ${root}/usr/bin/* ${root}/usr/lib/* ${root}/usr/libexec/*)
    foreach(file IN LISTS files)
        file(READ ${file} magic LIMIT 8 HEX)
        if(magic STREQUAL "213c617263683e0a") # !<arch>
            run(${CPACK_OPENKB_STRIP} --strip-debug --enable-deterministic-archives
                --remove-section=.comment --remove-section=.note ${file})
        elseif(magic MATCHES "^7f454c46")
            run(${CPACK_OPENKB_STRIP} --strip-unneeded
                --remove-section=.comment --remove-section=.note ${file})
        endif()
    endforeach()
endfunction()

# Debian's zsh looks elsewhere for what packages bring.
function(move_zsh_completion root)
    if(EXISTS ${root}/usr/share/zsh/site-functions)
        file(RENAME ${root}/usr/share/zsh/site-functions ${root}/usr/share/zsh/vendor-completions)
    endif()
endfunction()

foreach(component IN LISTS CPACK_COMPONENTS_ALL)
    set(root ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/${component})
    string(TOUPPER ${component} key)
    set(package ${CPACK_DEBIAN_${key}_PACKAGE_NAME})
    add_documents(${root} ${package})
    strip_binaries(${root})
    move_zsh_completion(${root})
    file(GLOB pages ${root}/usr/share/man/man*/*.[1-9])
    if(NOT pages)
        message(FATAL_ERROR "${package} has no manual page: install go-md2man and configure again")
    endif()
    run(gzip -9n ${pages})
    file(CHMOD_RECURSE ${root} DIRECTORY_PERMISSIONS # whatever the umask
        OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
endforeach()
