// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_GLOBAL_H
#define _QLOCAL_GLOBAL_H

#include <QtCore/qglobal.h>

#if defined(QLOCAL_SHARED_BUILD)
#  define _QLOCAL_EXPORT Q_DECL_EXPORT
#elif defined(QLOCAL_SHARED)
#  define _QLOCAL_EXPORT Q_DECL_IMPORT
#else
#  define _QLOCAL_EXPORT
#endif

#endif // _QLOCAL_GLOBAL_H
