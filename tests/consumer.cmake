# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Tests that are user projects with their own tests.

# The prefixes of install.prefix and link.shared.
set(static_prefix "${PROJECT_BINARY_DIR}/tests/install/prefix")
set(shared_prefix "${PROJECT_BINARY_DIR}/tests/link/prefix")

# add_consumer_test(<name> <folder> <compiler> <option of cmake>...)
function(add_consumer_test name folder compiler)
    add_test(NAME ${name} COMMAND "${CMAKE_CTEST_COMMAND}"
        --build-and-test
            "${CMAKE_CURRENT_SOURCE_DIR}/${folder}" "${CMAKE_CURRENT_BINARY_DIR}/${name}"
        --build-generator "${CMAKE_GENERATOR}"
        --build-options "-DCMAKE_BUILD_TYPE=${CMAKE_BUILD_TYPE}" "-DCMAKE_CXX_COMPILER=${compiler}"
            ${ARGN}
        --test-command "${CMAKE_CTEST_COMMAND}" --output-on-failure --no-tests=error
    )
    set_tests_properties(${name} PROPERTIES TIMEOUT 600)
endfunction()
