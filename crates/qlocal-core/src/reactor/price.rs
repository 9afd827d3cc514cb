// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What waking this thread costs, measured in its own traffic.

use std::time::{Duration, Instant};

/// How many samples of each kind count.
const KEPT: usize = 16;

/// The price is known once there are so many of each.
const ENOUGH: usize = 8;

/// What takes longer than this is no answer, but something new. Far above what waking a thread takes: otherwise the
/// slowest would not count.
const LONGEST: Duration = Duration::from_micros(400);

/// Where waking costs at least this much, a sample that sleeps is expensive.
const EXPENSIVE: Duration = Duration::from_micros(15);

/// How a turn is spent whose time is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    /// The thread goes to sleep at once.
    Asleep,
    /// It polls, for longer than waking costs.
    Polling,
}

/// The time until the next event is there, in turns in which the thread goes to sleep at once and in turns in which it
/// polls first: the difference is what waking costs, as far as polling avoids it. Both are taken every now and then, and
/// of each a mean of the last few counts, less what is uncertain about it: where an event often comes before the thread could fall asleep, or after it
/// has polled in vain, polling saves that much less.
#[derive(Debug, Default)]
pub(super) struct Price {
    asleep: Recent,
    polling: Recent,
    wake_up: Option<Duration>,
    /// Turns until the next sample.
    rest: u32,
    /// The number of samples, which spreads them over traffic that repeats itself.
    count: u32,
    /// The kind of the last one.
    last: Option<Sample>,
    /// The sample under way, and its begin.
    waiting: Option<(Sample, Instant)>,
}

impl Price {
    /// What waking costs, once that is known.
    pub fn wake_up(&self) -> Option<Duration> {
        self.wake_up
    }

    /// A turn ends: whether it is a sample, if the thread has to wait.
    pub fn turn(&mut self) -> Option<Sample> {
        self.waiting = None;
        if self.rest > 0 {
            self.rest -= 1;
            return None;
        }
        self.count = self.count.wrapping_add(1);
        self.rest = self.count % 13
            + match self.wake_up {
                None => 16,
                Some(wake_up) if wake_up < EXPENSIVE => 64,
                Some(_) => 1024,
            };
        self.last = Some(match self.last {
            Some(Sample::Polling) => Sample::Asleep,
            Some(Sample::Asleep) | None => Sample::Polling,
        });
        self.last
    }

    /// The thread goes to sleep, after polling in vain or at once.
    pub fn falls_asleep(&mut self, sample: Sample, since: Instant) {
        self.waiting = Some((sample, since));
    }

    /// An event has woken it.
    pub fn woke(&mut self, now: impl Fn() -> Instant) {
        if let Some((sample, since)) = self.waiting.take() {
            self.add(sample, now() - since);
        }
    }

    /// It has polled until an event came.
    pub fn polled(&mut self, time: Duration) {
        self.add(Sample::Polling, time);
    }

    fn add(&mut self, sample: Sample, time: Duration) {
        match sample {
            Sample::Asleep => self.asleep.add(time),
            Sample::Polling => self.polling.add(time),
        }
        if let (Some(asleep), Some(polling)) = (self.asleep.statistics(), self.polling.statistics())
        {
            let error = (asleep.variance + polling.variance).sqrt();
            let saved = (asleep.mean - polling.mean - error).max(0.0);
            self.wake_up = Some(Duration::from_secs_f64(saved));
        }
    }
}

/// The last few durations.
#[derive(Debug, Default)]
struct Recent {
    times: [Duration; KEPT],
    count: usize,
}

impl Recent {
    fn add(&mut self, time: Duration) {
        if time <= LONGEST {
            self.times[self.count % KEPT] = time;
            self.count += 1;
        }
    }

    /// Of the shorter three quarters: in others the thread or its peer has lost its processor.
    fn statistics(&self) -> Option<Statistics> {
        let count = self.count.min(KEPT);
        if count < ENOUGH {
            return None;
        }
        let mut times = self.times.map(|time| time.as_secs_f64());
        times[..count].sort_unstable_by(f64::total_cmp);
        let shorter = &times[..count - count / 4];
        let count = shorter.len() as f64;
        let mean = shorter.iter().sum::<f64>() / count;
        let squares = shorter.iter().map(|time| (time - mean).powi(2)).sum::<f64>();
        Some(Statistics { mean, variance: squares / (count - 1.0) / count })
    }
}

/// In seconds.
struct Statistics {
    mean: f64,
    /// Of the mean: how uncertain it is.
    variance: f64,
}
