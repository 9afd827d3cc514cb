// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "handoverparts.h"

#include <fcntl.h>
#include <unistd.h>

namespace qlocal {

HandOver HandOver::ofThisProcess(const QStringList &variables)
{
    return _QLocal::toHandOver(_QLocal::handOverOfThisProcess(variables));
}

void HandOver::passStandardInput()
{
    inputDescriptor = std::make_shared<Descriptor>(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3));
}

} // namespace qlocal

namespace _QLocal {

qlocal::HandOver toHandOver(const HandOverParts &parts)
{
    qlocal::HandOver handOver;
    handOver.arguments = parts.arguments;
    handOver.workingFolder = parts.folder;
    for (qsizetype i = 0; i + 1 < parts.environment.size(); i += 2)
        handOver.environment.insert(parts.environment.at(i), parts.environment.at(i + 1));
    handOver.activationToken = parts.activationToken;
    handOver.startupId = parts.startupId;
    handOver.message = parts.message;
    if (parts.hasInput)
        handOver.input = parts.input.isNull() ? QByteArray("") : parts.input;
    if (parts.descriptor >= 0)
        handOver.inputDescriptor = std::make_shared<qlocal::Descriptor>(parts.descriptor);
    return handOver;
}

HandOverParts toParts(const qlocal::HandOver &handOver)
{
    QStringList environment;
    for (auto it = handOver.environment.cbegin(); it != handOver.environment.cend(); ++it)
        environment << it.key() << it.value().toString();
    const auto &descriptor = handOver.inputDescriptor;
    return {
        handOver.arguments,       handOver.workingFolder, environment,
        handOver.activationToken, handOver.startupId,     handOver.message,
        !handOver.input.isNull(), handOver.input,         descriptor ? descriptor->get() : -1
    };
}

} // namespace _QLocal
