// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_DESCRIPTORVALUE_H
#define QLOCAL_QML_DESCRIPTORVALUE_H

#include <QtCore/qmetatype.h>
#include <QtCore/qobjectdefs.h>
#include <QtCore/qsharedpointer.h>
#include <qlocal/descriptor.h>

namespace qlocal {

/// A file descriptor as an opaque value: QML passes it to another socket, or to a C++ function with a
/// parameter of type QVariant, whose toInt() is the number. It is closed with the last copy.
class LocalDescriptor
{
    Q_GADGET
    Q_PROPERTY(bool valid READ isValid CONSTANT)

public:
    LocalDescriptor() = default;
    explicit LocalDescriptor(Descriptor &&descriptor)
        : m_descriptor(new Descriptor(std::move(descriptor)))
    { }

    bool isValid() const { return m_descriptor && m_descriptor->isValid(); }
    /// The number, which stays valid as long as a copy of the value exists; -1 if there is none.
    int get() const { return m_descriptor ? m_descriptor->get() : -1; }

private:
    QSharedPointer<Descriptor> m_descriptor;
};

} // namespace qlocal

#endif // QLOCAL_QML_DESCRIPTORVALUE_H
