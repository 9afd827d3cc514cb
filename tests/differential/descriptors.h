// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Descriptors that a program has made itself, to be handed to sockets and servers.

#ifndef QLOCAL_TESTS_DIFFERENTIAL_DESCRIPTORS_H
#define QLOCAL_TESTS_DIFFERENTIAL_DESCRIPTORS_H

#include <QtCore/QByteArray>

class Descriptors
{
public:
    /// Names are files in `folder`.
    explicit Descriptors(const QByteArray &folder) : m_folder(folder) { }

    /// For a socket: `live` is connected to the server n1, `pair` to the next `other`, `lonely` to
    /// a peer that is gone, `fresh` never was; `closed` is a number that stands for none, and `none` -1.
    int socket(const QByteArray &kind);

    /// For a server, with a name of its own, d1 and so on: `listening`, `bound`, `fresh`, `closed` or `none`.
    int server(const QByteArray &kind);

private:
    QByteArray m_folder;
    int m_other = -1;
    int m_bound = 0;
};

#endif // QLOCAL_TESTS_DIFFERENTIAL_DESCRIPTORS_H
