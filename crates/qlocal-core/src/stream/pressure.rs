// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Back-pressure: limits and marks of the queue for a peer that reads too slowly.

use crate::machine::Mark;

/// Limits and marks of the written and unsent bytes; 0 means none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteLimits {
    /// The maximum number of queued bytes, see [`SlowPeer`].
    pub max_size: usize,
    /// What happens to a write beyond the maximum.
    pub slow_peer: SlowPeer,
    /// The high-water mark: when a turn leaves this much queued, that is announced once.
    pub high: usize,
    /// The low-water mark: when no more than this is left after that, it is announced once.
    pub low: usize,
}

/// What happens to a write for which the queue has no room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SlowPeer {
    /// The part that fits is queued.
    #[default]
    Refuse,
    /// Nothing is queued, and the connection ends with
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) at the end of the turn.
    Disconnect,
}

/// The limits of a connection, and the marks passed.
#[derive(Default)]
pub(super) struct Pressure {
    limits: WriteLimits,
    level: Level,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Level {
    /// The high mark is not reached, or the low one was passed after that.
    #[default]
    Low,
    High,
    /// A write beyond the limit ends the connection: marks are no longer announced.
    Overrun,
}

impl Pressure {
    pub fn limits(&self) -> WriteLimits {
        self.limits
    }

    pub fn set_limits(&mut self, limits: WriteLimits) {
        self.limits = limits;
    }

    /// How much of a write fits into the queue; `None` when it ends the connection.
    pub fn room_for(&mut self, wanted: usize, queued: usize) -> Option<usize> {
        let room = match self.limits.max_size {
            0 => wanted,
            max_size => max_size.saturating_sub(queued),
        };
        if wanted > room && self.limits.slow_peer == SlowPeer::Disconnect {
            self.level = Level::Overrun;
            return None;
        }
        Some(room.min(wanted))
    }

    pub fn has_overrun(&self) -> bool {
        self.level == Level::Overrun
    }

    /// The mark that the queue has passed since the last call.
    pub fn passed_mark(&mut self, queued: usize) -> Option<Mark> {
        let WriteLimits { high, low, .. } = self.limits;
        let is_above = high != 0 && queued >= high;
        // Without a low-water mark below the high one, any decrease counts.
        let is_below = high == 0 || queued <= low.min(high - 1);
        match self.level {
            Level::Low if is_above => {
                self.level = Level::High;
                Some(Mark::High)
            }
            Level::High if is_below => {
                self.level = Level::Low;
                Some(Mark::Low)
            }
            Level::Low | Level::High | Level::Overrun => None,
        }
    }

    /// The connection has ended. Resets the marks for the next one.
    pub fn relax(&mut self) {
        self.level = Level::Low;
    }
}
