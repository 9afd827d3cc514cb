// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

// The export of a library of the pairing tests: the implementation that it was compiled against.

#include "side.h"

#include "client.h"
#include "service.h"

namespace {

std::unique_ptr<QObject> serve(const QString &path)
{
    auto service = std::make_unique<interop::Service>();
    if (!service->listen(path))
        return nullptr;
    return service;
}

const interop::Side side = { serve,          interop::exchange, interop::oneWay, interop::storm,
                             interop::relay, interop::outlive,  interop::census };

} // namespace

#ifdef QLOCAL_DROPIN
const interop::Side &interop::qlocalSide()
#else
const interop::Side &interop::stockSide()
#endif
{
    return side;
}
