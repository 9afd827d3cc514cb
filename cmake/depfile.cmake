# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Copies cargo's dependency file FROM to TO, as that of the static LIBRARY.
#
# The crate is built as two kinds of library, and cargo writes one file for both, which may name the other kind.

file(READ "${FROM}" rule)
get_filename_component(name "${LIBRARY}" NAME_WE)
string(REGEX REPLACE "^[^\n]*${name}\\.(a|rlib):" "${LIBRARY}:" rule "${rule}")
file(WRITE "${TO}" "${rule}")
