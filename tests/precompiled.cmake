# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Parsing Qt's headers dominates the time to compile a test, so they are compiled once per flavour. Tests are not
# optimised, which would cost more than running them.

find_package(Qt6 6.4 REQUIRED COMPONENTS Network)

foreach(flavour IN ITEMS qlocal stock)
    set(target precompiled_${flavour})
    file(CONFIGURE OUTPUT ${target}.cpp CONTENT "")
    add_library(${target} OBJECT "${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp")
    target_compile_options(${target} PRIVATE -Wall -Wextra -Werror -O0)
endforeach()
target_precompile_headers(precompiled_qlocal PRIVATE <qlocal/dropin_prelude.h> precompiled.h)
target_precompile_headers(precompiled_stock PRIVATE precompiled.h)
target_link_libraries(precompiled_qlocal PRIVATE QLocal::DropIn)
target_link_libraries(precompiled_stock PRIVATE Qt6::Network)

# use_precompiled(<target> <flavour>): for a target that links the flavour, and nothing with other compile options.
function(use_precompiled target flavour)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Werror -O0)
    set_target_properties(${target} PROPERTIES QLOCAL_PRELUDE_IS_PRECOMPILED ON)
    target_precompile_headers(${target} REUSE_FROM precompiled_${flavour})
endfunction()
