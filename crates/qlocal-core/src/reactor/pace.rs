// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Polling at a steady pace without a clock.

use std::time::{Duration, Instant};

/// The time between two looks, so that one look finds several events.
const INTERVAL: Duration = Duration::from_micros(2);

/// How many pauses of the processor are timed.
const TIMED: u32 = 32;

/// How many pauses of the processor make up an interval, and how long that takes with its look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    pauses: u32,
    look: Duration,
}

impl Pace {
    /// Times a few pauses of the processor, which take less than ten microseconds together: their duration differs
    /// tenfold between processors.
    pub fn measure(now: impl Fn() -> Instant) -> Self {
        let attempt = || {
            let started = now();
            for _ in 0..TIMED {
                std::hint::spin_loop();
            }
            now() - started
        };
        // The thread may have lost its processor in one of them.
        let taken = attempt().min(attempt()).min(attempt());
        let pauses = INTERVAL.as_nanos() * u128::from(TIMED) / taken.as_nanos().max(1);
        Self { pauses: pauses.clamp(1, 10_000) as u32, look: INTERVAL }
    }

    /// Waits until the next look.
    pub fn pause(self) {
        for _ in 0..self.pauses {
            std::hint::spin_loop();
        }
    }

    /// So many looks have taken this long.
    pub fn adjust(&mut self, looks: u32, taken: Duration) {
        // A look takes longer than the pause before it. One that takes much longer was interrupted.
        self.look = (taken / looks.max(1)).clamp(INTERVAL, 4 * INTERVAL);
    }

    /// How many looks fit into this time.
    pub fn looks_in(self, time: Duration) -> u32 {
        // Both are far below a second.
        time.subsec_nanos() / self.look.subsec_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_number_of_looks() {
        let mut pace = Pace::measure(Instant::now);
        assert!(pace.pauses >= 1);
        assert_eq!(pace.looks_in(INTERVAL * 10), 10);
        pace.adjust(10, INTERVAL * 20);
        assert_eq!(pace.looks_in(INTERVAL * 10), 5);
        pace.adjust(1, Duration::from_secs(1));
        assert_eq!(pace.looks_in(INTERVAL * 12), 3);
        assert_eq!(pace.looks_in(INTERVAL), 0);
    }
}
