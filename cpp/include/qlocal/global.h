// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_GLOBAL_H
#define QLOCAL_GLOBAL_H

#include <QtCore/qglobal.h>

#if defined(QLOCAL_SHARED_BUILD)
#  define QLOCAL_EXPORT Q_DECL_EXPORT
#elif defined(QLOCAL_SHARED)
#  define QLOCAL_EXPORT Q_DECL_IMPORT
#else
#  define QLOCAL_EXPORT
#endif

#endif // QLOCAL_GLOBAL_H
