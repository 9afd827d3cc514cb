// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// Costs that grow with the number of sockets or the length of a line do so linearly. Each cost is
// compared with that of a smaller task in the same run. Stock Qt is quadratic in most cases.

#include "exhaustion.h"
#include "pair.h"
#include "testing.h"

#include <QtTest/QtTest>

#include <algorithm>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <sys/socket.h>

class tst_Scaling : public QObject
{
    Q_OBJECT

private slots:
    void init() { m_watchdog.emplace(240); }
    void cleanup() { m_watchdog.reset(); }

#ifdef QLOCAL_DROPIN
    void destroyWithPendingWork_data();
    void destroyWithPendingWork();
    void pausedSocketsContinue();
    void canReadLineInLongLine();
#endif

private:
    std::optional<testing::Watchdog> m_watchdog;
};

#ifdef QLOCAL_DROPIN

namespace {

/// The processor time of this thread, in seconds.
double cost(const std::function<void()> &task)
{
    const auto now = [] {
        timespec time {};
        ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        return double(time.tv_sec) + double(time.tv_nsec) / 1e9;
    };
    const double before = now();
    task();
    return now() - before;
}

/// Sockets, each with a plain peer.
class Many
{
public:
    explicit Many(int count)
    {
        for (int index = 0; index < count; ++index) {
            int ends[2];
            if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
                return;
            peers.push_back(ends[1]);
            sockets.push_back(std::make_unique<QLocalSocket>());
            sockets.back()->setSocketDescriptor(ends[0]);
        }
        isComplete = true;
    }
    ~Many()
    {
        for (const int peer : peers)
            ::close(peer);
    }
    Many(const Many &) = delete;
    Many &operator=(const Many &) = delete;

    void sendToEach(const QByteArray &data)
    {
        for (const int peer : peers)
            ::send(peer, data.constData(), size_t(data.size()), MSG_NOSIGNAL | MSG_DONTWAIT);
    }

    std::vector<std::unique_ptr<QLocalSocket>> sockets;
    std::vector<int> peers;
    bool isComplete = false;
};

/// 9000, or as many as this process is allowed.
int greatNumber()
{
    rlimit limit {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    testing::allowDescriptors(limit.rlim_max);
    return int(std::min<rlim_t>(9000, (limit.rlim_max - 200) / 2));
}

/// A linear cost is ten times as much, somewhat more with caches and allocators; a quadratic one a
/// hundred times as much.
constexpr double Tolerated = 40;

} // namespace

void tst_Scaling::destroyWithPendingWork_data()
{
    using Body = std::function<void(Many &)>;
    QTest::addColumn<Body>("prepare");
    QTest::addColumn<bool>("isBackwards");
    const Body nothing = [](Many &) {};
    const Body written = [](Many &many) {
        for (const auto &socket : many.sockets)
            socket->write("pending");
    };
    const Body ready = [](Many &many) {
        many.sendToEach("unread");
        // The batch of events is taken by the first handler's event loop.
        QCoreApplication::processEvents(QEventLoop::AllEvents);
        many.sendToEach("more");
    };
    const Body ending = [](Many &many) {
        for (const auto &socket : many.sockets) {
            socket->write("pending");
            socket->disconnectFromServer();
        }
    };
    for (const bool isBackwards : { false, true }) {
        const char *order = isBackwards ? "last first" : "first first";
        QTest::addRow("idle, %s", order) << nothing << isBackwards;
        QTest::addRow("written to, %s", order) << written << isBackwards;
        QTest::addRow("ready, %s", order) << ready << isBackwards;
        QTest::addRow("ending, %s", order) << ending << isBackwards;
    }
}

void tst_Scaling::destroyWithPendingWork()
{
    QFETCH(const std::function<void(Many &)>, prepare);
    QFETCH(const bool, isBackwards);
    const int count = greatNumber();
    const auto costOf = [&](int count) {
        Many many(count);
        prepare(many);
        if (isBackwards)
            std::reverse(many.sockets.begin(), many.sockets.end());
        return many.isComplete ? cost([&] {
            for (auto &socket : many.sockets)
                socket.reset();
        })
                               : 0;
    };
    const double few = costOf(count / 10);
    const double all = costOf(count);
    QVERIFY(few > 0 && all > 0);
    QVERIFY2(all < few * Tolerated, qPrintable(QString("%1 s, %2 s").arg(few).arg(all)));
}

void tst_Scaling::pausedSocketsContinue()
{
    const int count = greatNumber();
    const auto costOf = [](int count) {
        Many many(count);
        for (const auto &socket : many.sockets)
            socket->setReadBufferSize(4);
        many.sendToEach("0123456789");
        return cost([&] {
            int left = count * 10;
            testing::settle();
            while (left > 0) {
                for (const auto &socket : many.sockets)
                    left -= int(socket->readAll().size());
                testing::settle();
            }
        });
    };
    const double few = costOf(count / 10);
    const double all = costOf(count);
    QVERIFY2(all < few * Tolerated, qPrintable(QString("%1 s, %2 s").arg(few).arg(all)));
}

void tst_Scaling::canReadLineInLongLine()
{
    const auto costOf = [](qsizetype size) {
        testing::Pair pair;
        if (!pair.open())
            return 0.0;
        const QByteArray piece(4096, 'x');
        bool isEarly = false;
        const double spent = cost([&] {
            for (qsizetype sent = 0; sent < size; sent += piece.size()) {
                pair.accepted->write(piece);
                pair.accepted->flush();
                pair.client->waitForReadyRead(5000);
                isEarly = isEarly || pair.client->canReadLine();
            }
        });
        pair.accepted->write("\n");
        pair.accepted->flush();
        pair.client->waitForReadyRead(5000);
        const bool isWhole = pair.client->canReadLine() && pair.client->readLine().size() > size;
        return isWhole && !isEarly ? spent : 0.0;
    };
    // A linear cost is four times as much, a quadratic one sixteen times as much.
    double part = costOf(2'500'000);
    double whole = costOf(10'000'000);
    for (int again = 0; again < 2; ++again) {
        part = std::min(part, costOf(2'500'000));
        whole = std::min(whole, costOf(10'000'000));
    }
    QVERIFY(part > 0 && whole > 0);
    QVERIFY2(whole < part * 8, qPrintable(QString("%1 s, %2 s").arg(part).arg(whole)));
}

#endif // QLOCAL_DROPIN

QTEST_GUILESS_MAIN(tst_Scaling)
#include "tst_scaling.moc"
