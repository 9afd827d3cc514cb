# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Debian packages: the library, the development files, and the QML module. Built by script/package.

set(QLOCAL_PACKAGE_MAINTAINER "The qlocal authors <qlocal@packages.invalid>" CACHE STRING
    "Name and address of the maintainer of the packages"
)
set(abi "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PACKAGE_NAME qlocal)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE
)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SOURCE qlocal)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${QLOCAL_PACKAGE_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS "${PROJECT_BINARY_DIR}/cpp")

set(CPACK_COMPONENTS_ALL)
# qlocal_package(<component> <package> <section> <summary> <depends> <description>)
macro(qlocal_package component package section summary depends description)
    string(TOUPPER "${component}" key)
    list(APPEND CPACK_COMPONENTS_ALL ${component})
    set(CPACK_DEBIAN_${key}_PACKAGE_NAME "${package}")
    set(CPACK_DEBIAN_${key}_PACKAGE_SECTION "${section}")
    set(CPACK_DEBIAN_${key}_PACKAGE_DEPENDS "${depends}")
    set(CPACK_DEBIAN_${key}_PACKAGE_MULTIARCH same)
    set(CPACK_DEBIAN_${key}_DESCRIPTION "${summary}\n${description}")
    install(FILES "${changelog}.gz" DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/${package}"
        COMPONENT ${component} EXCLUDE_FROM_ALL
    )
    install(FILES cmake/debian/copyright DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/doc/${package}"
        COMPONENT ${component} EXCLUDE_FROM_ALL
    )
endmacro()

set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
set(changelog "${PROJECT_BINARY_DIR}/changelog.Debian")
string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT "${changelog}" @ONLY NEWLINE_STYLE UNIX CONTENT
"qlocal (@version@) unstable; urgency=medium

  * The packages of qlocal @PROJECT_VERSION@.

 -- @QLOCAL_PACKAGE_MAINTAINER@  @date@
")
execute_process(COMMAND gzip --best --no-name --force --keep "${changelog}"
    COMMAND_ERROR_IS_FATAL ANY
)

set(library "")
if(QLOCAL_SHARED)
    set(library "libqlocal-dropin${abi} (= ${version})")
    qlocal_package(library "libqlocal-dropin${abi}" libs
        "QLocalSocket and QLocalServer in Rust, the library" ""
        "A drop-in replacement for both classes of Qt's network module, with limits
on connections and memory, peer credentials and messages beyond Qt's interface.
.
Programs that were compiled against it need this package."
    )
    set(library "${library}, ")
    # The package of the library, for its dependents, and the loader's cache.
    set(control "${PROJECT_BINARY_DIR}/debian")
    file(CONFIGURE OUTPUT "${control}/shlibs" @ONLY NEWLINE_STYLE UNIX
        CONTENT "libqlocal_dropin @abi@ libqlocal-dropin@abi@ (>= @PROJECT_VERSION@)\n"
    )
    file(CONFIGURE OUTPUT "${control}/triggers" @ONLY NEWLINE_STYLE UNIX
        CONTENT "activate-noawait ldconfig\n"
    )
    set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${control}/shlibs" "${control}/triggers")
endif()
qlocal_package(development libqlocal-dev libdevel
    "QLocalSocket and QLocalServer in Rust, for development" "${library}qt6-base-dev (>= 6.4)"
    "A drop-in replacement for both classes of Qt's network module, with limits
on connections and memory, peer credentials and messages beyond Qt's interface.
.
This package has the headers, and the packages for CMake and pkg-config."
)
install(FILES cmake/debian/libqlocal-dev.overrides RENAME libqlocal-dev
    DESTINATION "${CMAKE_INSTALL_DATAROOTDIR}/lintian/overrides"
    COMPONENT development EXCLUDE_FROM_ALL
)
# The component Qml, which programs may link.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "qt6-declarative-dev")
if(QLOCAL_BUILD_QML)
    qlocal_package(qml qml6-module-qlocal libs
        "QLocalSocket and QLocalServer in Rust, the QML module" ""
        "The QML types LocalSocket and LocalServer, which send and receive text,
lines and messages over local sockets.
.
QML programs import this module as QLocal."
    )
    if(QLOCAL_SHARED)
        set(CPACK_DEBIAN_QML_PACKAGE_DEPENDS "libqlocal-dropin${abi} (= ${version})")
    endif()
endif()

include(CPack)
