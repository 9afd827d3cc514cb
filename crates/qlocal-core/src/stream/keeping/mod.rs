// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Keeps the connection of a stream: waits for a server that does not exist yet, and connects again after
//! the end.
//!
//! An attempt that fails has no effect on the machine: only one that succeeds, or that waits for room in the
//! server's backlog, is announced. Attempts are made at the moments that [`Retry`](crate::machine::Retry)
//! plans, and as soon as the [`Lookout`] reports that the server's file has appeared. This file has the
//! attempts, [`wait`] what follows those that have failed.

mod wait;

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use qlocal_sys::watcher::Names;

use crate::lock::{lock, Mutex, MutexGuard};
use crate::log::{self, Topic};
use crate::lookout::{Lookout, Waiting};
use crate::machine::{Planned, Reconnect, State as ConnectionState, Unsent};
use crate::names::{random_number, Address};
use crate::reactor::Reactor;

use super::driver::Driver;
use super::handle::Stream;
use super::host::Reconnecting;
use super::keeper::Keeper;
use super::outbox::Outbox;
use super::shared::{Locked, Shared};
use wait::{Due, Outcome, State, Target, Wait};

impl Stream {
    /// Keeps the connection from now on, also one that exists or is being made already, until the user ends
    /// it. Replaces the policy if it is kept already; a planned attempt is not moved.
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
        driver.set_keeper(Keeping::new(&self.0, policy, host));
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
        self.0.peek().keeper().map(|keeper| keeper.policy())
    }

    /// Whether there is no connection and none is being made, but an attempt will be.
    pub fn is_reconnecting(&self) -> bool {
        self.0.peek().keeper().is_some_and(|keeper| keeper.is_waiting())
    }
}

struct Keeping {
    me: Weak<Self>,
    shared: Weak<Shared>,
    state: Mutex<State>,
}

impl Keeping {
    fn new(shared: &Arc<Shared>, policy: Reconnect, host: Arc<dyn Reconnecting>) -> Arc<Self> {
        let mut state = State { host: Some(host), ..State::default() };
        state.retry.set_policy(policy);
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
    fn wait(&self, state: &mut State, reactor: Option<&Arc<Reactor>>, planned: Planned) {
        state.wait = Some(Wait::new(planned));
        reactor.into_iter().for_each(|reactor| self.enter(state, reactor));
    }

    /// Watches the server's file from now on. What is next follows in the thread's next turn.
    fn enter(&self, state: &mut State, reactor: &Arc<Reactor>) {
        let (Some(target), Some(wait)) = (&state.target, &mut state.wait) else { return };
        let path = target.address.path().map(|path| (path, Names::Appearing));
        wait.entry = Some(Lookout::enter(reactor, self.me.clone(), path));
        wait.go_on();
    }

    /// Tries to connect. Only a planned attempt counts, unlike one for a server that has appeared.
    fn attempt(&self, shared: &Arc<Shared>, target: Target, is_planned: bool) {
        let mut driver = shared.lock();
        // Remaining effects of an earlier connection come first.
        driver.release();
        let epoch = shared.epoch();
        let Some(mut driver) = shared.drive_on(driver) else {
            // A handler has interrupted this.
            if shared.epoch() == epoch {
                self.state().wait.iter().for_each(Wait::go_on);
            }
            return;
        };
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
    log::debug(Topic::Socket, format_args!("attempt {attempt} to connect, in {delay:?}"));
    host.reconnecting(attempt, delay);
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
        state.wait = Some(Wait::first());
        drop(state);
        self.attempt(&shared, target, false);
        let mut state = self.state();
        if state.wait.as_ref().is_some_and(Wait::is_first) {
            self.enter(&mut state, reactor);
            state.first_failed();
        }
    }

    fn want(&self, address: Address, timeout: Option<Duration>) {
        let mut state = self.state();
        state.retry.begin();
        state.target = Some(Target { address, timeout });
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
        match planned {
            Some(planned) => self.wait(&mut state, reactor, planned),
            // The error has just been announced.
            None => state.target = None,
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
        let mut state = self.state();
        // The server may have appeared meanwhile.
        state.wait.iter_mut().for_each(|wait| wait.tries_at_once = true);
        self.enter(&mut state, reactor);
    }

    fn is_waiting(&self) -> bool {
        self.state().wait.is_some()
    }

    fn keeps_unsent(&self) -> bool {
        let state = self.state();
        state.target.is_some() && state.retry.policy().unsent == Unsent::Keep
    }

    fn close_outbox(&self, outbox: &mut Outbox) {
        if self.keeps_unsent() {
            outbox.carry_over();
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
        let due = state.wait.as_mut().and_then(Wait::due);
        drop(state);
        match (due, host, target) {
            (Some(Due::Announcement(planned)), Some(host), _) => announce(&*host, planned),
            (Some(Due::Attempt { is_planned }), _, Some(target)) => {
                self.attempt(&shared, target, is_planned);
            }
            _ => {}
        }
    }

    fn changed(&self) {
        let Some(shared) = self.shared.upgrade() else { return };
        let mut state = self.state();
        state.retry.appeared();
        let (Some(target), Some(_)) = (state.target.clone(), &state.wait) else { return };
        drop(state);
        self.attempt(&shared, target, false);
    }
}
