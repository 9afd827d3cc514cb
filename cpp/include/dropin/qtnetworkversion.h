// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Qt's header of this name, and for dropin_prelude.h the sign that this folder is searched first.

// A header that continues the search is a header of the system: no warning about it.
#pragma GCC system_header
#define _QLOCAL_BEFORE_QTNETWORK
#if __has_include_next(<qtnetworkversion.h>)
#  include_next <qtnetworkversion.h>
#endif
