// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a program may learn about a stream without its lock.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Values as of when the stream was last unlocked. Programs query them far more often than they change, so reading them
/// takes no lock and no call: a host may keep their address for as long as it holds the stream.
///
/// The order of the fields is known to hosts in other languages.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Gauges {
    /// The number of unread bytes, or [`Gauges::DRAINED`].
    available: AtomicUsize,
    /// The number of written bytes that are not announced as sent.
    to_write: AtomicUsize,
    /// Whether the host may keep small writes, see [`Stream::write_staged`](super::Stream::write_staged).
    is_staging: AtomicBool,
}

impl Gauges {
    /// Stands for no unread bytes, and that reading would return none and change nothing.
    pub const DRAINED: usize = usize::MAX;

    /// The number of unread bytes.
    pub fn available(&self) -> usize {
        match self.available.load(Relaxed) {
            Self::DRAINED => 0,
            available => available,
        }
    }

    /// Whether reading would return nothing and change nothing.
    pub fn is_drained(&self) -> bool {
        self.available.load(Relaxed) == Self::DRAINED
    }

    /// The number of written bytes that are not announced as sent.
    pub fn to_write(&self) -> usize {
        self.to_write.load(Relaxed)
    }

    /// Whether the host may keep small writes.
    pub fn is_staging(&self) -> bool {
        self.is_staging.load(Relaxed)
    }

    pub(super) fn set_available(&self, available: usize) {
        self.available.store(available, Relaxed);
    }

    pub(super) fn set_to_write(&self, to_write: usize) {
        self.to_write.store(to_write, Relaxed);
    }

    pub(super) fn set_staging(&self, is_staging: bool) {
        self.is_staging.store(is_staging, Relaxed);
    }
}
