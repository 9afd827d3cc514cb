// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Keeps the connection of a stream: waits for a server that does not exist yet, and connects again after
//! the end.
//!
//! An attempt that fails has no effect on the machine: only one that succeeds, or that waits for room in the
//! server's backlog, is announced. Attempts are made at the moments that [`Retry`] plans, and as soon as the
//! [`Lookout`] reports that the server's file has appeared.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::lock::{lock, Mutex, MutexGuard};
use crate::log::{self, Topic};
use crate::lookout::{Entry, Lookout, Waiting};
use crate::machine::{Planned, Reconnect, Retry, State as ConnectionState, Unsent};
use crate::names::{random_number, Address};
use crate::reactor::Reactor;

use super::driver::Driver;
use super::handle::Stream;
use super::keeper::Keeper;
use super::outbox::Outbox;
use super::shared::{Locked, Shared};

/// Announces the attempts of a kept connection: the object that a user holds.
///
/// It is called like a [`Host`](crate::Host), without a lock and on the stream's thread.
pub trait Reconnecting: Send + Sync {
    /// There is no connection, and an attempt of this number will be made after this time.
    fn reconnecting(&self, attempt: u32, delay: Duration);
}

impl Stream {
    /// Keeps the connection from now on, also one that exists already, until the user ends it. Replaces the
    /// policy if it is kept already; a planned attempt is not moved.
    ///
    /// While there is no server, [`Stream::connect`] announces no error, but the next attempt. So does the
    /// end of a connection, after its usual effects. When no attempt is left, the error of the last one is
    /// announced. An attempt is also made as soon as the server's file appears. Ending the connection ends
    /// the attempts.
    pub fn keep_connected(&self, policy: Reconnect, host: Arc<dyn Reconnecting>) {
        let mut driver = self.0.lock();
        if let Some(keeper) = driver.keeper() {
            keeper.set_policy(policy);
            return;
        }
        let is_wanted = driver.state() == ConnectionState::Connected && !driver.is_ending();
        let target = driver.label.target().filter(|_| is_wanted).cloned();
        let keeping = Keeping::new(&self.0, policy, host, target);
        driver.set_keeper(keeping);
    }

    /// Keeps the connection no longer. One that exists stays.
    pub fn let_go(&self) {
        let keeper = self.0.lock().take_keeper();
        if let Some(keeper) = keeper {
            keeper.detach();
        }
    }

    /// How the connection is kept, if it is.
    pub fn reconnect_policy(&self) -> Option<Reconnect> {
        self.0.lock().keeper().map(|keeper| keeper.policy())
    }

    /// Whether there is no connection and none is being made, but an attempt will be.
    pub fn is_reconnecting(&self) -> bool {
        self.0.lock().keeper().is_some_and(|keeper| keeper.is_waiting())
    }
}

/// How long an attempt waits for room if the user has not connected yet.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A longer delay counts as this one: the range of the clock is limited.
const MAX_DELAY: Duration = Duration::from_secs(1 << 31);

struct Keeping {
    me: Weak<Self>,
    shared: Weak<Shared>,
    state: Mutex<State>,
}

struct State {
    retry: Retry,
    host: Option<Arc<dyn Reconnecting>>,
    /// None when no connection is wanted.
    target: Option<Target>,
    /// When the connection was established, if there is one.
    since: Option<Instant>,
    wait: Option<Wait>,
}

#[derive(Clone)]
struct Target {
    address: Address,
    timeout: Option<Duration>,
}

/// The wait for the next attempt.
struct Wait {
    /// None between two threads.
    entry: Option<Entry>,
    planned: Planned,
    moment: Instant,
    is_announced: bool,
    /// Another attempt is made as soon as the wait is announced: the server may have appeared before its
    /// file was watched.
    tries_at_once: bool,
}

/// What follows a failed attempt.
enum Outcome {
    Silent,
    Announce(Arc<dyn Reconnecting>, Planned),
    GiveUp(Error),
}

impl Keeping {
    fn new(
        shared: &Arc<Shared>,
        policy: Reconnect,
        host: Arc<dyn Reconnecting>,
        target: Option<Address>,
    ) -> Arc<Self> {
        let mut retry = Retry::default();
        retry.set_policy(policy);
        let state = State {
            retry,
            host: Some(host),
            since: target.is_some().then(Instant::now),
            target: target.map(|address| Target { address, timeout: Some(TIMEOUT) }),
            wait: None,
        };
        Arc::new_cyclic(|me: &Weak<Self>| Self {
            me: me.clone(),
            shared: Arc::downgrade(shared),
            state: Mutex::new(state),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits for a planned attempt, which is announced in the thread's next turn.
    fn wait(&self, reactor: Option<&Arc<Reactor>>, planned: Planned, tries_at_once: bool) {
        let mut state = self.state();
        let moment = moment_after(planned.delay);
        state.wait =
            Some(Wait { entry: None, planned, moment, is_announced: false, tries_at_once });
        if let Some(reactor) = reactor {
            self.enter(&mut state, reactor);
        }
    }

    fn enter(&self, state: &mut State, reactor: &Arc<Reactor>) {
        let (Some(target), Some(wait)) = (&state.target, &mut state.wait) else { return };
        let entry = Lookout::enter(reactor, self.me.clone(), target.address.path());
        entry.set_moment(if wait.is_announced { wait.moment } else { Instant::now() });
        wait.entry = Some(entry);
    }

    /// Tries to connect. Only a planned attempt counts, unlike one for a server that has appeared.
    fn attempt(&self, shared: &Arc<Shared>, target: Target, is_planned: bool) {
        let mut driver = shared.lock();
        // Remaining effects of an earlier connection come first.
        driver.release();
        let Some(mut driver) = shared.drive_on(driver) else { return };
        // A handler may have ended the wait.
        if driver.state() != ConnectionState::Unconnected || self.state().wait.is_none() {
            return;
        }
        let waiter: Weak<Shared> = Arc::downgrade(shared);
        let (attempt, is_connected) =
            match driver.try_quietly(target.address, target.timeout, waiter) {
                Ok(attempt) => attempt,
                Err(error) => {
                    let outcome = self.state().failed(error, is_planned);
                    drop(driver);
                    return outcome.follow(shared);
                }
            };
        self.state().wait = None;
        announce_attempt(shared, driver, |driver| driver.resume_attempt(attempt, is_connected));
    }
}

impl Outcome {
    fn follow(self, shared: &Shared) {
        match self {
            Self::Silent => {}
            Self::Announce(host, planned) => announce(&*host, planned),
            Self::GiveUp(error) => {
                let mut driver = shared.lock();
                driver.outbox.clear();
                announce_attempt(shared, driver, |driver| driver.give_up(error));
            }
        }
    }
}

/// Announces an attempt, and then its outcome.
fn announce_attempt(shared: &Shared, mut driver: Locked<'_>, conclude: impl FnOnce(&mut Driver)) {
    driver.start_attempt();
    let epoch = shared.epoch();
    drop(driver);
    // If a handler has interrupted this, the rest is announced at the end of the turn.
    let is_driven = shared.drive();
    let mut driver = shared.lock();
    if shared.epoch() == epoch {
        conclude(&mut driver);
    }
    drop(driver);
    if is_driven {
        shared.drive();
    }
}

fn announce(host: &dyn Reconnecting, planned: Planned) {
    let Planned { attempt, delay } = planned;
    log::debug(Topic::Socket, format_args!("attempt {attempt} to connect follows in {delay:?}"));
    host.reconnecting(attempt, delay);
}

fn moment_after(delay: Duration) -> Instant {
    Instant::now() + delay.min(MAX_DELAY)
}

impl State {
    fn failed(&mut self, error: Error, is_planned: bool) -> Outcome {
        let Some(wait) = &mut self.wait else { return Outcome::Silent };
        let outcome = if !is_planned {
            Outcome::Silent
        } else if let Some(planned) = self.retry.failed(random_number()) {
            wait.planned = planned;
            wait.moment = moment_after(planned.delay);
            self.host.clone().map_or(Outcome::Silent, |host| Outcome::Announce(host, planned))
        } else {
            self.target = None;
            self.wait = None;
            return Outcome::GiveUp(error);
        };
        // A server binds its file before it listens, and may set its mode in between.
        let is_starting =
            matches!(error.kind(), ErrorKind::ConnectionRefused | ErrorKind::AccessDenied);
        let quick = if is_starting { self.retry.quick() } else { None };
        let next = quick.map_or(wait.moment, |pause| moment_after(pause).min(wait.moment));
        let next = if wait.is_announced { next } else { Instant::now() };
        wait.entry.iter().for_each(|entry| entry.set_moment(next));
        outcome
    }
}

impl Keeper for Keeping {
    fn connect(&self, address: Address, reactor: &Arc<Reactor>, timeout: Option<Duration>) {
        let Some(shared) = self.shared.upgrade() else { return };
        let target = Target { address, timeout };
        let mut state = self.state();
        state.retry.begin();
        state.since = None;
        state.target = Some(target.clone());
        // Without a watch, which most attempts do not need.
        let planned = Planned { attempt: 0, delay: Duration::ZERO };
        let moment = Instant::now();
        let is_announced = true;
        state.wait =
            Some(Wait { entry: None, planned, moment, is_announced, tries_at_once: false });
        drop(state);
        self.attempt(&shared, target, false);
        let mut state = self.state();
        let waits = state.wait.as_ref().is_some_and(|wait| wait.planned == planned);
        let planned = if waits { state.retry.failed(random_number()) } else { None };
        drop(state);
        if let Some(planned) = planned {
            self.wait(Some(reactor), planned, true);
        }
    }

    fn established(&self) {
        self.state().since = Some(Instant::now());
    }

    fn ended(&self, reactor: Option<&Arc<Reactor>>) {
        let mut state = self.state();
        let since = state.since.take();
        if state.target.is_none() {
            return;
        }
        let planned = match since {
            Some(since) => state.retry.lost(since.elapsed(), random_number()),
            None => state.retry.failed(random_number()),
        };
        if planned.is_none() {
            // The error has just been announced.
            state.target = None;
        }
        drop(state);
        if let Some(planned) = planned {
            self.wait(reactor, planned, false);
        }
    }

    fn cancel(&self) {
        let mut state = self.state();
        state.target = None;
        state.wait = None;
        state.since = None;
    }

    fn detach(&self) {
        self.cancel();
        let host = self.state().host.take();
        drop(host);
    }

    fn leave_thread(&self) {
        self.state().wait.iter_mut().for_each(|wait| wait.entry = None);
    }

    fn join_thread(&self, reactor: &Arc<Reactor>) {
        self.enter(&mut self.state(), reactor);
    }

    fn is_waiting(&self) -> bool {
        self.state().wait.is_some()
    }

    fn keeps_unsent(&self) -> bool {
        let state = self.state();
        state.target.is_some() && state.retry.policy().unsent == Unsent::Keep
    }

    fn close_outbox(&self, outbox: &mut Outbox, only_whole: bool) {
        if self.keeps_unsent() {
            outbox.carry_over(only_whole);
        } else {
            outbox.close();
        }
    }

    fn policy(&self) -> Reconnect {
        self.state().retry.policy()
    }

    fn set_policy(&self, policy: Reconnect) {
        self.state().retry.set_policy(policy);
    }
}

impl Waiting for Keeping {
    fn due(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = self.state();
        let (host, target) = (state.host.clone(), state.target.clone());
        let (Some(wait), Some(target)) = (&mut state.wait, target) else { return };
        let Some(entry) = &wait.entry else { return };
        if !wait.is_announced {
            wait.is_announced = true;
            entry.set_moment(if wait.tries_at_once { Instant::now() } else { wait.moment });
            let planned = wait.planned;
            drop(state);
            if let Some(host) = host {
                announce(&*host, planned);
            }
            return;
        }
        // It may be possible now.
        entry.watch();
        let is_planned = Instant::now() >= wait.moment;
        drop(state);
        self.attempt(&shared, target, is_planned);
    }

    fn appeared(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = self.state();
        state.retry.appeared();
        let (Some(target), Some(_)) = (state.target.clone(), &state.wait) else { return };
        drop(state);
        self.attempt(&shared, target, false);
    }
}
