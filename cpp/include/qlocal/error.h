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

/// All that is known of a failure. Qt's error kinds and words leave most of it out.
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
    /// What kind of failure it is, fine enough that each calls for another answer.
    enum Kind {
        /// There was none.
        None,
        /// No name was given, or it has a NUL byte in it, or a private one has a slash.
        InvalidName,
        /// The name does not fit into a socket address.
        NameTooLong,
        /// Nothing has this name, or a part of the way to it is missing or no folder.
        NotFound,
        /// Something has this name, but no server listens there.
        ConnectionRefused,
        /// A permission is missing.
        AccessDenied,
        /// The name is taken.
        AddressInUse,
        /// The process or the system has no more descriptors or memory.
        ResourceExhausted,
        /// The time-out passed.
        TimedOut,
        /// A limit is reached: writeLimit() with a peer that does not read, maxDescriptors(), or
        /// maxMessageSize() of a message that the peer sends.
        LimitExceeded,
        /// The peer has ended the connection.
        PeerClosed,
        /// There is no connection at this end of the descriptor.
        NotConnected,
        /// The call does not fit the present state.
        InvalidState,
        /// The message can never be sent: it is longer than a message may be, or than writeLimit()
        /// allows, or no single line where lines are messages, or there is no framing.
        InvalidMessage,
        /// The descriptor is not a local stream socket.
        Unsupported,
        /// The process was not started by socket activation, or not with such a descriptor.
        NotActivated,
        /// Anything else: the system call and its number say more.
        Other
    };
    Q_ENUM(Kind)

    /// No failure.
    Error() = default;
    /// What the engine says of one.
    explicit Error(const _QLocal::ErrorParts &parts);

    /// What kind of failure it is.
    Kind kind() const { return m_kind; }
    /// Whether there was a failure at all.
    explicit operator bool() const { return m_kind != None; }
    /// The system call that failed, or the step when it was none.
    QString operation() const { return m_operation; }
    /// The kernel's error number, as in errno(3); 0 when the failure does not come from there.
    int number() const { return m_number; }
    /// The name of that number, such as ECONNREFUSED.
    QString numberName() const { return m_numberName; }
    /// Where it happened: the path or abstract name; empty when it is about none.
    QString path() const { return m_path; }
    /// What to try, in one sentence.
    QString hint() const { return m_hint; }
    /// All of it in one line.
    QString text() const { return m_text; }

private:
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
