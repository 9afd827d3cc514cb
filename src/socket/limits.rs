// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Limits on the memory that a peer may use, and byte counters.

use cxx_qt_lib::qint64;

use crate::convert;
use crate::limits::DEFAULT_READ_LIMIT;
use crate::object::socket::ffi::RustSocket;
use crate::types::ffi::QueueLimits;

pub(super) fn socket_set_read_limit(socket: &RustSocket, limit: qint64) {
    // A negative limit means none, as in Qt.
    socket.stream().set_read_limit(convert::size(limit.into()));
}

pub(super) fn socket_queue_limits(socket: &RustSocket) -> QueueLimits {
    socket.stream().write_limits().into()
}

pub(super) fn socket_set_queue_limits(socket: &RustSocket, limits: QueueLimits) {
    socket.stream().set_write_limits(limits.into());
}

pub(super) fn socket_received(socket: &RustSocket) -> u64 {
    socket.stream().received()
}

pub(super) fn socket_sent(socket: &RustSocket) -> u64 {
    socket.stream().sent()
}

pub(super) fn default_read_limit() -> i64 {
    convert::number(DEFAULT_READ_LIMIT)
}
