// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Throwing handlers, and an application that catches in notify(), as many programs do.

#ifndef QLOCAL_TESTS_THROWING_H
#define QLOCAL_TESTS_THROWING_H

#include <QtCore/QCoreApplication>

#include <atomic>

namespace testing {

/// The exception type of the tests.
struct Thrown
{ };

/// A handler that throws when it is called for the first time.
class ThrowOnce
{
public:
    void operator()()
    {
        if (m_thrown)
            return;
        m_thrown = true;
        throw Thrown();
    }

private:
    bool m_thrown = false;
};

class CatchingApplication : public QCoreApplication
{
public:
    using QCoreApplication::QCoreApplication;

    bool notify(QObject *receiver, QEvent *event) override
    {
        try {
            return QCoreApplication::notify(receiver, event);
        } catch (const Thrown &) {
            ++caught;
            return true;
        }
    }

    static inline std::atomic<int> caught = 0;
};

/// Whether `call` throws.
template<typename Call>
bool throws(Call call)
{
    try {
        call();
        return false;
    } catch (const Thrown &) {
        return true;
    }
}

} // namespace testing

#endif // QLOCAL_TESTS_THROWING_H
