# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# QLocal::DropIn where the engine is not available: stands for Qt's own classes, so that a program for several systems
# links one target everywhere. Needs no Rust toolchain.
#
# QLOCAL_IS_STOCK is defined in targets that link it. The headers of the native classes contain only an #error.

foreach(part IN ITEMS QML TESTS BENCHES)
    if(QLOCAL_BUILD_${part})
        message(FATAL_ERROR
            "QLOCAL_BUILD_${part} needs the engine, and QLOCAL_FALLBACK builds without it. "
            "Configure with -DQLOCAL_BUILD_${part}=OFF."
        )
    endif()
endforeach()

set(qlocal_stock_includes "${PROJECT_BINARY_DIR}/stock")
foreach(header IN ITEMS busypoll chunk descriptor error handover namepolicy peercredentials reconnectpolicy server singleinstance socket
    compat/kdsingleapplication compat/qtsingleapplication compat/qtsinglecoreapplication compat/singleapplicationmessages
)
    configure_file("${PROJECT_SOURCE_DIR}/cmake/native-header.h.in"
        "${qlocal_stock_includes}/qlocal/${header}.h" @ONLY
    )
endforeach()

add_library(qlocal_dropin INTERFACE)
add_library(QLocal::DropIn ALIAS qlocal_dropin)
set_target_properties(qlocal_dropin PROPERTIES EXPORT_NAME DropIn)
target_include_directories(qlocal_dropin INTERFACE
    "$<BUILD_INTERFACE:${qlocal_stock_includes}>"
    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/qlocal>"
)
target_compile_features(qlocal_dropin INTERFACE cxx_std_17)
target_compile_definitions(qlocal_dropin INTERFACE QLOCAL_IS_STOCK)
target_link_libraries(qlocal_dropin INTERFACE Qt6::Network)

# For cmake/install.cmake.
set(qlocal_include_dirs "${qlocal_stock_includes}/")
set(qlocal_pkgconfig_cflags "-I\${includedir} -DQLOCAL_IS_STOCK")
set(qlocal_pkgconfig_libs "")
