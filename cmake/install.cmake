# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# What goes into a prefix, and the packages of CMake and pkg-config that find it there.
#
# Each component of the package is a file of targets. All of them find their prefix by their own
# place in it, so it may be moved.

include(CMakePackageConfigHelpers)

# The static library alone can be in a process more than once.
if(QLOCAL_SHARED OR QLOCAL_FALLBACK)
    set(QLOCAL_ONE_COPY OFF)
else()
    set(QLOCAL_ONE_COPY ON)
endif()

set(qlocal_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/QLocal")
set(qlocal_pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

install(TARGETS qlocal_dropin EXPORT QLocalDropInTargets)
install(DIRECTORY ${qlocal_include_dirs}
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/qlocal"
)
install(EXPORT QLocalDropInTargets NAMESPACE QLocal:: DESTINATION "${qlocal_package_dir}")

if(QLOCAL_BUILD_QML)
    install(TARGETS ${qlocal_qml_targets} EXPORT QLocalQmlTargets
        OBJECTS DESTINATION "${CMAKE_INSTALL_LIBDIR}/qlocal"
    )
    install(EXPORT QLocalQmlTargets NAMESPACE QLocal:: DESTINATION "${qlocal_package_dir}")
    install(TARGETS qlocal_qml_plugin LIBRARY DESTINATION "${qlocal_qml_install_dir}")
    install(FILES ${qlocal_qml_files} DESTINATION "${qlocal_qml_install_dir}")
endif()

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

if(QLOCAL_ONE_COPY)
    install(FILES cmake/one-copy.cmake DESTINATION "${qlocal_package_dir}"
        RENAME QLocalOneCopy.cmake
    )
endif()

file(RELATIVE_PATH QLOCAL_PKGCONFIG_TO_PREFIX "/${qlocal_pkgconfig_dir}" "/")
configure_file(cmake/qlocal.pc.in "${PROJECT_BINARY_DIR}/qlocal.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/qlocal.pc" DESTINATION "${qlocal_pkgconfig_dir}")
