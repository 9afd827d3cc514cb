// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// A third-party event dispatcher: it serves posted events, socket notifiers and timers, and emits
// neither aboutToBlock() nor awake().

#ifndef QLOCAL_TESTS_FOREIGNDISPATCHER_H
#define QLOCAL_TESTS_FOREIGNDISPATCHER_H

#include <QtCore/QAbstractEventDispatcher>
#include <QtCore/QElapsedTimer>
#include <QtCore/QList>

#include <atomic>

class ForeignDispatcher : public QAbstractEventDispatcher
{
public:
    ForeignDispatcher();
    ~ForeignDispatcher() override;

    bool processEvents(QEventLoop::ProcessEventsFlags flags) override;

    void registerSocketNotifier(QSocketNotifier *notifier) override;
    void unregisterSocketNotifier(QSocketNotifier *notifier) override;

    void registerTimer(int id, qint64 interval, Qt::TimerType type, QObject *object) override;
    bool unregisterTimer(int id) override;
    bool unregisterTimers(QObject *object) override;
    QList<TimerInfo> registeredTimers(QObject *object) const override;
    int remainingTime(int id) override;

    void wakeUp() override;
    void interrupt() override;

private:
    struct Timer
    {
        int id;
        qint64 interval;
        Qt::TimerType type;
        QObject *object;
        qint64 due;
        bool isFiring;
    };

    bool activateNotifiers(int msecs, bool excludesNotifiers);
    bool activateTimers();
    int untilNextTimer() const;

    QList<QSocketNotifier *> m_notifiers;
    QList<Timer> m_timers;
    QElapsedTimer m_clock;
    int m_waker;
    std::atomic<bool> m_interrupted = false;
};

#endif // QLOCAL_TESTS_FOREIGNDISPATCHER_H
