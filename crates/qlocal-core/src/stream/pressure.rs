// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is done about a peer that takes less than is written: bounds and marks of what is queued.

use crate::machine::Mark;

/// What bounds the bytes that are written and not sent, and which marks are announced; 0 is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteLimits {
    /// The most that may be queued, see [`SlowPeer`].
    pub max_size: usize,
    /// What happens to a write beyond that.
    pub slow_peer: SlowPeer,
    /// When a turn leaves this much queued, that is announced once.
    pub high: usize,
    /// When no more than this is left after that, it is announced once.
    pub low: usize,
}

/// What happens to a write for which the queue has no room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SlowPeer {
    /// As much as there is room for is taken.
    #[default]
    Refuse,
    /// Nothing is taken, and the connection ends with [`LimitExceeded`](crate::ErrorKind::LimitExceeded) as the turn ends.
    Disconnect,
}

/// The limits of a connection, and where it stands.
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
    /// Something was written beyond the limit that ends the connection: marks no longer count.
    Overrun,
}

impl Pressure {
    pub fn limits(&self) -> WriteLimits {
        self.limits
    }

    pub fn set_limits(&mut self, limits: WriteLimits) {
        self.limits = limits;
    }

    /// How much of a write can be queued beside what is; `None` when it ends the connection.
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
        // Without a mark, or with a low one that is not below it, any way down counts.
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

    /// A connection has ended, and the next one starts afresh.
    pub fn relax(&mut self) {
        self.level = Level::Low;
    }
}
