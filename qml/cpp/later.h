// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_QML_LATER_H
#define QLOCAL_QML_LATER_H

#include <QtCore/qobject.h>

#include <utility>

namespace qlocal {

/// A call in another turn of the event loop: one, however often it is requested until then. A member
/// of the object that is called.
class Later
{
public:
    template<typename Function>
    void call(QObject *object, Function function)
    {
        if (std::exchange(m_isDue, true))
            return;
        QMetaObject::invokeMethod(
                object,
                [this, function] {
                    m_isDue = false;
                    function();
                },
                Qt::QueuedConnection);
    }

private:
    bool m_isDue = false;
};

} // namespace qlocal

#endif // QLOCAL_QML_LATER_H
