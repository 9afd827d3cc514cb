// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

#include "threads.h"

#include <QtCore/QRandomGenerator>
#include <QtCore/QThread>

#include <array>

namespace {

std::array<QThread, 2> all;

} // namespace

void threads::start()
{
    for (QThread &thread : all)
        thread.start();
}

void threads::stop()
{
    for (QThread &thread : all) {
        thread.quit();
        thread.wait();
    }
}

void threads::moveAnywhere(QObject *object)
{
    object->moveToThread(&all[QRandomGenerator::global()->bounded(int(all.size()))]);
}
