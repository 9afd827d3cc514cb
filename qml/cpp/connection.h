// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// What a model of connections reports of a socket.

#ifndef QLOCAL_QML_CONNECTION_H
#define QLOCAL_QML_CONNECTION_H

#include <qlocal_qml/src/local_socket.cxxqt.h>

#include <QtCore/qabstractitemmodel.h>
#include <QtCore/qmetaobject.h>
#include <QtCore/qvariant.h>

#include <cstdint>

namespace qlocal {

QVariant toVariant(const LocalSocket &socket);
/// Null once the destructor of this class has run; those of its base classes emit signals.
inline LocalSocket *living(LocalSocket *socket)
{
    return qobject_cast<LocalSocket *>(static_cast<QObject *>(socket));
}
/// All bytes received and sent.
std::uint64_t bytesOf(const LocalSocket &socket);
/// The process at the other end; 0 if it is not known.
std::int64_t processOf(const LocalSocket &socket);
/// The name of a process; empty if it is not known.
QString processName(std::int64_t process);
/// The user of the process at the other end; -1 if it is not known.
std::int64_t userOf(const LocalSocket &socket);
/// The name of a user, or the number of one without.
QString userName(std::int64_t user);

/// Creates the model of a server, which is empty before its sockets are destroyed with that.
template<typename Model, typename Server>
Model *createModel(const Server &server)
{
    auto *model = new Model(const_cast<Server *>(&server));
    QObject::connect(&server, &QObject::destroyed, model, [model] { model->clear(); });
    return model;
}

/// Has a model remove a connection that has ended.
template<typename Model>
void watch(const Model &model, const LocalSocket &socket, std::uint64_t id)
{
    auto *target = const_cast<Model *>(&model);
    const auto leave = [target, id] { target->leave(id); };
    QObject::connect(&socket, &QLocalSocket::disconnected, target, leave);
    QObject::connect(&socket, &QObject::destroyed, target, leave);
}

/// The signal that views connect.
inline const QMetaMethod &dataChangedSignal()
{
    static const QMetaMethod signal = QMetaMethod::fromSignal(&QAbstractItemModel::dataChanged);
    return signal;
}

} // namespace qlocal

#endif // QLOCAL_QML_CONNECTION_H
