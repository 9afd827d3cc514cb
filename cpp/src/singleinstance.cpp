// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "handoverparts.h"

#include <qlocal/engine_call.h>
#include <qlocal/instance_sink.h>
#include <qlocal/singleinstance.h>

#include <QtCore/qpointer.h>

namespace qlocal {

class Q_DECL_HIDDEN SingleInstance::Private final : public _QLocal::InstanceSink
{
public:
    explicit Private(SingleInstance *instance) : q(instance) { }

    void handedOver(const _QLocal::HandOverParts &parts, std::uint64_t number) override;
    /// Starts, and stores the role of this process.
    Role start(const HandOver &handOver, _QLocal::StartMode mode);
    _QLocal::InstanceSettings settings() const
    {
        return { name,          _QLocal::InstanceScope(scope), timeout, answerTimeout, maxSize,
                 maxSecondaries };
    }

    SingleInstance *q;
    QString name;
    Scope scope = User;
    QStringList variables;
    int timeout = 5000;
    int answerTimeout = 30000;
    qint64 maxSize = 1024 * 1024;
    int maxSecondaries = 64;
    Role role = NoRole;
    ::rust::Box<_QLocal::Instance> engine = _QLocal::newInstance();
};

struct InstanceReply::State
{
    QPointer<SingleInstance> instance;
    std::uint64_t number;

    ~State() { answer(0, QByteArray()); }
    bool answer(int exitCode, const QByteArray &bytes)
    {
        return instance && instance->m_private->engine->reply(number, exitCode, bytes);
    }
};

bool InstanceReply::isAwaited() const
{
    return m_state && m_state->instance
            && m_state->instance->m_private->engine->isAwaited(m_state->number);
}

bool InstanceReply::answer(int exitCode, const QByteArray &bytes) const
{
    return m_state && m_state->answer(exitCode, bytes);
}

PeerCredentials InstanceReply::peer() const
{
    if (!isAwaited())
        return PeerCredentials();
    return PeerCredentials(m_state->instance->m_private->engine->peer(m_state->number));
}

void SingleInstance::Private::handedOver(const _QLocal::HandOverParts &parts, std::uint64_t number)
{
    _QLocal::guarded([&] {
        InstanceReply reply;
        reply.m_state = std::make_shared<InstanceReply::State>();
        reply.m_state->instance = q;
        reply.m_state->number = number;
        Q_EMIT q->handedOver(_QLocal::toHandOver(parts), reply);
    });
}

SingleInstance::Role SingleInstance::Private::start(const HandOver &handOver,
                                                    _QLocal::StartMode mode)
{
    const auto started = engine->start(settings(), _QLocal::toParts(handOver), mode);
    Role next = started == _QLocal::InstanceRole::Primary ? Primary
            : started == _QLocal::InstanceRole::Secondary ? Secondary
                                                          : NoRole;
    if (next == Primary && !engine->serve(this))
        next = NoRole;
    return next;
}

SingleInstance::SingleInstance(const QString &name, QObject *parent)
    : QObject(parent), m_private(std::make_unique<Private>(this))
{
    m_private->name = name;
}

SingleInstance::~SingleInstance()
{
    m_private->engine->close();
}

template<typename Value>
void SingleInstance::change(Value &field, const Value &value, void (SingleInstance::*changed)())
{
    if (field == value)
        return;
    field = value;
    Q_EMIT(this->*changed)();
}

QString SingleInstance::name() const
{
    return m_private->name;
}

void SingleInstance::setName(const QString &name)
{
    change(m_private->name, name, &SingleInstance::nameChanged);
}

SingleInstance::Scope SingleInstance::scope() const
{
    return m_private->scope;
}

void SingleInstance::setScope(Scope scope)
{
    change(m_private->scope, scope, &SingleInstance::scopeChanged);
}

QStringList SingleInstance::environmentVariables() const
{
    return m_private->variables;
}

void SingleInstance::setEnvironmentVariables(const QStringList &names)
{
    change(m_private->variables, names, &SingleInstance::environmentVariablesChanged);
}

int SingleInstance::timeout() const
{
    return m_private->timeout;
}

void SingleInstance::setTimeout(int msecs)
{
    change(m_private->timeout, msecs, &SingleInstance::timeoutChanged);
}

int SingleInstance::answerTimeout() const
{
    return m_private->answerTimeout;
}

void SingleInstance::setAnswerTimeout(int msecs)
{
    change(m_private->answerTimeout, msecs, &SingleInstance::answerTimeoutChanged);
}

qint64 SingleInstance::maxSize() const
{
    return m_private->maxSize;
}

void SingleInstance::setMaxSize(qint64 bytes)
{
    change(m_private->maxSize, bytes, &SingleInstance::maxSizeChanged);
}

int SingleInstance::maxSecondaries() const
{
    return m_private->maxSecondaries;
}

void SingleInstance::setMaxSecondaries(int count)
{
    change(m_private->maxSecondaries, count, &SingleInstance::maxSecondariesChanged);
}

SingleInstance::Role SingleInstance::start()
{
    return start(HandOver::ofThisProcess(m_private->variables));
}

SingleInstance::Role SingleInstance::start(const HandOver &handOver)
{
    close();
    m_private->role = m_private->start(handOver, _QLocal::StartMode::Start);
    const Role role = m_private->role;
    Q_EMIT roleChanged();
    return role;
}

SingleInstance::Role SingleInstance::claim()
{
    close();
    m_private->role = m_private->start(HandOver(), _QLocal::StartMode::Claim);
    const Role role = m_private->role;
    Q_EMIT roleChanged();
    return role;
}

bool SingleInstance::handOver(const HandOver &handOver)
{
    if (isPrimary()) {
        qWarning("qlocal::SingleInstance::handOver() called in the primary");
        return false;
    }
    const bool isAnswered = m_private->start(handOver, _QLocal::StartMode::HandOver) == Secondary;
    // The answer has changed.
    Q_EMIT roleChanged();
    return isAnswered;
}

void SingleInstance::close()
{
    m_private->engine->close();
    if (m_private->role == NoRole)
        return;
    m_private->role = NoRole;
    Q_EMIT roleChanged();
}

SingleInstance::Role SingleInstance::role() const
{
    return m_private->role;
}

int SingleInstance::exitCode() const
{
    return m_private->engine->exitCode();
}

QByteArray SingleInstance::answer() const
{
    return m_private->engine->answerBytes();
}

Error SingleInstance::lastError() const
{
    return Error(m_private->engine->lastError());
}

qint64 SingleInstance::primaryProcess() const
{
    return _QLocal::primaryProcess(m_private->settings());
}

QString SingleInstance::path() const
{
    return _QLocal::instancePath(m_private->settings());
}

} // namespace qlocal
