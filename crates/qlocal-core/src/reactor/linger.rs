// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lingering: when a thread polls for the next event before it goes to sleep, and for how long.
//!
//! If the next event comes sooner than the thread could be woken, it pays to stay awake. What waking costs differs by an
//! order of magnitude between hosts, and between threads, so each thread measures it in its own traffic: see [`Price`].
//! The limit follows from that. If nothing comes, hardly any time is spent on finding that out: after each miss twice as
//! many turns pass before the next attempt.

use std::time::{Duration, Instant};

use qlocal_sys::processors;

use super::pace::Pace;
use super::price::{Price, Sample};

/// The limit while the price is unknown, and the maximum: about what going to sleep and waking up takes on a host where
/// that is slow.
const DEFAULT_LIMIT: Duration = Duration::from_micros(50);

/// The limit of a sample: an answer is to come in it even if the peer has to be woken first.
const SAMPLE_LIMIT: Duration = Duration::from_micros(150);

/// From this price on, waking is slow.
const SLOW: Duration = Duration::from_micros(5);

/// The maximum limit that a user can set: other sources of the event loop wait meanwhile.
const MAX_LIMIT: Duration = Duration::from_millis(10);

/// It polls at least once in two to this power of turns.
const MAX_MISSES: u32 = 6;

/// One per reactor.
#[derive(Debug, Default)]
pub(crate) struct Linger {
    /// The user has switched it off.
    is_off: bool,
    /// The user has set the limit: it polls each time.
    user_limit: Option<Duration>,
    pace: Option<Pace>,
    price: Price,
    /// The number of misses in a row.
    misses: u32,
    /// How many turns pass before the next attempt.
    rest: u32,
    /// This turn is a sample of the price, and its wait began at this time.
    sample: Option<(Sample, Instant)>,
    /// When polling for the user's limit began.
    polling_since: Option<Instant>,
    /// The thread may run on a single processor only: lingering would merely keep the peer from
    /// running. Unknown until the first attempt.
    is_single_processor: Option<bool>,
}

impl Linger {
    /// Polls each time for as long as this. A limit of zero restores the default.
    pub(crate) fn set_limit(&mut self, limit: Duration) {
        self.user_limit = (!limit.is_zero()).then(|| limit.min(MAX_LIMIT));
        (self.misses, self.rest) = (0, 0);
    }

    /// Switches polling off or on, except with a limit of the user's.
    pub(crate) fn set_off(&mut self, is_off: bool) {
        self.is_off = is_off;
    }

    /// What waking this thread costs, as far as it is known.
    pub(crate) fn wake_up(&self) -> Option<Duration> {
        self.price.wake_up()
    }

    /// The turn ends: the pace at which to poll now, and how often at most; `None` when it does not pay off. `now` is
    /// called only in turns that measure something.
    pub(crate) fn begin(&mut self, now: impl Fn() -> Instant) -> Option<(Pace, u32)> {
        let is_single_processor =
            *self.is_single_processor.get_or_insert_with(processors::is_single);
        if is_single_processor {
            return None;
        }
        self.sample = None;
        if self.is_off && self.user_limit.is_none() {
            return None;
        }
        let sample = self.price.turn().filter(|_| self.user_limit.is_none());
        let limit = match (self.user_limit, sample) {
            (Some(limit), _) => limit,
            (None, Some(_)) => SAMPLE_LIMIT,
            (None, None) if self.rest > 0 => {
                self.rest -= 1;
                return None;
            }
            (None, None) => self.price.wake_up().map_or(DEFAULT_LIMIT, limit_for),
        };
        let pace = *self.pace.get_or_insert_with(|| Pace::measure(&now));
        // One look shows whether there is anything to wait for.
        let looks = if sample == Some(Sample::Asleep) { 1 } else { pace.looks_in(limit) };
        self.sample = sample.map(|sample| (sample, now()));
        self.polling_since = self.user_limit.map(|_| now());
        (looks > 0).then_some((pace, looks))
    }

    /// Ends polling after so many looks, the last of which has found an event or not.
    pub(crate) fn end(&mut self, came: bool, looks: u32, now: impl Fn() -> Instant) {
        if let Some((sample, since)) = self.sample.take() {
            match (came, looks) {
                // Nothing to wait for.
                (true, 1) => {}
                (true, _) => {
                    let taken = now() - since;
                    self.pace.iter_mut().for_each(|pace| pace.adjust(looks, taken));
                    self.price.polled(taken);
                }
                (false, _) => self.price.falls_asleep(sample, since),
            }
            return;
        }
        // Without samples, this is what keeps the pace.
        if let Some(since) = self.polling_since.take().filter(|_| !came) {
            let taken = now() - since;
            self.pace.iter_mut().for_each(|pace| pace.adjust(looks, taken));
        }
        self.misses = if came { 0 } else { MAX_MISSES.min(self.misses + 1) };
        self.rest = (1 << self.misses) - 1;
    }

    /// An event has come while the thread slept, or before it could.
    pub(crate) fn woke(&mut self, now: impl Fn() -> Instant) {
        self.price.woke(now);
    }
}

/// Where waking is quick, polling for longer than it takes only occupies the processor. Where it is slow, the peer saves
/// it too if it does not have to wake this thread, and its answer takes longer than the price.
fn limit_for(price: Duration) -> Duration {
    if price < SLOW {
        2 * price
    } else {
        DEFAULT_LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    use proptest::prelude::*;

    /// A host on which a thread lives: each turn ends with a wait for the next event. The thread does not fall asleep if
    /// that is there at once.
    struct Host {
        linger: Linger,
        wake_up: Duration,
        clock: Cell<Instant>,
        polled: Duration,
        slept: u32,
        turns: u32,
    }

    /// As long as a look is at least.
    const LOOK: Duration = Duration::from_micros(2);

    impl Host {
        fn waking_in(micros: u64) -> Self {
            let linger = Linger {
                is_single_processor: Some(false),
                pace: Some(Pace::measure(Instant::now)),
                ..Linger::default()
            };
            let (wake_up, clock) = (Duration::from_micros(micros), Cell::new(Instant::now()));
            Self { linger, wake_up, clock, polled: Duration::ZERO, slept: 0, turns: 0 }
        }

        fn pass(&self, time: Duration) {
            self.clock.set(self.clock.get() + time);
        }

        /// The next event comes after `gap`.
        fn turn(&mut self, gap: Duration) {
            self.turns += 1;
            let started = self.clock.get();
            if let Some((_, looks)) = self.linger.begin(|| self.clock.get()) {
                let needed = gap.as_nanos().div_ceil(LOOK.as_nanos()) as u32;
                let made = needed.clamp(1, looks);
                self.pass(LOOK * made);
                self.polled += LOOK * made;
                self.linger.end(needed <= looks, made, || self.clock.get());
                if needed <= looks {
                    return;
                }
            }
            self.clock.set(self.clock.get().max(started + gap));
            if !gap.is_zero() {
                self.slept += 1;
                self.pass(self.wake_up);
            }
            self.linger.woke(|| self.clock.get());
        }

        /// The time that so many turns take, as a share of that without lingering.
        fn time_of(&mut self, turns: u32, gap: impl Fn(u32) -> Duration) -> f64 {
            let started = self.clock.get();
            let mut without = Duration::ZERO;
            (self.polled, self.slept, self.turns) = (Duration::ZERO, 0, 0);
            for number in 0..turns {
                self.turn(gap(number));
                without += gap(number) + self.wake_up * u32::from(!gap(number).is_zero());
            }
            (self.clock.get() - started).as_secs_f64() / without.as_secs_f64()
        }

        fn polled_since(&self, started: Instant) -> f64 {
            self.polled.as_secs_f64() / (self.clock.get() - started).as_secs_f64()
        }
    }

    fn micros(count: u64) -> Duration {
        Duration::from_micros(count)
    }

    #[test]
    fn conversation_stays_awake_where_waking_is_slow() {
        let mut host = Host::waking_in(30);
        let share = host.time_of(20_000, |_| micros(8));
        assert!(share < 0.3, "{share}");
        assert!(host.slept < host.turns / 100, "{} of {} turns", host.slept, host.turns);
        assert_eq!(host.linger.wake_up().unwrap().as_micros(), 30);
    }

    #[test]
    fn stream_of_data_sleeps_where_waking_is_quick() {
        let mut host = Host::waking_in(3);
        host.time_of(2000, |_| micros(30));
        let started = host.clock.get();
        let share = host.time_of(20_000, |_| micros(30));
        assert!(share < 1.01, "{share}");
        assert!(host.polled_since(started) < 0.03, "{}", host.polled_since(started));
    }

    #[test]
    fn many_conversations_stay_awake_where_waking_is_slow() {
        let mut host = Host::waking_in(30);
        let share = host.time_of(20_000, |number| micros(if number % 5 < 3 { 0 } else { 8 }));
        assert!(share < 0.5, "{share}");
    }

    #[test]
    fn message_a_millisecond_costs_two_percent_at_most() {
        for wake_up in [3, 30] {
            let mut host = Host::waking_in(wake_up);
            let started = host.clock.get();
            host.time_of(5000, |_| micros(1000));
            assert!(host.polled_since(started) < 0.02, "{}", host.polled_since(started));
        }
    }

    #[test]
    fn conversation_is_found_again_after_quiet() {
        let mut host = Host::waking_in(30);
        host.time_of(1000, |_| micros(8));
        host.time_of(1000, |_| micros(5000));
        host.time_of(70, |_| micros(8));
        let share = host.time_of(1000, |_| micros(8));
        assert!(share < 0.4, "{share}");
    }

    #[test]
    fn thread_that_becomes_slow_to_wake_stays_awake() {
        let mut host = Host::waking_in(3);
        host.time_of(20_000, |_| micros(10));
        host.wake_up = micros(30);
        host.time_of(20_000, |_| micros(10));
        let share = host.time_of(1000, |_| micros(10));
        assert!(share < 0.4, "{share}");
    }

    #[test]
    fn clock_is_read_rarely() {
        let mut host = Host::waking_in(30);
        host.time_of(5000, |_| micros(8));
        let reads = Cell::new(0);
        for _ in 0..1000 {
            let now = || {
                reads.set(reads.get() + 1);
                host.clock.get()
            };
            if host.linger.begin(now).is_some() {
                host.linger.end(true, 4, now);
            }
            host.linger.woke(now);
        }
        assert!(reads.get() < 10, "{}", reads.get());
    }

    #[test]
    fn single_processor_never_lingers() {
        let mut linger = Linger { is_single_processor: Some(true), ..Linger::default() };
        assert!(linger.begin(Instant::now).is_none());
        linger.set_limit(MAX_LIMIT);
        assert!(linger.begin(Instant::now).is_none());
    }

    #[test]
    fn switched_off_thread_never_polls() {
        let mut host = Host::waking_in(30);
        host.linger.set_off(true);
        host.time_of(1000, |_| micros(8));
        assert_eq!(host.polled, Duration::ZERO);
        host.linger.set_off(false);
        host.time_of(1000, |_| micros(8));
        assert!(host.polled > Duration::ZERO);
    }

    #[test]
    fn user_limit_lingers_each_time() {
        let mut host = Host::waking_in(3);
        host.linger.set_limit(Duration::from_secs(1));
        host.time_of(100, |_| micros(20_000));
        assert_eq!(host.polled, MAX_LIMIT * 100);
        host.linger.set_limit(Duration::ZERO);
        host.time_of(100, |_| micros(20_000));
        assert!(host.polled < MAX_LIMIT, "{:?}", host.polled);
    }

    #[test]
    fn user_limit_holds_where_looks_are_slow() {
        let clock = Cell::new(Instant::now());
        let mut linger = Linger {
            is_single_processor: Some(false),
            pace: Some(Pace::measure(Instant::now)),
            ..Linger::default()
        };
        linger.set_limit(micros(1000));
        for expected in [500, 250, 250] {
            let (_, looks) = linger.begin(|| clock.get()).unwrap();
            assert_eq!(looks, expected);
            clock.set(clock.get() + micros(4) * looks);
            linger.end(false, looks, || clock.get());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(60) })]

        #[test]
        fn lingering_takes_no_time(
            wake_up in 0_u64..60,
            // Multiples of a look.
            gaps in prop::collection::vec((1_u64..150).prop_map(|looks| 2 * looks), 1..5),
            order in prop::collection::vec(0_usize..100, 997),
        ) {
            let mut host = Host::waking_in(wake_up);
            let gap = |number: u32| micros(gaps[order[number as usize % order.len()] % gaps.len()]);
            host.time_of(5000, gap);
            let share = host.time_of(10_000, gap);
            prop_assert!(share < 1.03, "{}", share);
        }
    }
}
