// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Descriptors created by the program, to be passed to sockets and servers.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_DESCRIPTORS_H
#define QLOCAL_TESTS_DIFFERENTIAL_DESCRIPTORS_H

#include <QtCore/QByteArray>

class Descriptors
{
public:
    /// Names are files in `folder`.
    explicit Descriptors(const QByteArray &folder) : m_folder(folder) { }

    /// For a socket: `live` is connected to the server n1, `pair` to the next `other`, `lonely` to
    /// a closed peer, `fresh` never was; `closed` is the number of a closed one, and `none` -1.
    int socket(const QByteArray &kind);

    /// For a server, with its own name, d1 and so on: `listening`, `bound`, `fresh`, `closed` or
    /// `none`.
    int server(const QByteArray &kind);

private:
    QByteArray m_folder;
    int m_other = -1;
    int m_bound = 0;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_DESCRIPTORS_H
