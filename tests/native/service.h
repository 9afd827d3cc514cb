// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Restarts this program with descriptors, as a service manager does.

#ifndef QLOCAL_TESTS_SERVICE_H
#define QLOCAL_TESTS_SERVICE_H

#include <QtCore/QCoreApplication>
#include <QtCore/QFile>
#include <QtCore/QProcess>
#include <QtCore/QTemporaryDir>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace testing {

/// The service manager: creates sockets, and starts a process with them.
class ServiceManager
{
public:
    ServiceManager() = default;
    ~ServiceManager()
    {
        for (const int descriptor : m_descriptors)
            ::close(descriptor);
    }
    ServiceManager(const ServiceManager &) = delete;
    ServiceManager &operator=(const ServiceManager &) = delete;

    /// The path of the socket with this name.
    QString path(const QString &name) const { return m_folder.filePath(name); }

    /// Creates a listening socket, passed to the service under this name.
    void listen(const QString &name)
    {
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        qstrncpy(address.sun_path, QFile::encodeName(path(name)).constData(),
                 sizeof address.sun_path);
        const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::bind(descriptor, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0
            || ::listen(descriptor, 50) != 0)
            qFatal("ServiceManager: no socket");
        give(name, descriptor);
    }

    /// Passes any descriptor to the service under this name; this object owns it.
    void give(const QString &name, int descriptor)
    {
        // Outside the range of numbers that they get in the service.
        m_descriptors.push_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, 100));
        ::close(descriptor);
        m_names << name;
    }

    /// Starts this program with an argument that selects the service's role.
    void start(QProcess &process, const QString &role) const
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("LISTEN_FDS", QString::number(m_descriptors.size()));
        environment.insert("LISTEN_FDNAMES", m_names.join(':'));
        process.setProcessEnvironment(environment);
        process.setChildProcessModifier([this] {
            for (std::size_t at = 0; at < m_descriptors.size(); ++at)
                ::dup2(m_descriptors[at], int(3 + at));
        });
        process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        // The shell knows its process id, and exec keeps it.
        process.start("/bin/sh",
                      { "-c", "LISTEN_PID=$$ exec \"$0\" \"$1\"",
                        QCoreApplication::applicationFilePath(), role });
    }

    /// The output of a service with this role until it exits.
    QString run(const QString &role) const
    {
        QProcess process;
        start(process, role);
        if (!process.waitForFinished() || process.exitStatus() != QProcess::NormalExit
            || process.exitCode() != 0)
            qFatal("ServiceManager: the service did not end well");
        return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
    }

private:
    QTemporaryDir m_folder;
    std::vector<int> m_descriptors;
    QStringList m_names;
};

} // namespace testing

#endif // QLOCAL_TESTS_SERVICE_H
