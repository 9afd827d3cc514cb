// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The interface of a plugin to its program: no type of QtNetwork, so each has its own.

#ifndef ECHO_PLUGIN_H
#define ECHO_PLUGIN_H

#include <QtCore/QObject>
#include <QtCore/QString>

/// A server with one client, both in the thread that starts them.
class Echo
{
public:
    virtual ~Echo() = default;
    /// Listens only.
    virtual bool listen(const QString &name) = 0;
    /// Listens and connects.
    virtual bool start(const QString &name) = 0;
    /// Sends one byte, which should come back.
    virtual void ping() = 0;
    /// How many bytes have come back.
    virtual int echoes() const = 0;
    virtual void stop() = 0;
};

#define Echo_iid "qlocal.tests.Echo"
Q_DECLARE_INTERFACE(Echo, Echo_iid)

#endif // ECHO_PLUGIN_H
