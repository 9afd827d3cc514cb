# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# The installation, with its CMake and pkg-config packages.
#
# Each component of the CMake package has a targets file. All of them derive their prefix from their location, so it can
# be moved. A distribution puts each installation component into its own package, see packages.cmake.

include(CMakePackageConfigHelpers)

# Only the static library can be in a process more than once.
if(QLOCAL_SHARED OR QLOCAL_FALLBACK)
    set(QLOCAL_ONE_COPY OFF)
else()
    set(QLOCAL_ONE_COPY ON)
endif()

set(qlocal_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/QLocal")
set(qlocal_pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# qlocal_remove(<component> <path in the prefix>...): before it is installed again.
function(qlocal_remove component)
    list(TRANSFORM ARGN PREPEND "\"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/")
    list(TRANSFORM ARGN APPEND "\"")
    list(JOIN ARGN " " paths)
    install(CODE "file(REMOVE_RECURSE ${paths})" COMPONENT ${component})
endfunction()

# A failed installation leaves nothing that looks complete. It starts only if everything is built; the files by which
# qlocal is found are removed first and written last.
set(built)
if(NOT QLOCAL_FALLBACK)
    list(APPEND built qlocal_dropin)
endif()
if(QLOCAL_BUILD_QML)
    list(APPEND built qlocal_qml qlocal_qmlplugin qlocal_qml_plugin)
endif()
add_custom_target(qlocal_installed DEPENDS ${built})
list(TRANSFORM built REPLACE "(.+)" "\"$<TARGET_FILE:\\1>\"")
list(JOIN built " " built)
install(CODE "
foreach(file IN ITEMS ${built})
    if(NOT EXISTS \"\${file}\")
        message(FATAL_ERROR \"\${file} is not built. Run this first:\\n\"
            \"  cmake --build ${PROJECT_BINARY_DIR} --target qlocal_installed\")
    endif()
endforeach()
" ALL_COMPONENTS)
qlocal_remove(development "${qlocal_package_dir}" "${qlocal_pkgconfig_dir}/qlocal.pc")

install(TARGETS qlocal_dropin EXPORT QLocalDropInTargets
    LIBRARY COMPONENT library NAMELINK_COMPONENT development
    ARCHIVE COMPONENT development
)
install(DIRECTORY ${qlocal_include_dirs}
    DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/qlocal" COMPONENT development
)
install(EXPORT QLocalDropInTargets NAMESPACE QLocal:: DESTINATION "${qlocal_package_dir}"
    COMPONENT development
)

if(QLOCAL_BUILD_QML)
    qlocal_remove(qml "${qlocal_qml_install_dir}/qmldir")
    install(TARGETS ${qlocal_qml_targets} EXPORT QLocalQmlTargets
        ARCHIVE COMPONENT development
        OBJECTS DESTINATION "${CMAKE_INSTALL_LIBDIR}/qlocal" COMPONENT development
    )
    install(EXPORT QLocalQmlTargets NAMESPACE QLocal:: DESTINATION "${qlocal_package_dir}"
        COMPONENT development
    )
    install(TARGETS qlocal_qml_plugin
        LIBRARY DESTINATION "${qlocal_qml_install_dir}" COMPONENT qml
    )
    install(FILES ${qlocal_qml_files} DESTINATION "${qlocal_qml_install_dir}" COMPONENT qml)
endif()

if(QLOCAL_ONE_COPY)
    install(FILES cmake/one-copy.cmake DESTINATION "${qlocal_package_dir}"
        RENAME QLocalOneCopy.cmake COMPONENT development
    )
endif()
configure_package_config_file(cmake/QLocalConfig.cmake.in
    "${PROJECT_BINARY_DIR}/QLocalConfig.cmake" INSTALL_DESTINATION "${qlocal_package_dir}"
)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/QLocalConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion
)
file(RELATIVE_PATH QLOCAL_PKGCONFIG_TO_PREFIX "/${qlocal_pkgconfig_dir}" "/")
configure_file(cmake/qlocal.pc.in "${PROJECT_BINARY_DIR}/qlocal.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/qlocal.pc" DESTINATION "${qlocal_pkgconfig_dir}"
    COMPONENT development
)
install(
    FILES
        "${PROJECT_BINARY_DIR}/QLocalConfigVersion.cmake"
        "${PROJECT_BINARY_DIR}/QLocalConfig.cmake"
    DESTINATION "${qlocal_package_dir}" COMPONENT development
)
