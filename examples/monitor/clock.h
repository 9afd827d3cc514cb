// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#ifndef QLOCAL_EXAMPLES_CLOCK_H
#define QLOCAL_EXAMPLES_CLOCK_H

#include <QElapsedTimer>
#include <QObject>
#include <QtQml/qqmlregistration.h>

/// Finer than JavaScript's Date, which counts milliseconds.
class Clock : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_SINGLETON

public:
    explicit Clock(QObject *parent = nullptr) : QObject(parent) { m_timer.start(); }

    /// Since the start of the program.
    Q_INVOKABLE double microseconds() const { return double(m_timer.nsecsElapsed()) / 1000; }

private:
    QElapsedTimer m_timer;
};

#endif // QLOCAL_EXAMPLES_CLOCK_H
