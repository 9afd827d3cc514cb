# SPDX-FileCopyrightText: 2026 The qlocal authors
# SPDX-License-Identifier: MIT OR Apache-2.0

# Copies cargo's dependency file FROM to TO, as that of the static LIBRARY.
#
# The crate is built as two kinds of library, and cargo writes one file for both, which may name the other kind.

file(READ "${FROM}" rule)
string(REGEX REPLACE "^[^\n]*libqlocal\\.(a|rlib):" "${LIBRARY}:" rule "${rule}")
file(WRITE "${TO}" "${rule}")
