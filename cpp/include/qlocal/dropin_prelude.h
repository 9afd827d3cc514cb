// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Comes before everything else in each C++ file of a target that links QLocal::DropIn.
//
// The tag gives the classes symbols of their own, beside Qt's in the same process. It has to be on
// the first declaration, which anybody may make. The guards keep Qt's own headers from declaring
// the classes once more: some include each other relative to their folder.

#ifndef _QLOCAL_DROPIN_PRELUDE_H
#define _QLOCAL_DROPIN_PRELUDE_H

#ifdef __cplusplus

#  define QLOCAL_DROPIN

#  define QLOCALSOCKET_H
#  define QLOCALSERVER_H

class [[gnu::abi_tag("qlocal")]] QLocalSocket;
class [[gnu::abi_tag("qlocal")]] QLocalServer;

#endif // __cplusplus

#endif // _QLOCAL_DROPIN_PRELUDE_H
