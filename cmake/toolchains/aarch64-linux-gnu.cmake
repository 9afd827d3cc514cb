# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Builds for aarch64 on a Debian system of another architecture, with the packages that
# docs/cross-compiling.md names. Tests run under qemu's user emulation if that is installed.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

# Debian installs the libraries of several architectures side by side.
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)

# moc and the other tools run on the build machine.
set(QT_HOST_PATH /usr CACHE PATH "Qt of the build machine")
set(QT_HOST_PATH_CMAKE_DIR "/usr/lib/${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-gnu/cmake" CACHE PATH
    "CMake packages of that Qt"
)

find_program(QLOCAL_QEMU NAMES qemu-aarch64 qemu-aarch64-static)
if(QLOCAL_QEMU)
    set(CMAKE_CROSSCOMPILING_EMULATOR "${QLOCAL_QEMU}")
endif()
