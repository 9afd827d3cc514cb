// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The first declaration of the two classes.
//
// The tag gives the classes symbols different from Qt's in the same process. It must be on the
// first declaration, which any file may contain. The guards keep Qt's own headers from declaring
// the classes again: some include each other relative to their folder.

#ifndef _QLOCAL_TAG_H
#define _QLOCAL_TAG_H

#define QLOCAL_DROPIN

#define QLOCALSOCKET_H
#define QLOCALSERVER_H

class [[gnu::abi_tag("qlocal")]] QLocalSocket;
class [[gnu::abi_tag("qlocal")]] QLocalServer;

#endif // _QLOCAL_TAG_H
