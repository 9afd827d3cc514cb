// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The wait of a kept connection for its next attempt.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::lookout::Entry;
use crate::machine::{Planned, Retry};
use crate::names::{random_number, Address};
use crate::stream::host::Reconnecting;

/// A longer delay counts as this one: the range of the clock is limited.
const MAX_DELAY: Duration = Duration::from_secs(1 << 31);

#[derive(Default)]
pub(super) struct State {
    pub retry: Retry,
    pub host: Option<Arc<dyn Reconnecting>>,
    /// None when no connection is wanted.
    pub target: Option<Target>,
    /// When the connection was established, if there is one.
    pub since: Option<Instant>,
    pub wait: Option<Wait>,
}

#[derive(Clone)]
pub(super) struct Target {
    pub address: Address,
    pub timeout: Option<Duration>,
}

/// The wait for the next attempt.
pub(super) struct Wait {
    /// None during the first attempt, which needs no watch, and between two threads.
    pub entry: Option<Entry>,
    planned: Planned,
    /// None while [`Planned::delay`] is.
    moment: Option<Instant>,
    is_announced: bool,
    /// Another attempt is made as soon as the wait is announced: the server may have appeared before its
    /// file was watched.
    pub tries_at_once: bool,
    /// The last attempt has found no file.
    is_missing: bool,
}

/// What follows a failed attempt.
pub(super) enum Outcome {
    Silent,
    Announce(Arc<dyn Reconnecting>, Planned),
    GiveUp(Error),
}

/// What is due.
pub(super) enum Due {
    Announcement(Planned),
    Attempt { is_planned: bool },
}

impl Wait {
    /// During the attempt that a user's call makes.
    pub fn first() -> Self {
        Self {
            is_announced: true,
            ..Self::new(Planned { attempt: 0, delay: Some(Duration::ZERO) })
        }
    }

    pub fn new(planned: Planned) -> Self {
        Self {
            entry: None,
            planned,
            moment: planned.delay.map(moment_after),
            is_announced: false,
            tries_at_once: false,
            is_missing: false,
        }
    }

    pub fn is_first(&self) -> bool {
        self.planned.attempt == 0
    }

    /// Goes on at once.
    pub fn go_on(&self) {
        self.set_next(Some(Instant::now()));
    }

    pub fn due(&mut self) -> Option<Due> {
        let entry = self.entry.as_ref()?;
        if self.is_announced {
            // It may be possible now.
            entry.watch();
            let is_planned = self.moment.is_some_and(|moment| moment <= Instant::now());
            return Some(Due::Attempt { is_planned });
        }
        self.is_announced = true;
        self.set_next(if self.tries_at_once { Some(Instant::now()) } else { self.moment });
        Some(Due::Announcement(self.planned))
    }

    /// The server's file does not exist, and is noticed when it does.
    fn is_noticed(&self) -> bool {
        self.is_missing && self.entry.as_ref().is_some_and(Entry::is_watched)
    }

    fn plan(&mut self, planned: Planned) {
        self.planned = planned;
        self.moment = planned.delay.map(moment_after);
    }

    fn set_next(&self, moment: Option<Instant>) {
        self.entry.iter().for_each(|entry| entry.set_moment(moment));
    }
}

impl State {
    /// The first attempt has failed, and the file is watched if possible.
    pub fn first_failed(&mut self) {
        let planned = self.plan_next();
        let (Some(wait), Some(planned)) = (&mut self.wait, planned) else { return };
        wait.plan(planned);
        wait.is_announced = false;
        wait.tries_at_once = true;
        wait.go_on();
    }

    /// An attempt has failed. Only a planned one counts, unlike one for a server that has appeared.
    pub fn failed(&mut self, error: Error, is_planned: bool) -> Outcome {
        let Some(wait) = &mut self.wait else { return Outcome::Silent };
        wait.is_missing = error.kind() == ErrorKind::NotFound;
        // A server binds its file before it listens, and may set its mode in between.
        let is_starting =
            matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::AccessDenied);
        let quick = self.retry.quick(is_starting).map(moment_after);
        // Nothing else leads to another attempt.
        let is_last = wait.planned.delay.is_none() && quick.is_none() && !wait.is_noticed();
        let plan = if is_planned || is_last {
            let Some(planned) = self.plan_next() else {
                self.target = None;
                self.wait = None;
                return Outcome::GiveUp(error);
            };
            Some(planned)
        } else {
            None
        };
        let Some(wait) = &mut self.wait else { return Outcome::Silent };
        plan.into_iter().for_each(|planned| wait.plan(planned));
        if !wait.is_announced {
            wait.go_on();
            return Outcome::Silent;
        }
        wait.set_next([quick, wait.moment].into_iter().flatten().min());
        match (plan, &self.host) {
            (Some(planned), Some(host)) => Outcome::Announce(host.clone(), planned),
            _ => Outcome::Silent,
        }
    }

    /// The attempt after a failed one. None when none is left.
    fn plan_next(&mut self) -> Option<Planned> {
        let is_noticed = self.wait.as_ref().is_some_and(Wait::is_noticed);
        let missing = if is_noticed { self.retry.missing() } else { None };
        missing.or_else(|| self.retry.failed(random_number()))
    }
}

fn moment_after(delay: Duration) -> Instant {
    Instant::now() + delay.min(MAX_DELAY)
}
