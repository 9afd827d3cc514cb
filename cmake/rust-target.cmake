# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# QLOCAL_RUST_TARGET, the target that cargo builds for, and cargo's environment if it is set.

# Sets <result> to Rust's name of the target that the C++ compiler builds for.
function(_qlocal_rust_target result)
    set(machine "${CMAKE_CXX_COMPILER_TARGET}")
    if(NOT machine)
        execute_process(COMMAND "${CMAKE_CXX_COMPILER}" -dumpmachine
            OUTPUT_VARIABLE machine
            OUTPUT_STRIP_TRAILING_WHITESPACE
        )
    endif()
    set(libc gnu)
    if(machine MATCHES "musl")
        set(libc musl)
    endif()

    string(TOLOWER "${CMAKE_SYSTEM_PROCESSOR}" processor)
    if(processor MATCHES "^(aarch64|arm64)$")
        set(architecture aarch64)
    elseif(processor MATCHES "^(x86_64|amd64)$")
        set(architecture x86_64)
    elseif(processor MATCHES "^(i[3-6]86|x86)$")
        set(architecture i686)
    elseif(processor MATCHES "^arm")
        set(architecture arm)
        if(processor MATCHES "^armv[78]")
            set(architecture armv7)
        endif()
        string(APPEND libc eabi)
        if(machine MATCHES "hf$")
            string(APPEND libc hf)
        endif()
    elseif(processor STREQUAL "riscv64")
        set(architecture riscv64gc)
    elseif(processor STREQUAL "ppc64le")
        set(architecture powerpc64le)
    elseif(processor MATCHES "^(loongarch64|s390x)$")
        set(architecture "${processor}")
    else()
        message(FATAL_ERROR
            "Rust's target name is unknown for CMAKE_SYSTEM_PROCESSOR "
            "\"${CMAKE_SYSTEM_PROCESSOR}\". Set it to one of `rustc --print target-list` with "
            "-DQLOCAL_RUST_TARGET=."
        )
    endif()
    set(${result} "${architecture}-unknown-linux-${libc}" PARENT_SCOPE)
endfunction()

set(target "$ENV{CARGO_BUILD_TARGET}")
if(CMAKE_CROSSCOMPILING AND NOT QLOCAL_RUST_TARGET)
    _qlocal_rust_target(target)
endif()
set(QLOCAL_RUST_TARGET "${target}" CACHE STRING
    "Target that cargo builds for, as named by rustc; empty for the build machine"
)
unset(target)

# Appends to <list> the environment that cargo, the crate cc and cxx-qt need for QLOCAL_RUST_TARGET: it is compiled for
# as in CMake, while build scripts are compiled for the build machine.
function(qlocal_target_environment list)
    # Cross builds of Qt come with a qmake for the target's Qt; Debian prefixes it with the architecture.
    if(CMAKE_CROSSCOMPILING)
        find_program(QLOCAL_QMAKE NAMES "${CMAKE_LIBRARY_ARCHITECTURE}-qmake6" qmake6 qmake
            HINTS "${QT6_INSTALL_PREFIX}/${QT6_INSTALL_BINS}" "${QT6_INSTALL_PREFIX}/bin"
            REQUIRED
        )
    else()
        get_target_property(QLOCAL_QMAKE Qt6::qmake IMPORTED_LOCATION)
    endif()

    set(flags "${CMAKE_CXX_FLAGS} -fno-lto")
    if(CMAKE_SYSROOT)
        string(PREPEND flags "--sysroot=${CMAKE_SYSROOT} ")
    endif()
    if(CMAKE_CXX_COMPILER_TARGET)
        string(PREPEND flags "${CMAKE_CXX_COMPILE_OPTIONS_TARGET}${CMAKE_CXX_COMPILER_TARGET} ")
    endif()
    string(REPLACE "-" "_" name "${QLOCAL_RUST_TARGET}")
    string(TOUPPER "${name}" upper_name)
    list(APPEND ${list}
        "CARGO_BUILD_TARGET=${QLOCAL_RUST_TARGET}"
        "QMAKE=${QLOCAL_QMAKE}"
        "CXX_${name}=${CMAKE_CXX_COMPILER}"
        "CXXFLAGS_${name}=${flags}"
        "AR_${name}=${CMAKE_AR}"
        "CARGO_TARGET_${upper_name}_LINKER=${CMAKE_CXX_COMPILER}"
    )
    if(CMAKE_CROSSCOMPILING_EMULATOR)
        list(JOIN CMAKE_CROSSCOMPILING_EMULATOR " " emulator)
        list(APPEND ${list} "CARGO_TARGET_${upper_name}_RUNNER=${emulator}")
    endif()
    set(${list} "${${list}}" PARENT_SCOPE)
    set(QLOCAL_QMAKE "${QLOCAL_QMAKE}" PARENT_SCOPE)
endfunction()
