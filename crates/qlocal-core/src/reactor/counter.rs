// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A source for unit tests.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use qlocal_sys::poller::Readiness;

use super::Source;

/// Counts how often its turn has ended.
#[derive(Default)]
pub(crate) struct Counter(AtomicUsize);

impl Counter {
    pub fn count(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Source for Counter {
    fn ready(&self, _: Readiness) {}

    fn turn_ended(&self) -> bool {
        self.0.fetch_add(1, Relaxed);
        false
    }
}
