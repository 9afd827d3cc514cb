// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_HANDOVER_H
#define _QLOCAL_HANDOVER_H

#include <qlocal/descriptor.h>
#include <qlocal/global.h>
#include <qlocal/peercredentials.h>

#include <QtCore/qbytearray.h>
#include <QtCore/qmetatype.h>
#include <QtCore/qobjectdefs.h>
#include <QtCore/qstringlist.h>
#include <QtCore/qvariant.h>

#include <memory>

namespace _QLocal {
struct HandOverParts;
}

namespace qlocal {

class SingleInstance;

/// What a secondary hands over to the primary, see SingleInstance. Every field may be empty.
struct _QLOCAL_EXPORT HandOver
{
    Q_GADGET
    Q_PROPERTY(QStringList arguments MEMBER arguments)
    Q_PROPERTY(QString workingFolder MEMBER workingFolder)
    Q_PROPERTY(QVariantMap environment MEMBER environment)
    Q_PROPERTY(QString activationToken MEMBER activationToken)
    Q_PROPERTY(QString startupId MEMBER startupId)
    Q_PROPERTY(QByteArray message MEMBER message)
    Q_PROPERTY(QByteArray input MEMBER input)

public:
    /// The command line, with the name of the program.
    QStringList arguments;
    /// The working folder, to which relative paths in the arguments refer.
    QString workingFolder;
    /// Variables of the environment.
    QVariantMap environment;
    /// The token with which a window of the primary may be activated (`XDG_ACTIVATION_TOKEN`). To use
    /// it, set that variable with qputenv() before QWindow::requestActivate().
    QString activationToken;
    /// The ID of the start-up notification (`DESKTOP_STARTUP_ID`).
    QString startupId;
    /// A message of the program's own.
    QByteArray message;
    /// What the secondary has read from its standard input; null if it hands over none.
    QByteArray input;
    /// The descriptor of the standard input, instead of that.
    std::shared_ptr<Descriptor> inputDescriptor;

    /// What describes the start of this process, with these variables of the environment.
    static HandOver ofThisProcess(const QStringList &variables = {});
    /// Hands over the descriptor of the standard input, which the primary then reads.
    void passStandardInput();
};

/// The answer that a secondary waits for. When the last copy is destroyed without an answer, that is
/// the exit code 0 and no bytes. For use on the instance's thread only.
class _QLOCAL_EXPORT InstanceReply
{
    Q_GADGET

public:
    /// A reply that no secondary waits for.
    InstanceReply() = default;

    /// Whether the secondary still waits.
    Q_INVOKABLE bool isAwaited() const;
    /// Answers with an exit code and bytes. Returns false when the secondary no longer waits, or the
    /// answer is longer than SingleInstance::maxSize().
    Q_INVOKABLE bool answer(int exitCode = 0, const QByteArray &bytes = QByteArray()) const;
    /// The process that has handed over.
    PeerCredentials peer() const;

private:
    friend class SingleInstance;
    struct State;

    std::shared_ptr<State> m_state;
};

} // namespace qlocal

Q_DECLARE_METATYPE(qlocal::HandOver)
Q_DECLARE_METATYPE(qlocal::InstanceReply)

#endif // _QLOCAL_HANDOVER_H
