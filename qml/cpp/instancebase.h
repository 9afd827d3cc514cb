// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_INSTANCEBASE_H
#define QLOCAL_QML_INSTANCEBASE_H

#include "later.h"

#include <QtCore/qpointer.h>
#include <QtQml/qjsvalue.h>
#include <QtQml/qqmlparserstatus.h>
#include <qlocal/singleinstance.h>

namespace qlocal {

// The names of base classes are qualified for qmllint.

/// What a secondary has handed over, for QML.
struct LocalHandOver : qlocal::HandOver
{
    Q_GADGET
    Q_PROPERTY(QString text READ text)

public:
    LocalHandOver() = default;
    explicit LocalHandOver(const HandOver &handOver) : HandOver(handOver) { }

    /// The message as text.
    QString text() const { return QString::fromUtf8(message); }
};

/// The answer that a secondary waits for, for QML.
class LocalReply
{
    Q_GADGET
    Q_PROPERTY(bool awaited READ isAwaited)
    Q_PROPERTY(qlocal::PeerCredentials peer READ peer)

public:
    /// A reply that no secondary waits for.
    LocalReply() = default;

    /// Answers with an exit code and with data, which is a string or an ArrayBuffer; anything else is
    /// a TypeError. Returns false when the secondary no longer waits, or the data is too long.
    Q_INVOKABLE bool answer(int exitCode = 0, const QJSValue &data = QJSValue()) const;
    /// Keeps the secondary waiting when the handlers return without an answer. Without this it gets
    /// the exit code 0 then.
    Q_INVOKABLE void answerLater() const;

    bool isAwaited() const { return m_state && m_state->reply.isAwaited(); }
    PeerCredentials peer() const { return m_state ? m_state->reply.peer() : PeerCredentials(); }

private:
    friend class LocalInstanceBase;

    struct State
    {
        QPointer<QObject> instance;
        InstanceReply reply;
        bool isLater = false;
    };

    std::shared_ptr<State> m_state;
};

/// What cxx-qt can't express of LocalInstance: values of JavaScript and C++ value types, and a second
/// base class.
class LocalInstanceBase : public qlocal::SingleInstance, public QQmlParserStatus
{
    Q_OBJECT
    Q_INTERFACES(QQmlParserStatus)
    Q_PROPERTY(qlocal::Error error READ lastError NOTIFY roleChanged)

public:
    explicit LocalInstanceBase(QObject *parent = nullptr);
    ~LocalInstanceBase() override;

    /// Hands data over, which is a string or an ArrayBuffer, if another process is the primary.
    /// Returns false, and error has the reason, if it has not answered. Anything else is a
    /// TypeError.
    Q_INVOKABLE bool handOver(const QJSValue &data);
    /// The process of the primary, also of one that does not respond; 0 when there is none, or it is
    /// in another PID namespace.
    Q_INVOKABLE qint64 primaryProcess() const { return SingleInstance::primaryProcess(); }
    /// The path of the socket; empty when there can be none.
    Q_INVOKABLE QString path() const { return SingleInstance::path(); }

    /// Starts with what describes this process, and with this message.
    void begin(const QByteArray &message);
    /// Claims the place of the primary, without handing over anything.
    void beginClaim() { SingleInstance::claim(); }

    void classBegin() override { }

    /// Calls followEvent() from the event loop, once.
    void followLater();

    // While the object is destroyed, these do nothing.

    /// Called when the role has changed.
    virtual void roleEvent() { }
    virtual void followEvent() { }

Q_SIGNALS:
    /// A secondary has handed over. Answer now, or call reply.answerLater() and keep the reply.
    void handedOver(const qlocal::LocalHandOver &handOver, const qlocal::LocalReply &reply);

private:
    void receive(const HandOver &handOver, const InstanceReply &reply);

    Later m_follow;
};

} // namespace qlocal

Q_DECLARE_METATYPE(qlocal::LocalHandOver)
Q_DECLARE_METATYPE(qlocal::LocalReply)

#endif // QLOCAL_QML_INSTANCEBASE_H
