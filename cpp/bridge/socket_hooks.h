// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The functions of a socket that the engine calls.

#ifndef _QLOCAL_SOCKET_HOOKS_H
#define _QLOCAL_SOCKET_HOOKS_H

#include <qlocal/exceptions.h>
#include <qlocal/src/object/socket.cxxqt.h>
#include <qlocal/src/types.cxx.h>

#include <QtCore/QByteArray>
#include <QtCore/QDir>
#include <QtCore/QMetaMethod>
#include <QtCore/QPointer>
#include <QtCore/QSignalBlocker>
#include <QtCore/QString>

#include <cstring>
#include <new>
#include <utility>

namespace _QLocal {

/// Where a name is looked up.
inline Place placeOf(bool isAbstract, bool isPrivate)
{
    return isAbstract ? Place::Abstract : isPrivate ? Place::Private : Place::Files;
}

/// The folder of a name that is not a path; empty for other names, since asking for it takes a system call.
inline QString folderOf(const QString &name, Place place)
{
    return place != Place::Files || name.startsWith(QLatin1Char('/')) ? QString()
                                                                      : QDir::tempPath();
}

/// Static functions, so that the socket classes have none of them.
struct SocketHooks
{
    static void setGauges(_RustSocket &socket, const _Gauges *gauges)
    {
        base(socket)._QGauges = gauges;
    }

    static qint64 bytesAvailable(const _RustSocket &socket)
    {
        const std::size_t available = load(base(socket)._QGauges->_available);
        return available == _Gauges::Drained ? 0 : qint64(available);
    }

    /// Whether reading returns nothing, and changes nothing.
    static bool isDrained(const _RustSocket &socket)
    {
        return load(base(socket)._QGauges->_available) == _Gauges::Drained;
    }

    static qint64 bytesToWrite(const _RustSocket &socket)
    {
        const _Stage *stage = base(socket)._QStage.get();
        return qint64(load(base(socket)._QGauges->_toWrite) + (stage ? stage->_size : 0));
    }

    /// Keeps a small write for the engine. Returns false if the engine has to be called.
    static bool stage(_RustSocket &socket, const char *data, qint64 size)
    {
        _Stage *stage = base(socket)._QStage.get();
        if (!stage || std::size_t(size) > sizeof(stage->_bytes) - stage->_size)
            return false;
        std::memcpy(stage->_bytes + stage->_size, data, std::size_t(size));
        stage->_size += std::size_t(size);
        return true;
    }

    /// Keeps the next small writes, if the engine has just allowed it.
    static void startStage(_RustSocket &socket)
    {
        if (load(base(socket)._QGauges->_isStaging))
            base(socket)._QStage.reset(new (std::nothrow) _Stage);
    }

    static bool hearsBytesWritten(const _RustSocket &socket)
    {
        static const QMetaMethod signal = QMetaMethod::fromSignal(&QIODevice::bytesWritten);
        return base(socket).isSignalConnected(signal);
    }

    static rust::Slice<const std::uint8_t> staged(const _RustSocket &socket)
    {
        const _Stage *stage = base(socket)._QStage.get();
        if (!stage)
            return {};
        return { reinterpret_cast<const std::uint8_t *>(stage->_bytes), stage->_size };
    }

    static void dropStage(_RustSocket &socket) { base(socket)._QStage.reset(); }

    static void setWantedMode(_RustSocket &socket, std::int32_t mode)
    {
        base(socket)._QWantedMode = QIODevice::OpenMode(mode);
    }

    /// The mode of the device, as the user sees it.
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

    /// Makes the next closeDevice() close the device itself.
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
        // After a disconnect the device is still open, with unread bytes: none of them belongs to
        // the new connection.
        if (socket.isOpen()) {
            const QSignalBlocker unannounced(socket);
            socket.QIODevice::close();
        }
        // As in Qt, a read asks for no more than the user does, whatever the mode.
        base(socket)._QOpenedMode = base(socket)._QWantedMode;
        socket.QIODevice::open(base(socket)._QOpenedMode | QIODevice::Unbuffered);
    }

    /// Closes the device: through the virtual close(), unless that is the caller.
    static void closeDevice(_RustSocket &socket)
    {
        if (!std::exchange(base(socket)._QInClose, false)) {
            guarded([&] { socket.close(); });
            return;
        }
        if (!socket.isOpen())
            return;
        // QIODevice::close() uses the object after this signal, whose handlers may delete it.
        const QPointer<QIODevice> alive(&socket);
        guarded([&] { Q_EMIT socket.aboutToClose(); });
        if (!alive || !socket.isOpen())
            return;
        const QSignalBlocker announced(socket);
        socket.QIODevice::close();
    }

    /// Discards peeked and ungot bytes, which QIODevice stores.
    static void dropReadAhead(_RustSocket &socket)
    {
        if (!socket.isOpen())
            return;
        if (const qint64 size = socket.QIODevice::bytesAvailable())
            socket.QIODevice::skip(size);
    }

    /// Takes peeked and ungot bytes, as received. Ends a transaction.
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

    static void reconnecting(_RustSocket &socket, std::int32_t attempt, std::int64_t delay)
    {
        guarded([&] { base(socket)._QReconnecting(attempt, delay); });
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
    template<typename Value>
    static Value load(const std::atomic<Value> &gauge)
    {
        return gauge.load(std::memory_order_relaxed);
    }

    static _SocketBase &base(_RustSocket &socket) { return socket; }
    static const _SocketBase &base(const _RustSocket &socket) { return socket; }
};

} // namespace _QLocal

#endif // _QLOCAL_SOCKET_HOOKS_H
