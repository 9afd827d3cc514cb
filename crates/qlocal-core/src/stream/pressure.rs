// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Back-pressure: limits and marks of the queue for a peer that reads too slowly.

use crate::machine::Mark;

use super::limits::{Limits, SlowPeer};
use super::starts::Starts;

/// The limits of a connection, and the marks passed.
#[derive(Default)]
pub(super) struct Pressure {
    limits: Limits,
    level: Level,
    /// Only for a connection that is kept, and that has messages.
    starts: Option<Starts>,
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
    pub fn limits(&self) -> Limits {
        self.limits
    }

    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Whether each write fits.
    pub fn is_unlimited(&self) -> bool {
        self.limits == Limits::default()
    }

    /// Sets whether to record where writes start, with the queue at `start` if a write starts there.
    pub fn record_starts(&mut self, wanted: bool, start: Option<u64>) {
        if wanted {
            self.starts.get_or_insert_with(|| Starts::at(start));
        } else {
            self.starts = None;
        }
    }

    /// How many of the queued bytes belong to a write that was sent in part, if that is recorded. The
    /// caller discards them.
    pub fn skip_rest_of_write(&mut self, sent: u64, queued: usize) -> usize {
        let Some(starts) = &mut self.starts else { return 0 };
        let rest = starts.rest_of_write(sent, queued);
        starts.skip(sent, rest);
        rest
    }

    /// How much of a write fits into the queue, after `sent` bytes; `None` when it ends the connection.
    pub fn room_for(&mut self, wanted: usize, sent: u64, queued: usize) -> Option<usize> {
        let room = match self.limits.max_queued {
            0 => wanted,
            max_queued => max_queued.saturating_sub(queued),
        };
        if wanted > room && self.limits.slow_peer == SlowPeer::Disconnect {
            self.level = Level::Overrun;
            return None;
        }
        self.starts.iter_mut().for_each(|starts| starts.add(sent, queued));
        Some(room.min(wanted))
    }

    pub fn has_overrun(&self) -> bool {
        self.level == Level::Overrun
    }

    /// The mark that the queue has passed since the last call.
    pub fn passed_mark(&mut self, queued: usize) -> Option<Mark> {
        let Limits { high_water, low_water, .. } = self.limits;
        let is_above = high_water != 0 && queued >= high_water;
        // Without a low-water mark below the high one, any decrease counts.
        let is_below = high_water == 0 || queued <= low_water.min(high_water - 1);
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
