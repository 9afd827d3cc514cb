// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Qt's header of this name; also shows dropin_prelude.h that this folder is searched first.

// #include_next is allowed without a warning only in a system header.
#pragma GCC system_header
#define _QLOCAL_BEFORE_QTNETWORK
#if __has_include_next(<qtnetworkversion.h>)
#  include_next <qtnetworkversion.h>
#endif
