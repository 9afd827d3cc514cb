// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a driver does about a peer that takes less than is written: it counts what the kernel has
//! not taken yet.

use super::Driver;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::machine::Mark;

/// What bounds the bytes that are written and not sent, and which marks are announced; 0 is no bound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WriteLimits {
    /// The most that may be queued, see [`SlowPeer`].
    pub most: usize,
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
    /// Nothing is taken, and the connection ends with [`ErrorKind::LimitExceeded`] as the turn ends.
    Disconnect,
}

/// The limits of a connection, and where it stands.
#[derive(Default)]
pub(super) struct Pressure {
    limits: WriteLimits,
    is_high: bool,
    /// Something was written beyond the limit that ends the connection.
    overrun: bool,
}

impl Driver {
    pub(crate) fn write_limits(&self) -> WriteLimits {
        self.pressure.as_ref().map(|pressure| pressure.limits).unwrap_or_default()
    }

    pub(crate) fn set_write_limits(&mut self, limits: WriteLimits) {
        if limits != self.write_limits() {
            self.pressure.get_or_insert_default().limits = limits;
            // What is queued already is looked at as the turn ends.
            self.defer();
        }
    }

    /// How much of a write can be queued; `None` when it ends the connection.
    pub(super) fn room_to_write(&mut self, wanted: usize) -> Option<usize> {
        let queued = self.output.len();
        let Some(pressure) = &mut self.pressure else { return Some(wanted) };
        let room = match pressure.limits.most {
            0 => wanted,
            most => most.saturating_sub(queued),
        };
        if wanted > room && pressure.limits.slow_peer == SlowPeer::Disconnect {
            pressure.overrun = true;
            return None;
        }
        Some(room.min(wanted))
    }

    pub(super) fn has_overrun(&self) -> bool {
        self.pressure.as_ref().is_some_and(|pressure| pressure.overrun)
    }

    pub(super) fn check_overrun(&self) -> Result<()> {
        if self.has_overrun() {
            return Err(Error::new(ErrorKind::LimitExceeded, Operation::Write));
        }
        Ok(())
    }

    /// Lets it be announced when the queue has crossed a mark. True when there is anything to
    /// announce.
    pub(super) fn look_at_marks(&mut self) -> bool {
        let queued = self.output.len();
        let Some(pressure) = &mut self.pressure else { return false };
        let WriteLimits { high, low, .. } = pressure.limits;
        let is_above = high != 0 && queued >= high;
        // Without a mark, or with a low one that is not below it, any way down counts.
        let is_below = high == 0 || queued <= low.min(high - 1);
        if !pressure.is_high && is_above {
            pressure.is_high = true;
            self.connection.mark_passed(Mark::High);
        } else if pressure.is_high && is_below {
            pressure.is_high = false;
            self.connection.mark_passed(Mark::Low);
        } else {
            return false;
        }
        true
    }

    /// A connection has ended, and the next one starts afresh.
    pub(super) fn relax(&mut self) {
        if let Some(pressure) = &mut self.pressure {
            pressure.is_high = false;
            pressure.overrun = false;
        }
    }
}
