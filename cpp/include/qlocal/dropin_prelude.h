// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Force-included first in each C++ file of a target that links QLocal::DropIn.

#ifndef _QLOCAL_DROPIN_PRELUDE_H
#define _QLOCAL_DROPIN_PRELUDE_H

#ifdef __cplusplus

#  include <qlocal/tag.h>

// If Qt's include folders come before this project's, Qt's headers of the two classes are found,
// and are empty. So the classes are declared here. The two headers included first come from this
// project if its folders come first, and then define these macros. Files that a source build
// compiles before the bridge is generated, such as resources, use neither class.
#  include <QtNetwork/qtnetworkversion.h>
#  include <qtnetworkversion.h>
#  if !defined(_QLOCAL_BEFORE_QT) || !defined(_QLOCAL_BEFORE_QTNETWORK)
#    if __has_include(<qlocal/src/object/server.cxxqt.h>)
#      include <qlocal/qlocalserver.h>
#      include <qlocal/qlocalsocket.h>
#    endif
#  endif
#  undef _QLOCAL_BEFORE_QT
#  undef _QLOCAL_BEFORE_QTNETWORK

#endif // __cplusplus

#endif // _QLOCAL_DROPIN_PRELUDE_H
