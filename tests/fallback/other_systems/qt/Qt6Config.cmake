# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Stands for Qt on another system: its targets by name.

foreach(component IN LISTS Qt6_FIND_COMPONENTS)
    add_library(Qt6::${component} INTERFACE IMPORTED)
endforeach()
