// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "instancebase.h"

#include "script.h"

namespace qlocal {

bool LocalReply::answer(int exitCode, const QJSValue &data) const
{
    if (!m_state || !m_state->instance)
        return false;
    const auto bytes = data.isUndefined() ? QByteArray()
                                          : script::data(m_state->instance.data(), data);
    return bytes && m_state->reply.answer(exitCode, *bytes);
}

void LocalReply::answerLater() const
{
    if (m_state)
        m_state->isLater = true;
}

LocalInstanceBase::LocalInstanceBase(QObject *parent) : SingleInstance(QString(), parent)
{
    connect(this, &SingleInstance::handedOver, this, &LocalInstanceBase::receive);
    connect(this, &SingleInstance::roleChanged, this, [this] { roleEvent(); });
}

LocalInstanceBase::~LocalInstanceBase()
{
    // ~SingleInstance() ends it, when there is nothing left to call.
    disconnect(this, nullptr, this, nullptr);
}

bool LocalInstanceBase::handOver(const QJSValue &data)
{
    const auto message = script::data(this, data);
    if (!message)
        return false;
    HandOver handOver = HandOver::ofThisProcess(environmentVariables());
    handOver.message = *message;
    return SingleInstance::handOver(handOver);
}

void LocalInstanceBase::begin(const QByteArray &message)
{
    HandOver handOver = HandOver::ofThisProcess(environmentVariables());
    handOver.message = message;
    SingleInstance::start(handOver);
}

void LocalInstanceBase::followLater()
{
    m_follow.call(this, [this] { followEvent(); });
}

void LocalInstanceBase::receive(const HandOver &handOver, const InstanceReply &reply)
{
    LocalReply local;
    local.m_state = std::make_shared<LocalReply::State>();
    local.m_state->instance = this;
    local.m_state->reply = reply;
    Q_EMIT handedOver(LocalHandOver(handOver), local);
    // JavaScript may keep its copy until the garbage is collected.
    if (!local.m_state->isLater)
        reply.answer();
}

} // namespace qlocal
