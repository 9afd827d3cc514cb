// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_SOCKET_H
#define QLOCAL_SOCKET_H

#include <qlocal/qlocalsocket.h>

namespace qlocal {

/// A QLocalSocket with what goes beyond Qt's.
///
/// As long as nothing of that is used it behaves as a QLocalSocket does.
class QLOCAL_EXPORT Socket : public QLocalSocket
{
    Q_OBJECT

public:
    /// Makes a socket that is not connected.
    explicit Socket(QObject *parent = nullptr);
    /// As that of QLocalSocket.
    ~Socket() override;

private:
    Q_DISABLE_COPY(Socket)
};

} // namespace qlocal

#endif // QLOCAL_SOCKET_H
