// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Whether handlers are connected to the signals of a socket, so that nothing is decoded or parsed for
// none.

#ifndef QLOCAL_QML_HEARD_H
#define QLOCAL_QML_HEARD_H

#include <QtCore/qmetaobject.h>

namespace qlocal {

template<typename Socket>
bool hearsText(const Socket &socket)
{
    static const QMetaMethod signal = QMetaMethod::fromSignal(&Socket::textReceived);
    return socket.hears(signal);
}

template<typename Socket>
bool hearsBinary(const Socket &socket)
{
    static const QMetaMethod signal = QMetaMethod::fromSignal(&Socket::binaryReceived);
    return socket.hears(signal);
}

template<typename Socket>
bool hearsJson(const Socket &socket)
{
    static const QMetaMethod signal = QMetaMethod::fromSignal(&Socket::jsonReceived);
    return socket.hears(signal);
}

template<typename Socket>
bool hearsMessage(const Socket &socket)
{
    static const QMetaMethod signal = QMetaMethod::fromSignal(&Socket::messageReceived);
    return socket.hears(signal);
}

} // namespace qlocal

#endif // QLOCAL_QML_HEARD_H
