// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! An acceptor takes connections from a listener while its host has room for them. This file has its
//! settings and its lifetime; [`accepting`](super::accepting) has the rest.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::failure::Failure;
use crate::lock::{lock, Mutex, MutexGuard};
use crate::machine::{Framing, FramingSettings};
use crate::names::Address;
use crate::peer::AllowRule;
use crate::reactor::{Follower, Reactor, Token};
use crate::stream::{Limits, Stream};

use super::admission::{Admission, ConnectionLimits, Counters, Policy};
use super::companion::Companion;
use super::host::AcceptorHost;
use super::listener::Listener;
use super::pace::Pace;

/// Accepts connections from a listener, if it has one. Clones are handles to the same acceptor.
#[derive(Clone, Default)]
pub struct Acceptor(Arc<Mutex<State>>);

pub(super) struct State {
    pub listener: Option<Arc<Listener>>,
    /// Those that replace it, one after the other, when the backlog of the one before is empty.
    pub next: VecDeque<Arc<Listener>>,
    /// Keeps the name, and hands the listener over.
    pub keeper: Option<Arc<dyn Companion>>,
    pub offer: Option<Arc<dyn Companion>>,
    /// How a name is bound that another server has.
    pub taking_over: Option<(Bind, Duration)>,
    /// The server's name as the user gave it; empty while nothing listens.
    pub name: String,
    pub last_error: Option<Error>,
    /// Where it listens, or was to listen.
    pub address: Address,
    pub host: Option<Arc<dyn AcceptorHost>>,
    /// The thread's reactor, and the registration that keeps it awake while connections follow each
    /// other closely.
    pub joined: Option<(Arc<Reactor>, Option<Token>)>,
    pub pace: Pace,
    /// As QLocalServer::maxPendingConnections().
    limit: usize,
    pub policy: Policy,
    /// The limits of each connection that is admitted.
    stream_limits: Limits,
    /// The framing of each connection, with what that does not use.
    framing: FramingSettings,
    /// The host was notified that accepting fails.
    pub fails: bool,
    /// How many calls in a row have found no connection.
    pub lost_races: u32,
}

/// Binds a name with this mode and backlog, within this time.
pub(super) type Bind = fn(Address, Option<u32>, i32, Duration) -> Result<Listener>;

impl Acceptor {
    /// Sets the host that gets the connections.
    pub fn attach(&self, host: Arc<dyn AcceptorHost>) {
        self.lock().host = Some(host);
    }

    /// Stops listening and releases the host, which is not called after this returns.
    pub fn detach(&self) {
        self.close();
        let host = self.lock().host.take();
        drop(host);
    }

    /// Accepts from this listener from now on, or stores the error.
    ///
    /// # Errors
    /// The given one.
    pub fn listen(&self, name: String, listener: Result<Listener>) -> Result<Arc<Listener>> {
        let mut state = self.lock();
        match listener {
            Ok(listener) => {
                let listener = Arc::new(listener);
                state.address = listener.address().clone();
                state.listener = Some(listener.clone());
                state.name = name;
                Ok(listener)
            }
            Err(error) => {
                state.last_error = Some(error);
                Err(error)
            }
        }
    }

    /// Lets this thread's reactor watch for connections too, next to the event loop.
    pub fn join_thread(&self, reactor: Result<Arc<Reactor>>) {
        self.leave_thread();
        let mut state = self.lock();
        if let (Some(listener), Ok(reactor)) = (&state.listener, reactor) {
            // Without it everything works, but more slowly.
            let token = reactor.register_wake_up(listener.clone()).ok();
            reactor.follow(self.follower());
            state.joined = Some((reactor.clone(), token));
            state.pace = Pace::by(reactor);
            state.lost_races = 0;
        }
        drop(state);
        self.start_companions();
    }

    /// Adapts accepting to the activity of this reactor's connections, as [`Acceptor::join_thread`] does.
    /// Without a reactor each call of [`Acceptor::accept_ready`] accepts one connection.
    pub fn pace_by(&self, reactor: Arc<Reactor>) {
        self.lock().pace = Pace::by(reactor);
        self.start_companions();
    }

    /// The reactor of the previous thread no longer knows it.
    pub fn leave_thread(&self) {
        let companions = self.lock().companions();
        companions.iter().for_each(|companion| companion.stopped());
        let mut state = self.lock();
        state.pace = Pace::default();
        let Some((reactor, token)) = state.joined.take() else { return };
        reactor.unfollow(&self.follower());
        if let Some(token) = token {
            reactor.deregister(token);
        }
    }

    pub(super) fn deregister_wake_up(&self) {
        let mut state = self.lock();
        let Some((reactor, token)) = &mut state.joined else { return };
        if let Some(token) = token.take() {
            reactor.deregister(token);
        }
    }

    /// Stops listening and clears the last error; does nothing if it did not listen.
    pub fn close(&self) {
        self.leave_thread();
        let mut state = self.lock();
        let Some(listener) = state.listener.take() else { return };
        let next = std::mem::take(&mut state.next);
        state.name.clear();
        state.last_error = None;
        // Removing the file may wait for a lock: not while this one is held.
        drop(state);
        drop((listener, next));
    }

    /// The name as the user gave it; empty while nothing listens.
    pub fn name(&self) -> String {
        self.lock().name.clone()
    }

    /// The last failure to listen or to accept.
    pub fn last_error(&self) -> Option<Error> {
        self.lock().last_error
    }

    /// That failure with its address.
    pub fn failure(&self) -> Option<Failure> {
        let state = self.lock();
        state.last_error.map(|error| Failure::new(error, state.address.clone()))
    }

    /// Sets where it will listen, for the error if that fails.
    pub fn intend(&self, address: Address) {
        self.lock().address = address;
    }

    /// The listener, if there is one.
    pub fn listener(&self) -> Option<Arc<Listener>> {
        self.lock().listener.clone()
    }

    /// How many pending connections make the acceptor pause, see [`Acceptor::set_limit`].
    pub fn limit(&self) -> usize {
        self.lock().limit
    }

    /// How many pending connections make the acceptor pause. As with Qt it has accepted two more
    /// than that by then, except that 0 accepts none.
    pub fn set_limit(&self, limit: usize) {
        self.lock().limit = limit;
    }

    /// Sets the rule for peers.
    pub fn set_rule(&self, rule: AllowRule) {
        self.lock().policy.rule = Arc::new(rule);
    }

    /// The rule for peers.
    pub fn rule(&self) -> Arc<AllowRule> {
        self.lock().policy.rule.clone()
    }

    /// Sets the maximum number of connections at once. Existing ones are not affected.
    pub fn set_connection_limits(&self, limits: ConnectionLimits) {
        self.lock().policy.limits = limits;
    }

    /// The maximum number of connections at once.
    pub fn connection_limits(&self) -> ConnectionLimits {
        self.lock().policy.limits
    }

    /// Sets the limits that connections get when they are admitted.
    pub fn set_stream_limits(&self, limits: Limits) {
        self.lock().stream_limits = limits;
    }

    /// The limits that connections get when they are admitted.
    pub fn stream_limits(&self) -> Limits {
        self.lock().stream_limits
    }

    /// Sets the framing that connections get by [`Acceptor::frame`].
    pub fn set_framing(&self, framing: Option<Framing>) {
        let mut state = self.lock();
        state.framing = state.framing.with(framing);
    }

    /// As [`Acceptor::set_framing`].
    pub fn set_framing_settings(&self, settings: FramingSettings) {
        self.lock().framing = settings;
    }

    /// The framing that connections get, with what it does not use at present.
    pub fn framing_settings(&self) -> FramingSettings {
        self.lock().framing
    }

    /// Sets the framing, if there is one, of a stream that has taken over a delivered connection, and
    /// whose user can read messages. Bytes that a host has read ahead come first.
    pub fn frame(&self, stream: &Stream, read_ahead: &[u8]) {
        let settings = self.framing_settings();
        if settings.framing().is_some() {
            stream.set_framing_settings(settings, read_ahead);
        }
    }

    /// Stores an error that is returned to the user, for [`Acceptor::failure`].
    pub fn set_last_error(&self, error: Error) {
        self.lock().last_error = Some(error);
    }

    /// The counters so far.
    pub fn counters(&self) -> Counters {
        self.lock().policy.totals.counters()
    }

    /// Limits and counts a stream that has taken over a delivered connection, until that has ended.
    pub fn admit(&self, stream: &Stream) {
        let (limits, totals) = {
            let state = self.lock();
            (state.stream_limits, state.policy.totals.clone())
        };
        stream.set_limits(limits);
        // Without a connection there is none to count.
        if let Ok(peer) = stream.peer_ids() {
            stream.set_meter(Box::new(Admission::new(totals, peer)));
        }
    }

    /// Lets both start with the listener, if there is one.
    fn start_companions(&self) {
        let companions = self.lock().companions();
        companions.iter().for_each(|companion| self.start(&**companion));
        // Without an offer newer servers need not wait for an answer.
        let control = self.listener().and_then(|listener| listener.take_control());
        drop(control);
    }

    pub(super) fn downgrade(&self) -> WeakAcceptor {
        WeakAcceptor(Arc::downgrade(&self.0))
    }

    pub(super) fn host(&self) -> Option<Arc<dyn AcceptorHost>> {
        self.lock().host.clone()
    }

    pub(super) fn parts(&self) -> Option<(Arc<Listener>, Arc<dyn AcceptorHost>, usize)> {
        let state = self.lock();
        Some((state.listener.clone()?, state.host.clone()?, state.limit))
    }

    fn follower(&self) -> Weak<dyn Follower> {
        let follower: Weak<Mutex<State>> = Arc::downgrade(&self.0);
        follower
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

/// An acceptor that may be gone.
pub(super) struct WeakAcceptor(Weak<Mutex<State>>);

impl WeakAcceptor {
    pub fn upgrade(&self) -> Option<Acceptor> {
        self.0.upgrade().map(Acceptor)
    }
}

impl State {
    pub fn companions(&self) -> Vec<Arc<dyn Companion>> {
        self.keeper.iter().chain(&self.offer).cloned().collect()
    }
}

impl Follower for Mutex<State> {
    fn loop_found(&self) {
        let host = lock(self).host.clone();
        host.iter().for_each(|host| host.loop_found());
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            listener: None,
            next: VecDeque::new(),
            keeper: None,
            offer: None,
            taking_over: None,
            name: String::new(),
            last_error: None,
            address: Address::Unnamed,
            host: None,
            joined: None,
            pace: Pace::default(),
            limit: 30,
            policy: Policy::default(),
            stream_limits: Limits::default(),
            framing: FramingSettings::default(),
            fails: false,
            lost_races: 0,
        }
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptor").field("listener", &self.listener()).finish_non_exhaustive()
    }
}
