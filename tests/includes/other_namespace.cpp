// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Classes with the same names in the program's namespace.

namespace app {
class QLocalSocket;
class QLocalServer
{ };
} // namespace app

#include <QLocalServer>
#include <QLocalSocket>

namespace app {
class QLocalSocket : public ::QLocalSocket
{
    using ::QLocalSocket::QLocalSocket;
};
} // namespace app

#include "class_view.h"

static_assert(sizeof(app::QLocalServer) < sizeof(QLocalServer));
static_assert(sizeof(app::QLocalSocket) == sizeof(QLocalSocket));

CLASS_VIEW(otherNamespace)
