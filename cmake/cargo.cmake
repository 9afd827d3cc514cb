# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Builds the Rust library with cargo, and copies the headers that its build exports.
#
# The copies change only when their content does, so a Rust change recompiles no C++.

set(QLOCAL_CARGO_TARGET_DIR "${PROJECT_SOURCE_DIR}/target" CACHE PATH
    "Cargo's target folder; sharing it between CMake and cargo builds everything once")
find_program(QLOCAL_CARGO cargo HINTS "$ENV{HOME}/.cargo/bin")
if(NOT QLOCAL_CARGO)
    message(FATAL_ERROR
        "There is no cargo. Install a Rust toolchain, for example from https://rustup.rs, or "
        "configure with -DQLOCAL_FALLBACK=ON: QLocal::DropIn then stands for Qt's own classes."
    )
endif()

# A target other than cargo's host has its own folder.
include("${CMAKE_CURRENT_LIST_DIR}/rust-target.cmake")
set(qlocal_target_dir "${QLOCAL_CARGO_TARGET_DIR}")
set(QLOCAL_CARGO_ENVIRONMENT "CARGO=${QLOCAL_CARGO}" "CARGO_TARGET_DIR=${QLOCAL_CARGO_TARGET_DIR}")
if(QLOCAL_RUST_TARGET)
    string(APPEND qlocal_target_dir "/${QLOCAL_RUST_TARGET}")
    qlocal_target_environment(QLOCAL_CARGO_ENVIRONMENT)
else()
    get_target_property(QLOCAL_QMAKE Qt6::qmake IMPORTED_LOCATION)
    list(APPEND QLOCAL_CARGO_ENVIRONMENT "QMAKE=${QLOCAL_QMAKE}" "CXX=${CMAKE_CXX_COMPILER}")
endif()
set(QLOCAL_RUST_LIBRARY "${qlocal_target_dir}/release/libqlocal.a")
set(QLOCAL_RUST_INCLUDES "${PROJECT_BINARY_DIR}/include")
set(qlocal_rust_depfile "${PROJECT_BINARY_DIR}/libqlocal.d")
set(qlocal_rust_headers
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/enums.cxx.h"
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/framing.cxx.h"
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/reactor.cxxqt.h"
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/server.cxx.h"
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/server/naming.cxx.h"
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/socket.cxx.h"
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/socket/reconnect.cxx.h"
    "${QLOCAL_RUST_INCLUDES}/qlocal/src/types.cxx.h"
)
# The handwritten headers of the bridges are exported too, and objects that include the copies are recompiled when they
# change.
file(GLOB qlocal_bridge_headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/cpp/bridge"
    "${PROJECT_SOURCE_DIR}/cpp/bridge/*.h"
)
list(TRANSFORM qlocal_bridge_headers PREPEND "${QLOCAL_RUST_INCLUDES}/qlocal/")
list(APPEND qlocal_rust_headers ${qlocal_bridge_headers})

add_custom_command(
    OUTPUT "${QLOCAL_RUST_LIBRARY}"
    BYPRODUCTS ${qlocal_rust_headers}
    COMMAND
        "${CMAKE_COMMAND}" -E env ${QLOCAL_CARGO_ENVIRONMENT}
        "${PROJECT_SOURCE_DIR}/script/env" "${QLOCAL_CARGO}" build --release --locked --lib
        --package qlocal
    COMMAND
        "${CMAKE_COMMAND}"
        "-DFROM=${qlocal_target_dir}/qlocal-export/crates/qlocal/include"
        "-DTO=${QLOCAL_RUST_INCLUDES}" -P "${PROJECT_SOURCE_DIR}/cmake/sync-headers.cmake"
    COMMAND
        "${CMAKE_COMMAND}" "-DLIBRARY=${QLOCAL_RUST_LIBRARY}"
        "-DFROM=${qlocal_target_dir}/release/libqlocal.d" "-DTO=${qlocal_rust_depfile}"
        -P "${PROJECT_SOURCE_DIR}/cmake/depfile.cmake"
    DEPENDS
        "${PROJECT_SOURCE_DIR}/Cargo.lock"
        "${PROJECT_SOURCE_DIR}/Cargo.toml"
        "${PROJECT_SOURCE_DIR}/crates/qlocal-core/Cargo.toml"
        "${PROJECT_SOURCE_DIR}/crates/qlocal-sys/Cargo.toml"
        "${PROJECT_SOURCE_DIR}/script/env"
    DEPFILE "${qlocal_rust_depfile}"
    WORKING_DIRECTORY "${PROJECT_SOURCE_DIR}"
    USES_TERMINAL
    COMMENT "Building the Rust library with cargo"
    VERBATIM
)
add_custom_target(qlocal_cargo DEPENDS "${QLOCAL_RUST_LIBRARY}")
