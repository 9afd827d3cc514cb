// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What the engine calls of a socket, and the words that it shares with C++.

#ifndef _QLOCAL_SOCKET_HOOKS_H
#define _QLOCAL_SOCKET_HOOKS_H

#include <qlocal/exceptions.h>
#include <qlocal/src/object/socket.cxxqt.h>

#include <QtCore/QByteArray>
#include <QtCore/QPointer>
#include <QtCore/QSignalBlocker>
#include <QtCore/QString>

#include <utility>

namespace _QLocal {

/// Where a connection stands; the values are those of QAbstractSocket::SocketState.
enum class SocketState : std::uint32_t {
    Unconnected = 0,
    Connecting = 2,
    Connected = 3,
    Closing = 6,
};

/// What went wrong; the values are those of QAbstractSocket::SocketError.
enum class SocketError : std::int32_t {
    ConnectionRefused = 0,
    PeerClosed = 1,
    NotFound = 2,
    Access = 3,
    Resource = 4,
    Timeout = 5,
    Connection = 7,
    AddressInUse = 8,
    Unsupported = 10,
    Operation = 19,
    Unknown = -1,
};

/// Where the name of a server is looked up.
enum class Place : std::uint32_t {
    /// A path, or a file in a folder that is given.
    Files,
    /// The abstract namespace of unix(7).
    Abstract,
    /// A file in the user's private folder.
    Private,
};

/// How messages are told apart; the values are those of qlocal::Socket::Framing.
enum class FramingKind : std::uint32_t {
    None,
    LengthPrefixed,
    Lines,
};

/// Where a name is looked up.
inline Place placeOf(bool isAbstract, bool isPrivate)
{
    return isAbstract ? Place::Abstract : isPrivate ? Place::Private : Place::Files;
}

/// The functions are static, so that the classes of sockets have none of them.
struct SocketHooks
{
    static void setWantedMode(_RustSocket &socket, std::int32_t mode)
    {
        base(socket)._QWantedMode = QIODevice::OpenMode(mode);
    }

    /// The mode of the device, as the user knows it.
    static QIODevice::OpenMode openMode(const _RustSocket &socket)
    {
        const QIODevice::OpenMode mode = socket.QIODevice::openMode();
        const QIODevice::OpenMode unbuffered = QIODevice::Unbuffered;
        return base(socket)._QOpenedMode & unbuffered ? mode : mode & ~unbuffered;
    }

    static void setOpenMode(_RustSocket &socket, QIODevice::OpenMode mode)
    {
        base(socket)._QWantedMode = base(socket)._QOpenedMode = mode;
        const bool opens = mode != QIODevice::NotOpen;
        base(socket).setOpenMode(opens ? mode | QIODevice::Unbuffered : mode);
    }

    /// From here on, once, closeDevice() closes the device itself.
    static void setInClose(_RustSocket &socket, bool isInClose)
    {
        base(socket)._QInClose = isInClose;
    }

    static bool isWantedReadable(const _RustSocket &socket)
    {
        return base(socket)._QWantedMode & QIODevice::ReadOnly;
    }

    static void openDevice(_RustSocket &socket)
    {
        // After a disconnect the device is still open, with what could be read from it: none of
        // that belongs to the new connection.
        if (socket.isOpen()) {
            const QSignalBlocker unannounced(socket);
            socket.QIODevice::close();
        }
        // As with Qt a read asks for no more than the user does, whatever the mode.
        base(socket)._QOpenedMode = base(socket)._QWantedMode;
        socket.QIODevice::open(base(socket)._QOpenedMode | QIODevice::Unbuffered);
    }

    /// Closes the device: by close(), which subclasses override, unless it is that which asks.
    static void closeDevice(_RustSocket &socket)
    {
        if (!std::exchange(base(socket)._QInClose, false)) {
            guarded([&] { socket.close(); });
            return;
        }
        if (!socket.isOpen())
            return;
        // QIODevice::close() goes on with itself after this signal, whose handlers may delete it.
        const QPointer<QIODevice> alive(&socket);
        guarded([&] { Q_EMIT socket.aboutToClose(); });
        if (!alive || !socket.isOpen())
            return;
        const QSignalBlocker announced(socket);
        socket.QIODevice::close();
    }

    /// Throws away what the user has looked at or put back, which QIODevice keeps.
    static void dropReadAhead(_RustSocket &socket)
    {
        if (!socket.isOpen())
            return;
        if (const qint64 size = socket.QIODevice::bytesAvailable())
            socket.QIODevice::skip(size);
    }

    /// Takes what the user has looked at or put back, as it came. A transaction ends with that.
    static QByteArray takeReadAhead(_RustSocket &socket)
    {
        if (socket.isTransactionStarted())
            socket.commitTransaction();
        const qint64 size = socket.QIODevice::bytesAvailable();
        if (size == 0)
            return QByteArray();
        const bool wasText = socket.isTextModeEnabled();
        socket.setTextModeEnabled(false);
        const QByteArray ahead = socket.QIODevice::read(size);
        socket.setTextModeEnabled(wasText);
        return ahead;
    }

    static void changeErrorString(_RustSocket &socket, const QString &text)
    {
        base(socket).setErrorString(text);
    }

    // What these call may throw.

    static void stateChanged(_RustSocket &socket, SocketState state)
    {
        guarded([&] { base(socket)._QStateChanged(state); });
    }
    static void errorOccurred(_RustSocket &socket, SocketError error)
    {
        guarded([&] { base(socket)._QErrorOccurred(error); });
    }
    static void connected(_RustSocket &socket)
    {
        guarded([&] { base(socket)._QConnected(); });
    }
    static void disconnected(_RustSocket &socket)
    {
        guarded([&] { base(socket)._QDisconnected(); });
    }
    static void readyRead(_RustSocket &socket)
    {
        guarded([&] { Q_EMIT socket.readyRead(); });
    }
    static void bytesWritten(_RustSocket &socket, std::int64_t count)
    {
        guarded([&] { Q_EMIT socket.bytesWritten(count); });
    }
    static void readChannelFinished(_RustSocket &socket)
    {
        guarded([&] { Q_EMIT socket.readChannelFinished(); });
    }
    static void messageReady(_RustSocket &socket)
    {
        guarded([&] { base(socket)._QMessageReady(); });
    }
    static void highWaterReached(_RustSocket &socket)
    {
        guarded([&] { base(socket)._QHighWaterReached(); });
    }
    static void lowWaterReached(_RustSocket &socket)
    {
        guarded([&] { base(socket)._QLowWaterReached(); });
    }

    static std::int32_t attemptTimeout(const _RustSocket &socket)
    {
        return base(socket)._QAttemptTimeout;
    }
    static void setAttemptTimeout(_RustSocket &socket, std::int32_t msecs)
    {
        base(socket)._QAttemptTimeout = msecs;
    }
    static bool hasPrivateNames(const _RustSocket &socket) { return base(socket)._QPrivateNames; }
    static void setPrivateNames(_RustSocket &socket, bool isPrivate)
    {
        base(socket)._QPrivateNames = isPrivate;
    }

private:
    static _SocketBase &base(_RustSocket &socket) { return socket; }
    static const _SocketBase &base(const _RustSocket &socket) { return socket; }
};

} // namespace _QLocal

#endif // _QLOCAL_SOCKET_HOOKS_H
