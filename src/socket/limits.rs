// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How much of memory a peer may take, and what has gone through.

use cxx_qt_lib::qint64;

use super::ffi::{QueueLimits, RustSocket};
use crate::{convert, DEFAULT_READ_LIMIT};

impl RustSocket {
    pub(super) fn engine_set_read_limit(&self, limit: qint64) {
        // A negative limit is none, as with Qt.
        self.stream().set_read_limit(convert::size(limit.into()));
    }

    pub(super) fn engine_queue_limits(&self) -> QueueLimits {
        self.stream().write_limits().into()
    }

    pub(super) fn engine_set_queue_limits(&self, limits: QueueLimits) {
        self.stream().set_write_limits(limits.into());
    }

    pub(super) fn engine_received(&self) -> u64 {
        self.stream().received()
    }

    pub(super) fn engine_sent(&self) -> u64 {
        self.stream().sent()
    }
}

pub(super) fn default_read_limit() -> i64 {
    convert::number(DEFAULT_READ_LIMIT)
}
