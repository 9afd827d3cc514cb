// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! When a thread looks for what comes next before it goes to sleep, and for how long.
//!
//! Going to sleep and waking up costs a thread, and who wakes it, far more than a small message
//! does. Where the next one comes sooner than that it pays to stay awake; where it does not, hardly
//! any time is spent on finding out: after each time in vain twice as many turns pass before the
//! next try.

use std::time::Duration;

/// For how long it may look: about as long as going to sleep and waking up take.
const USUAL: Duration = Duration::from_micros(50);

/// It tries at least once in two to this power of turns.
const MOST_IN_VAIN: u32 = 6;

/// One per reactor.
#[derive(Debug)]
pub(crate) struct Linger {
    limit: Duration,
    /// How often in a row nothing came.
    in_vain: u32,
    /// How many turns pass before the next try.
    rest: u32,
}

impl Linger {
    /// For how long to look now; `None` when it is not worth it.
    pub(crate) fn begin(&mut self) -> Option<Duration> {
        if self.rest > 0 {
            self.rest -= 1;
            return None;
        }
        (!self.limit.is_zero()).then_some(self.limit)
    }

    /// Says whether anything came.
    pub(crate) fn end(&mut self, came: bool) {
        self.in_vain = if came { 0 } else { MOST_IN_VAIN.min(self.in_vain + 1) };
        self.rest = (1 << self.in_vain) - 1;
    }
}

impl Default for Linger {
    fn default() -> Self {
        // With one processor it would only keep the peer from running.
        let alone = std::thread::available_parallelism().is_ok_and(|count| count.get() == 1);
        Self { limit: if alone { Duration::ZERO } else { USUAL }, in_vain: 0, rest: 0 }
    }
}
