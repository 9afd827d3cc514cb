// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Starts this program again with descriptors, as a service manager does.

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

/// The service manager: it makes sockets, and starts a process with them.
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

    /// Where the socket of this name is.
    QString path(const QString &name) const { return m_folder.filePath(name); }

    /// Makes a listening socket, which the service is given under this name.
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

    /// Gives the service any descriptor under this name; it belongs to this object.
    void give(const QString &name, int descriptor)
    {
        // Out of the way of the numbers that they get in the service.
        m_descriptors.push_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, 100));
        ::close(descriptor);
        m_names << name;
    }

    /// Starts this program with an argument, which says what the service does.
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
        // The shell knows the number of the process, and stays it.
        process.start("/bin/sh",
                      { "-c", "LISTEN_PID=$$ exec \"$0\" \"$1\"",
                        QCoreApplication::applicationFilePath(), role });
    }

    /// What a service with this role prints until it ends by itself.
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
