// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The server of the pairing tests. The first line of a client is its request.

#ifndef QLOCAL_TESTS_SERVICE_H
#define QLOCAL_TESTS_SERVICE_H

#include <QtCore/QByteArrayList>
#include <QtCore/QHash>
#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

#include <utility>

namespace interop {

/// Serves these requests:
///
/// - `echo`: everything is sent back
/// - `once`: a byte comes back, then the connection ends
/// - `take WRITES SIZE SLOW`: the client sends a stream, the answer is `same` or `other`
/// - `give WRITES SIZE`: the stream comes
/// - `relay NUMBER PARTIES`: once all are there, what each sends goes to the next
/// - `census`: once no other client is connected, how many there were, and how many of them ended
///   unexpectedly
class Service : public QLocalServer
{
public:
    Service();

private:
    void welcome(QLocalSocket *socket);
    void serve(QLocalSocket *socket, const QByteArrayList &words);
    void take(QLocalSocket *socket, const QByteArrayList &words);
    void seat(QLocalSocket *socket, int number, int parties);
    void forward(int from);
    void answerCensus();

    QHash<int, QLocalSocket *> m_seats;
    int m_parties = 0;
    int m_accepted = 0;
    int m_open = 0;
    int m_unexpected = 0;
    QLocalSocket *m_census = nullptr;
};

} // namespace interop

#endif // QLOCAL_TESTS_SERVICE_H
