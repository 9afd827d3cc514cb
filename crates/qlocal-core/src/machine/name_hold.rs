// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! When a server checks whether it still has its name, and what it does about the loss.

use std::time::{Duration, Instant};

/// How a server keeps its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepName {
    /// Whether it binds the name again after the loss, as soon as the name is free or stale. A name that
    /// another server has is left to it until that has ended.
    pub rebinds: bool,
    /// Whether it creates the folder again if that is gone, with mode 0700. Those above it are not created.
    pub recreates_folder: bool,
    /// How often the times of the socket file are set to the present, so that programs that remove old
    /// files leave it alone. At most once per second.
    pub touch: Option<Duration>,
}

/// A server binds its name again, and changes nothing else.
impl Default for KeepName {
    fn default() -> Self {
        Self { rebinds: true, recreates_folder: false, touch: None }
    }
}

/// What became of a server's socket file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NameLoss {
    /// There is no file of this name.
    Removed,
    /// Another file has the name: that of another server, perhaps.
    Replaced,
    /// The folder was removed or renamed.
    FolderGone,
}

/// A file is removed and created again within this time when another server replaces it, or when a check
/// of its identity has moved it aside. A name is neither reported as lost nor bound meanwhile.
pub(crate) const SETTLING: Duration = Duration::from_millis(20);

/// The interval of checks while the folder is not watched, and of the first attempts to bind again.
const INTERVAL: Duration = Duration::from_secs(1);

/// That of later attempts, and of checks while the folder is watched: a folder above it may be renamed, and
/// not every file system reports changes.
const MAX_INTERVAL: Duration = Duration::from_secs(30);

const MIN_TOUCH: Duration = Duration::from_secs(1);

/// Whether a server has its name. It is told of signs of a change and of what each check has found.
#[derive(Debug)]
pub(crate) struct NameHold {
    policy: KeepName,
    lost: Option<NameLoss>,
    check_at: Instant,
    touch_at: Option<Instant>,
    interval: Duration,
}

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub check: bool,
    pub touch: bool,
}

/// What a check has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameChange {
    Lost(NameLoss),
    Regained,
}

impl NameHold {
    /// The first check is due at once: the file may have been lost before it was watched.
    pub fn new(policy: KeepName, now: Instant) -> Self {
        let touch_at = policy.touch.and_then(|every| now.checked_add(every.max(MIN_TOUCH)));
        Self { policy, lost: None, check_at: now, touch_at, interval: INTERVAL }
    }

    /// The moment of the next check or touch.
    pub fn next(&self) -> Instant {
        self.touch_at.map_or(self.check_at, |touch_at| self.check_at.min(touch_at))
    }

    /// The path may lead to another file now.
    pub fn stirred(&mut self, now: Instant) {
        self.interval = INTERVAL;
        self.check_at = self.check_at.min(now + SETTLING);
    }

    /// What is due now. It counts as done.
    pub fn take_due(&mut self, now: Instant) -> Due {
        let check = self.check_at <= now;
        if check {
            self.check_at = now + INTERVAL;
        }
        let touch = self.touch_at.is_some_and(|touch_at| touch_at <= now);
        if touch {
            let every = self.policy.touch.unwrap_or(INTERVAL);
            self.touch_at = now.checked_add(every.max(MIN_TOUCH));
        }
        Due { check, touch: touch && self.lost.is_none() }
    }

    /// A check has found this. Returns what to announce, and whether to bind the name again after that.
    pub fn checked(
        &mut self,
        found: Option<NameLoss>,
        is_watched: bool,
        now: Instant,
    ) -> (Option<NameChange>, bool) {
        let change = match (self.lost, found) {
            (known, found) if known == found => None,
            (_, Some(loss)) => Some(NameChange::Lost(loss)),
            (_, None) => Some(NameChange::Regained),
        };
        self.lost = found;
        let rebinds = found.is_some() && self.policy.rebinds;
        self.check_at = now + self.pause(rebinds, is_watched);
        (change, rebinds)
    }

    /// The name was bound again.
    pub fn rebound(&mut self, is_watched: bool, now: Instant) -> NameChange {
        self.lost = None;
        self.interval = INTERVAL;
        self.check_at = now + self.pause(false, is_watched);
        NameChange::Regained
    }

    fn pause(&mut self, retries: bool, is_watched: bool) -> Duration {
        if retries {
            let pause = self.interval;
            self.interval = (2 * pause).min(MAX_INTERVAL);
            pause
        } else if is_watched {
            MAX_INTERVAL
        } else {
            INTERVAL
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FINDINGS: [Option<NameLoss>; 4] =
        [None, Some(NameLoss::Removed), Some(NameLoss::Replaced), Some(NameLoss::FolderGone)];

    proptest! {
        /// The reference: what is announced is what a reader of all findings would say, each change is
        /// checked within the settling time, and a lost name is tried at most every second unless
        /// something stirs.
        #[test]
        fn findings_are_announced_once(
            rebinds: bool,
            is_watched: bool,
            steps in prop::collection::vec((0_usize..4, any::<bool>(), any::<bool>()), 1..60),
        ) {
            let mut now = Instant::now();
            let policy = KeepName { rebinds, ..KeepName::default() };
            let mut hold = NameHold::new(policy, now);
            let mut announced = None;
            let mut last_attempt: Option<Instant> = None;
            for (found, stirs, binds) in steps {
                if stirs {
                    hold.stirred(now);
                    prop_assert!(hold.next() <= now + SETTLING);
                    last_attempt = None;
                }
                prop_assert!(hold.next() <= now + MAX_INTERVAL);
                now = hold.next().max(now);
                prop_assert_eq!(hold.take_due(now), Due { check: true, touch: false });
                let found = FINDINGS[found];
                let (change, wants) = hold.checked(found, is_watched, now);
                let expected = (found != announced)
                    .then(|| found.map_or(NameChange::Regained, NameChange::Lost));
                prop_assert_eq!(change, expected);
                announced = found;
                prop_assert_eq!(wants, rebinds && found.is_some());
                if wants {
                    let is_soon = last_attempt.is_some_and(|last| now < last + INTERVAL);
                    prop_assert!(!is_soon);
                    last_attempt = Some(now);
                }
                if wants && binds {
                    prop_assert_eq!(hold.rebound(is_watched, now), NameChange::Regained);
                    announced = None;
                    last_attempt = None;
                }
            }
        }
    }

    #[test]
    fn file_is_touched_at_intervals_while_it_is_there() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let touch = Some(Duration::from_secs(600));
        let mut hold = NameHold::new(KeepName { touch, ..KeepName::default() }, start);
        assert!(hold.take_due(start).check);
        hold.checked(None, true, start);
        assert_eq!(hold.take_due(at(10)), Due { check: false, touch: false });
        assert_eq!(hold.take_due(at(600)), Due { check: true, touch: true });
        hold.checked(Some(NameLoss::Removed), true, at(600));
        assert!(!hold.take_due(at(1200)).touch);
        hold.rebound(true, at(1200));
        assert!(hold.take_due(at(1800)).touch);
    }

    #[test]
    fn touches_are_a_second_apart() {
        let start = Instant::now();
        let policy = KeepName { touch: Some(Duration::ZERO), ..KeepName::default() };
        let mut hold = NameHold::new(policy, start);
        assert!(!hold.take_due(start).touch);
        assert!(hold.take_due(start + MIN_TOUCH).touch);
        assert!(!hold.take_due(start + MIN_TOUCH).touch);
    }

    #[test]
    fn attempts_become_rarer_until_something_stirs() {
        let mut now = Instant::now();
        let mut hold = NameHold::new(KeepName::default(), now);
        let mut pauses = vec![];
        for _ in 0..8 {
            hold.take_due(now);
            hold.checked(Some(NameLoss::Replaced), true, now);
            pauses.push((hold.next() - now).as_secs());
            now = hold.next();
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30]);
        hold.stirred(now);
        hold.take_due(now);
        hold.checked(Some(NameLoss::Replaced), true, now);
        assert_eq!(hold.next() - now, INTERVAL);
    }
}
