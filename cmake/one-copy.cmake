# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Rejects a project with two copies of the classes in one program, where qobject_cast() and findChildren() do not
# recognise objects of the other copy.
#
# That happens when a shared library, or a program that plugins link, has the static QLocal::DropIn in its public
# interface: it gets a copy, and so does everything that links it. The check runs at the end of the configuration, when
# all targets are known, which CMake supports from 3.19 on.

include_guard(GLOBAL)
if(CMAKE_VERSION VERSION_LESS 3.19)
    return()
endif()

# Sets <result> to whether targets that link <target> compile against the static library and link it too. Compares
# names, since an imported target is known only where it was imported.
function(_qlocal_passes_on target result)
    set(open "${target}")
    set(seen)
    set(${result} FALSE PARENT_SCOPE)
    while(open)
        list(POP_FRONT open name)
        if(name IN_LIST seen)
            continue()
        endif()
        list(APPEND seen "${name}")
        if(name MATCHES "^(QLocal::(DropIn|Qml|QmlModule)|qlocal_(dropin|qml|qmlplugin))$")
            set(${result} TRUE PARENT_SCOPE)
            return()
        endif()
        if(NOT TARGET "${name}")
            continue()
        endif()
        get_target_property(original "${name}" ALIASED_TARGET)
        get_target_property(links "${name}" INTERFACE_LINK_LIBRARIES)
        # Link-only libraries are not part of the interface.
        string(REGEX REPLACE "\\$<LINK_ONLY:[^>]*>" "" links "${links}")
        # All names inside a generator expression.
        string(REGEX REPLACE "\\$<[A-Z_]+:|>:|[<>$,]" ";" links "${links}")
        list(APPEND open ${original} ${links})
    endwhile()
endfunction()

# Sets <result> to the targets of the folder and its subfolders.
function(_qlocal_targets folder result)
    get_property(all DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
    get_property(folders DIRECTORY "${folder}" PROPERTY SUBDIRECTORIES)
    foreach(folder IN LISTS folders)
        _qlocal_targets("${folder}" targets)
        list(APPEND all ${targets})
    endforeach()
    set(${result} "${all}" PARENT_SCOPE)
endfunction()

function(_qlocal_check_targets)
    _qlocal_targets("${CMAKE_SOURCE_DIR}" targets)
    set(linked)
    foreach(target IN LISTS targets)
        get_target_property(links "${target}" LINK_LIBRARIES)
        list(APPEND linked ${links})
    endforeach()
    foreach(target IN LISTS targets)
        get_target_property(type "${target}" TYPE)
        # Plugins may link the program that loads them.
        if(NOT type STREQUAL "SHARED_LIBRARY"
                AND NOT (type STREQUAL "EXECUTABLE" AND target IN_LIST linked))
            continue()
        endif()
        _qlocal_passes_on("${target}" passes_on)
        if(passes_on)
            message(FATAL_ERROR
                "${target} has the static QLocal::DropIn in its public interface. It would contain "
                "one copy of QLocalSocket and QLocalServer, and whatever links it another one, "
                "which does not recognise the objects of the first. Do one of these:\n"
                "  - Use the shared qlocal, of which a process has one copy: configure qlocal with "
                "-DQLOCAL_SHARED=ON.\n"
                "  - If ${target} passes no sockets or servers to or from what links it, link it "
                "PRIVATE: target_link_libraries(${target} PRIVATE QLocal::DropIn).\n"
            )
        endif()
    endforeach()
endfunction()

cmake_language(DEFER DIRECTORY "${CMAKE_SOURCE_DIR}" CALL _qlocal_check_targets)
