// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_ERROR_H
#define _QLOCAL_ERROR_H

#include <qlocal/global.h>

#include <QtCore/qdebug.h>
#include <QtCore/qobjectdefs.h>
#include <QtCore/qstring.h>

namespace _QLocal {
struct ErrorParts;
}

namespace qlocal {

/// The details of a failure, most of which Qt's error codes and texts leave out.
class _QLOCAL_EXPORT Error
{
    Q_GADGET
    Q_PROPERTY(Kind kind READ kind CONSTANT)
    Q_PROPERTY(QString operation READ operation CONSTANT)
    Q_PROPERTY(int number READ number CONSTANT)
    Q_PROPERTY(QString numberName READ numberName CONSTANT)
    Q_PROPERTY(QString path READ path CONSTANT)
    Q_PROPERTY(QString hint READ hint CONSTANT)
    Q_PROPERTY(QString text READ text CONSTANT)

public:
    /// The kind of failure; each kind calls for a different response.
    enum Kind {
        /// No failure.
        None,
        /// The name is empty or contains a NUL byte, or a private name contains a slash.
        InvalidName,
        /// The name does not fit into a socket address.
        NameTooLong,
        /// The name does not exist, or a component of its path is missing or not a folder.
        NotFound,
        /// The name exists, but no server listens on it.
        ConnectionRefused,
        /// Permission denied.
        AccessDenied,
        /// The name is already in use.
        AddressInUse,
        /// The process or the system is out of descriptors or memory.
        ResourceExhausted,
        /// The time-out expired.
        TimedOut,
        /// A limit is exceeded: writeLimit() because the peer does not read, maxDescriptors(), or
        /// maxMessageSize() by a received message.
        LimitExceeded,
        /// The peer has ended the connection.
        PeerClosed,
        /// The descriptor is not connected.
        NotConnected,
        /// The call is not allowed in the current state.
        InvalidState,
        /// The message can never be sent: it exceeds maxMessageSize(), what its prefix can
        /// represent, or writeLimit(), contains the delimiter, or there is no framing.
        InvalidMessage,
        /// There is no framing with such a delimiter or prefix.
        InvalidFraming,
        /// The descriptor is not a local stream socket.
        Unsupported,
        /// The process was not socket-activated, or not with such a descriptor.
        NotActivated,
        /// Any other failure; see the system call and its error number.
        Other
    };
    Q_ENUM(Kind)

    /// No failure.
    Error() = default;

    /// The kind of failure.
    Kind kind() const { return m_kind; }
    /// Whether there was a failure at all.
    explicit operator bool() const { return m_kind != None; }
    /// The system call that failed, or the step if it was not a system call.
    QString operation() const { return m_operation; }
    /// The kernel's error number, as in errno(3); 0 if the failure does not come from the kernel.
    int number() const { return m_number; }
    /// The name of that number, such as ECONNREFUSED.
    QString numberName() const { return m_numberName; }
    /// The path or abstract name concerned; empty if there is none.
    QString path() const { return m_path; }
    /// What to try, as one sentence.
    QString hint() const { return m_hint; }
    /// All details in one line.
    QString text() const { return m_text; }

private:
    friend class Server;
    friend class SingleInstance;
    friend class Socket;

    explicit Error(const _QLocal::ErrorParts &parts);

    Kind m_kind = None;
    int m_number = 0;
    QString m_operation;
    QString m_numberName;
    QString m_path;
    QString m_hint;
    QString m_text;
};

#ifndef QT_NO_DEBUG_STREAM
/// Prints the text.
_QLOCAL_EXPORT QDebug operator<<(QDebug debug, const Error &error);
#endif

} // namespace qlocal

#endif // _QLOCAL_ERROR_H
