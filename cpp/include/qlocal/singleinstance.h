// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef _QLOCAL_SINGLEINSTANCE_H
#define _QLOCAL_SINGLEINSTANCE_H

#include <qlocal/error.h>
#include <qlocal/handover.h>

#include <QtCore/qobject.h>

#include <memory>

namespace qlocal {

/// A program of which only one process runs for each user, session or display. Each later one hands
/// its command line over to it.
///
/// Exactly one process is the primary, however many start at once: the one that holds the lock on a
/// file beside the socket in the user's private folder, which the kernel releases when it ends, also
/// when it is killed. start() needs no event loop, and no QCoreApplication. The primary serves
/// secondaries in the event loop of the thread that has called it; the object must stay there.
///
/// Only processes of the same user can hand over, and only to one of the same user.
class _QLOCAL_EXPORT SingleInstance : public QObject
{
    Q_OBJECT
    Q_PROPERTY(QString name READ name WRITE setName NOTIFY nameChanged)
    Q_PROPERTY(Scope scope READ scope WRITE setScope NOTIFY scopeChanged)
    Q_PROPERTY(QStringList environmentVariables READ environmentVariables WRITE
                       setEnvironmentVariables NOTIFY environmentVariablesChanged)
    Q_PROPERTY(int timeout READ timeout WRITE setTimeout NOTIFY timeoutChanged)
    Q_PROPERTY(
            int answerTimeout READ answerTimeout WRITE setAnswerTimeout NOTIFY answerTimeoutChanged)
    Q_PROPERTY(qint64 maxSize READ maxSize WRITE setMaxSize NOTIFY maxSizeChanged)
    Q_PROPERTY(int maxSecondaries READ maxSecondaries WRITE setMaxSecondaries NOTIFY
                       maxSecondariesChanged)
    Q_PROPERTY(Role role READ role NOTIFY roleChanged)
    Q_PROPERTY(int exitCode READ exitCode NOTIFY roleChanged)
    Q_PROPERTY(QByteArray answer READ answer NOTIFY roleChanged)
    Q_PROPERTY(qlocal::Error lastError READ lastError NOTIFY roleChanged)

public:
    /// Among which processes of the user one is the primary.
    enum Scope {
        /// All of them.
        User,
        /// Those of the same login session (`XDG_SESSION_ID`); those outside of sessions count as
        /// one.
        Session,
        /// Those on the same display (`WAYLAND_DISPLAY`, or else `DISPLAY`); those without a display
        /// count as one.
        Display
    };
    Q_ENUM(Scope)

    /// What a start has made of this process.
    enum Role {
        /// Nothing so far, or it has failed; lastError() has the reason.
        NoRole,
        /// The primary.
        Primary,
        /// A secondary, which has handed over: exitCode() and answer() are the primary's.
        Secondary
    };
    Q_ENUM(Role)

    /// An instance of the program with this name, such as `org.example.viewer`.
    explicit SingleInstance(const QString &name = QString(), QObject *parent = nullptr);
    /// Gives up the place of the primary.
    ~SingleInstance() override;

    /// The name of the program, which tells it from others of the user; not shown anywhere.
    QString name() const;
    /// Sets it, for the next start().
    void setName(const QString &name);
    /// Among which processes one is the primary; User by default.
    Scope scope() const;
    /// Sets that, for the next start().
    void setScope(Scope scope);
    /// The variables of the environment that start() hands over; none by default.
    QStringList environmentVariables() const;
    /// Sets these.
    void setEnvironmentVariables(const QStringList &names);

    /// How long a start may take, in milliseconds, until this process is the primary or the primary
    /// has received the hand-over; 5000 by default. A primary gives each secondary as long to send
    /// it, and at least a second. A negative number means forever.
    int timeout() const;
    /// Sets that time.
    void setTimeout(int msecs);
    /// How long a secondary waits for the program's answer after that; 30000 by default.
    int answerTimeout() const;
    /// Sets that time.
    void setAnswerTimeout(int msecs);
    /// The maximum size of a hand-over, and of an answer, in bytes; 1 MiB by default.
    qint64 maxSize() const;
    /// Sets that size.
    void setMaxSize(qint64 bytes);
    /// The maximum number of secondaries that the primary serves at once, at least 3; 64 by default.
    /// Further ones wait.
    int maxSecondaries() const;
    /// Sets that number.
    void setMaxSecondaries(int count);

    /// Makes this process the primary, or hands over to the one that there is: the arguments, working
    /// folder, activation token, start-up ID and environmentVariables() of this process.
    ///
    /// It blocks until the primary has answered. If the primary ends before that, this starts again,
    /// and may become the primary. Returns NoRole on failure: lastError() is TimedOut when there is
    /// a primary and it does not respond, because it is stopped or busy.
    Role start();
    /// Like that, with another hand-over.
    Role start(const qlocal::HandOver &handOver);
    /// Makes this process the primary without handing over anything if there is one. Returns
    /// Secondary then.
    Role claim();
    /// Hands over to the primary. Does not change the role; false on failure.
    bool handOver(const qlocal::HandOver &handOver);
    /// Gives up the place of the primary. Secondaries without an answer start again, and one of them
    /// becomes the primary.
    void close();

    /// What the last start has made of this process.
    Role role() const;
    /// Whether it is the primary.
    bool isPrimary() const { return role() == Primary; }
    /// The exit code in the primary's answer.
    int exitCode() const;
    /// The bytes in the primary's answer.
    QByteArray answer() const;
    /// Why the last start or hand-over has failed.
    Error lastError() const;
    /// The process of the primary, also of one that does not respond; 0 when there is none, or it is
    /// in another PID namespace.
    qint64 primaryProcess() const;
    /// The path of the socket; empty when there can be none. That of the lock file ends with `.lock`.
    QString path() const;

Q_SIGNALS:
    /// A secondary has handed over. Answer now, or keep a copy of the reply and answer later. While a
    /// handler runs an event loop, for example that of a dialog, further hand-overs are signalled in it.
    void handedOver(const qlocal::HandOver &handOver, const qlocal::InstanceReply &reply);
    /// The role has changed, or the outcome of the last start or handOver().
    void roleChanged();
    /// The name has changed.
    void nameChanged();
    /// The scope has changed.
    void scopeChanged();
    /// The variables have changed.
    void environmentVariablesChanged();
    /// The time has changed.
    void timeoutChanged();
    /// The time has changed.
    void answerTimeoutChanged();
    /// The size has changed.
    void maxSizeChanged();
    /// The number has changed.
    void maxSecondariesChanged();

private:
    Q_DISABLE_COPY(SingleInstance)
    friend class InstanceReply;
    class Private;

    template<typename Value>
    void change(Value &field, const Value &value, void (SingleInstance::*changed)());

    std::unique_ptr<Private> m_private;
};

} // namespace qlocal

#endif // _QLOCAL_SINGLEINSTANCE_H
