// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! When a connection is tried again. It has no clock, no descriptor and no randomness of its own.

use std::time::Duration;

/// How a connection is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reconnect {
    /// The delay before the first attempt that has to wait; each further one doubles it. Less than a
    /// millisecond counts as one.
    ///
    /// While there is no file, its folder is watched and attempts have no limit, none of them is needed.
    pub initial: Duration,
    /// The maximum delay.
    pub max: Duration,
    /// Up to this percentage is taken off each delay, at random, so that many clients do not try at
    /// the same time.
    pub jitter: u8,
    /// The maximum number of attempts after the connection is lost or was first tried; 0 means no
    /// limit.
    pub attempts: u32,
    /// What happens to bytes that were written and not sent when the connection ends.
    pub unsent: Unsent,
}

/// What happens to bytes that were written and not sent when a kept connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Unsent {
    /// They are discarded, as without reconnecting.
    #[default]
    Drop,
    /// They are sent first over the next connection. Bytes that the kernel has accepted are never sent
    /// again, so with a [`Framing`](crate::Framing) the rest of a message that was sent in part is
    /// discarded. Without one the next connection starts with the first byte that was not sent.
    Keep,
}

/// The next attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Its number since the connection was lost or was first tried, from 1.
    pub attempt: u32,
    /// `None` when it is made as soon as the server's file appears.
    pub delay: Option<Duration>,
}

/// The shortest delay between two attempts.
const MIN_DELAY: Duration = Duration::from_millis(1);

/// A connection that has held for this long, or for the initial interval if that is shorter, is not one of
/// a server that ends each of them.
const LASTING: Duration = Duration::from_secs(1);

/// How often a server that may have just appeared is tried while it does not listen yet: each millisecond
/// for ten times, and then after 2, 4 and so on up to 512 milliseconds.
const QUICK_TRIES: u32 = 19;

/// How many of these are made each millisecond.
const STEADY_TRIES: u32 = 10;

/// What was tried, and what follows.
#[derive(Debug, Default)]
pub(crate) struct Retry {
    policy: Reconnect,
    /// The attempts since the connection was lost or was first tried.
    attempts: u32,
    /// How often the delay was doubled.
    doublings: u32,
    /// The quick tries that are left.
    quick: u32,
    /// The last attempt has found a server that does not listen.
    is_refused: bool,
}

impl Default for Reconnect {
    /// From half a second to 30 seconds, a fifth of it at random, without a limit.
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(500),
            max: Duration::from_secs(30),
            jitter: 20,
            attempts: 0,
            unsent: Unsent::Drop,
        }
    }
}

impl Retry {
    pub fn policy(&self) -> Reconnect {
        self.policy
    }

    /// Applies from the next attempt on.
    pub fn set_policy(&mut self, policy: Reconnect) {
        self.policy = policy;
    }

    /// The user connects.
    pub fn begin(&mut self) {
        *self = Self { policy: self.policy, ..Self::default() };
    }

    /// An established connection has ended after this time. The first attempt is made at once, unless the
    /// connection was so short that the server may end each of them. `None` when no attempt is left.
    ///
    /// `draw` is a random number.
    pub fn lost(&mut self, lived: Duration, draw: u32) -> Option<Planned> {
        self.is_refused = false;
        if lived < self.initial().min(LASTING) {
            return self.failed(draw);
        }
        self.begin();
        self.attempts = 1;
        Some(Planned { attempt: 1, delay: Some(Duration::ZERO) })
    }

    /// An attempt has failed. `None` when no attempt is left.
    pub fn failed(&mut self, draw: u32) -> Option<Planned> {
        if self.policy.attempts != 0 && self.attempts >= self.policy.attempts {
            return None;
        }
        self.attempts = self.attempts.saturating_add(1);
        let delay = self.delay();
        self.doublings += u32::from(delay < self.max());
        Some(Planned { attempt: self.attempts, delay: Some(self.shortened(delay, draw)) })
    }

    /// An attempt has found no file, and the next one is made as soon as it appears. `None` if the attempts
    /// have a limit, which must be reached in time.
    pub fn missing(&mut self) -> Option<Planned> {
        if self.policy.attempts != 0 {
            return None;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.doublings = 0;
        Some(Planned { attempt: self.attempts, delay: None })
    }

    /// The server may have appeared: it is tried at once, whatever was planned.
    pub fn appeared(&mut self) {
        self.quick = QUICK_TRIES;
    }

    /// An attempt has failed, whether planned or not. If the server does not listen: when to try again before
    /// the planned attempt, if at all. This does not count as an attempt.
    ///
    /// A server binds its name before it listens. It has just appeared if the attempt before this one found
    /// something else, so that need not be [reported](Self::appeared).
    pub fn quick(&mut self, is_refused: bool) -> Option<Duration> {
        if is_refused && !self.is_refused {
            self.appeared();
        }
        self.is_refused = is_refused;
        if !is_refused {
            return None;
        }
        let tries = QUICK_TRIES - self.quick;
        self.quick = self.quick.checked_sub(1)?;
        Some(MIN_DELAY * 2_u32.pow((tries + 1).saturating_sub(STEADY_TRIES)))
    }

    fn initial(&self) -> Duration {
        self.policy.initial.max(MIN_DELAY)
    }

    fn max(&self) -> Duration {
        self.policy.max.max(self.initial())
    }

    fn delay(&self) -> Duration {
        let factor = 2_u32.checked_pow(self.doublings).unwrap_or(u32::MAX);
        self.initial().saturating_mul(factor).min(self.max())
    }

    fn shortened(&self, delay: Duration, draw: u32) -> Duration {
        const NANOS: u128 = 1_000_000_000;
        let most = delay / 100 * u32::from(self.policy.jitter.min(100));
        let part = most.as_nanos() * u128::from(draw) / u128::from(u32::MAX);
        let part = Duration::new((part / NANOS) as u64, (part % NANOS) as u32);
        (delay - part).max(MIN_DELAY)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Begin,
        Lost { lived: u64, draw: u32 },
        Failed { draw: u32 },
        Missing,
        Appeared,
        Quick { is_refused: bool },
    }

    fn step() -> impl Strategy<Value = Step> {
        let draw = || prop_oneof![Just(0), Just(u32::MAX), any::<u32>()];
        prop_oneof![
            1 => Just(Step::Begin),
            2 => (0..2000_u64, draw()).prop_map(|(lived, draw)| Step::Lost { lived, draw }),
            6 => draw().prop_map(|draw| Step::Failed { draw }),
            1 => Just(Step::Missing),
            1 => Just(Step::Appeared),
            4 => prop::bool::weighted(0.9).prop_map(|is_refused| Step::Quick { is_refused }),
        ]
    }

    fn policy() -> impl Strategy<Value = Reconnect> {
        (0..2000_u64, 0..5000_u64, 0..=120_u8, 0..6_u32).prop_map(
            |(initial, max, jitter, attempts)| Reconnect {
                initial: Duration::from_millis(initial),
                max: Duration::from_millis(max),
                jitter,
                attempts,
                unsent: Unsent::Drop,
            },
        )
    }

    /// The history since the connection was first tried or lost: the maximum of each delay that was
    /// planned, in milliseconds, and `None` for an attempt without one.
    #[derive(Default)]
    struct Model {
        planned: Vec<Option<u64>>,
        quick: Vec<u64>,
        is_refused: bool,
    }

    impl Model {
        fn appear(&mut self) {
            self.quick = [1; 9].into_iter().chain((0..10).map(|power| 1 << power)).collect();
        }

        fn quick(&mut self, is_refused: bool) -> Option<u64> {
            if is_refused && !self.is_refused {
                self.appear();
            }
            self.is_refused = is_refused;
            (is_refused && !self.quick.is_empty()).then(|| self.quick.remove(0))
        }

        fn fail(&mut self, policy: &Reconnect) -> Option<(u32, u64)> {
            let initial = (policy.initial.as_millis() as u64).max(1);
            let max = (policy.max.as_millis() as u64).max(initial);
            if policy.attempts > 0 && self.planned.len() as u32 >= policy.attempts {
                return None;
            }
            let waits = self.planned.iter().rev().map_while(|wait| *wait).filter(|wait| *wait > 0);
            let wait = waits.fold(initial, |wait, _| (wait * 2).min(max));
            self.planned.push(Some(wait));
            Some((self.planned.len() as u32, wait))
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn delays_double_up_to_the_maximum(policy in policy(), steps in prop::collection::vec(step(), 1..60)) {
            let mut retry = Retry::default();
            retry.set_policy(policy);
            let mut model = Model::default();
            for step in steps {
                let (planned, expected, draw) = match step {
                    Step::Begin => {
                        retry.begin();
                        model = Model::default();
                        continue;
                    }
                    Step::Appeared => {
                        retry.appeared();
                        model.appear();
                        continue;
                    }
                    Step::Quick { is_refused } => {
                        let expected = model.quick(is_refused);
                        prop_assert_eq!(retry.quick(is_refused), expected.map(Duration::from_millis));
                        continue;
                    }
                    Step::Failed { draw } => (retry.failed(draw), model.fail(&policy), draw),
                    Step::Missing => {
                        let missing = retry.missing();
                        prop_assert_eq!(missing.is_some(), policy.attempts == 0);
                        if let Some(planned) = missing {
                            model.planned.push(None);
                            let attempt = model.planned.len() as u32;
                            prop_assert_eq!(planned, Planned { attempt, delay: None });
                        }
                        continue;
                    }
                    Step::Lost { lived, draw } => {
                        let lost = retry.lost(Duration::from_millis(lived), draw);
                        if lived >= (policy.initial.as_millis() as u64).clamp(1, 1000) {
                            model = Model { planned: vec![Some(0)], ..Model::default() };
                            let at_once = Some(Duration::ZERO);
                            prop_assert_eq!(lost, Some(Planned { attempt: 1, delay: at_once }));
                            continue;
                        }
                        model.is_refused = false;
                        (lost, model.fail(&policy), draw)
                    }
                };
                prop_assert_eq!(planned.map(|one| one.attempt), expected.map(|one| one.0));
                let (Some(planned), Some((_, wait))) = (planned, expected) else { continue };
                let wait = Duration::from_millis(wait);
                let delay = planned.delay.unwrap();
                prop_assert!(delay <= wait && delay >= MIN_DELAY);
                let least = wait.mul_f64(1.0 - f64::from(policy.jitter.min(100)) / 100.0);
                prop_assert!(delay + Duration::from_nanos(100) >= least);
                if draw == 0 || policy.jitter == 0 {
                    prop_assert_eq!(delay, wait);
                }
            }
        }
    }

    #[test]
    fn delays_never_overflow() {
        let mut retry = Retry::default();
        let max = Duration::MAX;
        retry.set_policy(Reconnect {
            max,
            initial: Duration::from_secs(1),
            ..Reconnect::default()
        });
        for _ in 0..200 {
            retry.failed(7);
        }
        assert!(retry
            .failed(0)
            .is_some_and(|planned| planned.delay > Some(Duration::from_secs(1 << 31))));
    }
}
