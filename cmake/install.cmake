# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# What goes into a prefix, and the package that finds it there.

include(CMakePackageConfigHelpers)

set(qlocal_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/QLocal")

install(TARGETS qlocal qlocal_dropin EXPORT QLocalTargets)
install(FILES "${QLOCAL_RUST_LIBRARY}" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${QLOCAL_RUST_INCLUDES}/" cpp/include/
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/qlocal"
)
install(EXPORT QLocalTargets NAMESPACE QLocal:: DESTINATION "${qlocal_package_dir}")

configure_package_config_file(cmake/QLocalConfig.cmake.in
    "${PROJECT_BINARY_DIR}/QLocalConfig.cmake" INSTALL_DESTINATION "${qlocal_package_dir}"
)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/QLocalConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion
)
install(
    FILES
        "${PROJECT_BINARY_DIR}/QLocalConfig.cmake"
        "${PROJECT_BINARY_DIR}/QLocalConfigVersion.cmake"
    DESTINATION "${qlocal_package_dir}"
)
