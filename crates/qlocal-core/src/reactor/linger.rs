// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lingering: when a thread polls for the next event before it goes to sleep, and for how long.
//!
//! Going to sleep and waking up costs a thread, and the one that wakes it, far more than a small
//! message does. If the next event comes sooner than that, it pays to stay awake. If not, hardly
//! any time is spent on finding that out: after each miss twice as many turns pass before the next
//! attempt.

use std::time::Duration;

use qlocal_sys::processors;

/// The default limit: about as long as going to sleep and waking up take.
const DEFAULT_LIMIT: Duration = Duration::from_micros(50);

/// The maximum limit that a user can set: other sources of the event loop wait meanwhile.
const MAX_LIMIT: Duration = Duration::from_millis(10);

/// It polls at least once in two to this power of turns.
const MAX_MISSES: u32 = 6;

/// One per reactor.
#[derive(Debug)]
pub(crate) struct Linger {
    limit: Duration,
    /// The user has set the limit: it polls each time.
    is_user_set: bool,
    /// The number of misses in a row.
    misses: u32,
    /// How many turns pass before the next attempt.
    rest: u32,
    /// The thread may run on a single processor only: lingering would merely keep the peer from
    /// running. Unknown until the first attempt.
    is_single_processor: Option<bool>,
}

impl Linger {
    /// Polls each time for as long as this. A limit of zero restores the default.
    pub(crate) fn set_limit(&mut self, limit: Duration) {
        *self = Self { is_single_processor: self.is_single_processor, ..Self::default() };
        if !limit.is_zero() {
            self.limit = limit.min(MAX_LIMIT);
            self.is_user_set = true;
        }
    }

    /// For how long to poll now; `None` when it does not pay off.
    pub(crate) fn begin(&mut self) -> Option<Duration> {
        if self.rest > 0 && !self.is_user_set {
            self.rest -= 1;
            return None;
        }
        let is_single_processor =
            *self.is_single_processor.get_or_insert_with(processors::is_single);
        (!is_single_processor).then_some(self.limit)
    }

    /// Ends polling, with or without an event.
    pub(crate) fn end(&mut self, came: bool) {
        self.misses = if came { 0 } else { MAX_MISSES.min(self.misses + 1) };
        self.rest = (1 << self.misses) - 1;
    }
}

impl Default for Linger {
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            is_user_set: false,
            misses: 0,
            rest: 0,
            is_single_processor: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Linger {
        Linger { is_single_processor: Some(false), ..Linger::default() }
    }

    /// In how many of these turns it polls when no event ever comes.
    fn looks(linger: &mut Linger, turns: u32) -> u32 {
        let mut looks = 0;
        for _ in 0..turns {
            if linger.begin().is_some() {
                looks += 1;
                linger.end(false);
            }
        }
        looks
    }

    #[test]
    fn lingering_continues_with_events() {
        let mut linger = usual();
        for _ in 0..10 {
            assert_eq!(linger.begin(), Some(DEFAULT_LIMIT));
            linger.end(true);
        }
    }

    #[test]
    fn lingering_backs_off_without_events() {
        let mut linger = usual();
        assert!(looks(&mut linger, 200) < 10);
        assert!(looks(&mut linger, 640) <= 10);
    }

    #[test]
    fn lingering_recovers_after_event() {
        let mut linger = usual();
        looks(&mut linger, 500);
        linger.end(true);
        assert_eq!(linger.begin(), Some(DEFAULT_LIMIT));
    }

    #[test]
    fn single_processor_never_lingers() {
        let mut linger = Linger { is_single_processor: Some(true), ..Linger::default() };
        assert_eq!(linger.begin(), None);
        linger.set_limit(MAX_LIMIT);
        assert_eq!(linger.begin(), None);
    }

    #[test]
    fn user_limit_lingers_each_time() {
        let mut linger = usual();
        linger.set_limit(Duration::from_secs(1));
        assert_eq!(linger.begin(), Some(MAX_LIMIT));
        assert_eq!(looks(&mut linger, 100), 100);
        linger.set_limit(Duration::ZERO);
        assert!(looks(&mut linger, 100) < 10);
    }
}
