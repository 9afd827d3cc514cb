// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! An acceptor takes connections from a listener for as long as its host has room for them.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::admission::{
    add, Admission, ConnectionLimits, Counters, Refusal, RefusalReason, Totals,
};
use super::listener::Listener;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::failure::Failure;
use crate::lock::{lock, Mutex, MutexGuard};
use crate::log::{self, Topic};
use crate::names::Address;
use crate::peer::{AllowRule, PeerCredentials};
use crate::reactor::{Follower, Reactor, Token};
use crate::stream::{Stream, WriteLimits};
use crate::unwinding::is_unwinding;

/// Receives the connections: the object that a user holds.
///
/// The acceptor holds nothing while it calls: the host may close it, detach it, or drop it.
pub trait AcceptorHost: Send + Sync {
    /// Owns the connection from then on.
    fn deliver(&self, connection: OwnedFd);
    /// How many delivered connections the user has not taken yet.
    fn pending(&self) -> usize;
    /// Whether connections are to be accepted now.
    fn is_accepting(&self) -> bool;
    /// Starts or stops calling [`Acceptor::accept_ready`] when the listener is readable.
    fn set_accepting(&self, accepting: bool);
    /// Asks for `set_accepting(true)` after this time.
    fn accept_later(&self, after: Duration);
    /// The thread has another event loop, which does not look for connections yet.
    fn loop_found(&self) {}

    /// Whether this peer may connect; asked under [`AllowRule::Asked`].
    fn allows(&self, _peer: &PeerCredentials) -> bool {
        false
    }
    /// A connection was closed without being delivered.
    fn refused(&self, _refusal: Refusal) {}
    /// Accepting has failed, and is tried again later. Told once, until it has worked again.
    fn accept_failed(&self, _error: Error) {}
}

/// How many connections one call accepts at the most, where established ones have nothing to say.
const MAX_QUOTA: usize = 16;

/// How long one call goes on accepting before other sources of the event loop get their turn.
const SLICE: Duration = Duration::from_millis(2);

/// After how many lost races in a row the listener is checked for having been shut down.
const LOST_RACES: u32 = 32;

/// How long to wait for a free descriptor or memory before accepting again.
const PAUSE: Duration = Duration::from_millis(20);

/// Accepts, or does not. Clones are handles to the same one.
#[derive(Clone, Default)]
pub struct Acceptor(Arc<Mutex<State>>);

struct State {
    listener: Option<Arc<Listener>>,
    /// The server's name as the user gave it; empty while nothing listens.
    name: String,
    last_error: Option<Error>,
    /// Where it listens, or was to listen.
    address: Address,
    host: Option<Arc<dyn AcceptorHost>>,
    /// The thread does not go to sleep while connections follow each other closely.
    beside: Option<(Arc<Reactor>, Option<Token>)>,
    pace: Pace,
    /// As QLocalServer::maxPendingConnections().
    limit: usize,
    rule: Arc<AllowRule>,
    connection_limits: ConnectionLimits,
    /// Those of each connection that is admitted.
    write_limits: WriteLimits,
    totals: Arc<Totals>,
    /// The host knows that accepting fails.
    fails: bool,
    /// How many calls in a row have found no connection.
    lost_races: u32,
}

/// How many connections a call accepts.
#[derive(Default)]
struct Pace {
    reactor: Option<Arc<Reactor>>,
    quota: usize,
    /// What the reactor had served at the last call.
    served: u64,
}

impl Acceptor {
    /// Sets the host that gets the connections.
    pub fn attach(&self, host: Arc<dyn AcceptorHost>) {
        self.lock().host = Some(host);
    }

    /// Stops listening and lets go of the host: nothing is called after this returns.
    pub fn detach(&self) {
        self.close();
        let host = self.lock().host.take();
        drop(host);
    }

    /// Accepts from this listener from now on, or remembers why there is none.
    ///
    /// # Errors
    /// Passes on the error that it was given.
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

    /// Lets this thread's reactor know of connections that the event loop itself looks for.
    pub fn join_thread(&self, reactor: Result<Arc<Reactor>>) {
        self.leave_thread();
        let mut state = self.lock();
        if let (Some(listener), Ok(reactor)) = (&state.listener, reactor) {
            // Without it everything works, if more slowly.
            let token = reactor.register_beside(listener.clone()).ok();
            reactor.follow(self.follower());
            state.beside = Some((reactor.clone(), token));
            state.pace.reactor = Some(reactor);
            state.lost_races = 0;
        }
    }

    /// Paces accepting by what connections of this reactor have to say; [`Acceptor::join_thread`] does
    /// so too. Without one a call of [`Acceptor::accept_ready`] accepts one connection.
    pub fn pace_by(&self, reactor: Arc<Reactor>) {
        self.lock().pace.reactor = Some(reactor);
    }

    /// The reactor of the thread until now has no more to do with it.
    pub fn leave_thread(&self) {
        let mut state = self.lock();
        state.pace = Pace::default();
        let Some((reactor, token)) = state.beside.take() else { return };
        reactor.unfollow(&self.follower());
        if let Some(token) = token {
            reactor.deregister(token);
        }
    }

    fn leave_beside(&self) {
        let mut state = self.lock();
        let Some((reactor, token)) = &mut state.beside else { return };
        if let Some(token) = token.take() {
            reactor.deregister(token);
        }
    }

    /// Stops listening and forgets the last error; does nothing when it did not listen.
    pub fn close(&self) {
        self.leave_thread();
        let mut state = self.lock();
        let Some(listener) = state.listener.take() else { return };
        state.name.clear();
        state.last_error = None;
        // Removing the file may wait for a lock: not while this one is held.
        drop(state);
        drop(listener);
    }

    /// The name as the user gave it; empty while nothing listens.
    pub fn name(&self) -> String {
        self.lock().name.clone()
    }

    /// The last failure to listen or to accept.
    pub fn last_error(&self) -> Option<Error> {
        self.lock().last_error
    }

    /// That failure with all that is known of it.
    pub fn failure(&self) -> Option<Failure> {
        let state = self.lock();
        state.last_error.map(|error| Failure::new(error, state.address.clone()))
    }

    /// Says where it is to listen, for the error if that fails.
    pub fn intend(&self, address: Address) {
        self.lock().address = address;
    }

    /// What is accepted from, if anything listens.
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
        self.lock().rule = Arc::new(rule);
    }

    /// The rule for peers.
    pub fn rule(&self) -> Arc<AllowRule> {
        self.lock().rule.clone()
    }

    /// Sets how many connections there may be at once. Those that are there go on.
    pub fn set_connection_limits(&self, limits: ConnectionLimits) {
        self.lock().connection_limits = limits;
    }

    /// How many connections there may be at once.
    pub fn connection_limits(&self) -> ConnectionLimits {
        self.lock().connection_limits
    }

    /// Sets the limits that connections are given when they are admitted.
    pub fn set_write_limits(&self, limits: WriteLimits) {
        self.lock().write_limits = limits;
    }

    /// The limits that connections are given when they are admitted.
    pub fn write_limits(&self) -> WriteLimits {
        self.lock().write_limits
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.lock().totals.counters()
    }

    /// Makes a stream that has taken over a delivered connection one of those that are limited and
    /// counted, until it has ended.
    pub fn admit(&self, stream: &Stream) {
        let (limits, totals) = {
            let state = self.lock();
            (state.write_limits, state.totals.clone())
        };
        stream.set_write_limits(limits);
        // Without a connection there is none to count.
        if let Ok(uid) = stream.peer_uid() {
            stream.set_meter(Box::new(Admission::new(totals, uid)));
        }
    }

    /// Accepts what waits, until the host has no more room: one connection while established ones are
    /// being served between two calls, so that newcomers do not outrank them; more while none are.
    ///
    /// An error is remembered, and ends nothing: the connection stays in the backlog, and accepting
    /// goes on after a pause.
    pub fn accept_ready(&self) {
        let started = Instant::now();
        let quota = self.lock().pace.quota();
        for count in 0..quota {
            if count > 0 && started.elapsed() > SLICE {
                return;
            }
            // Read each time: what a handler of a connection did takes effect at once.
            let Some((listener, host, _)) = self.parts() else { return };
            if !host.is_accepting() || self.pause_when_full() {
                return;
            }
            match listener.accept() {
                Ok(Some(connection)) => {
                    self.hand_over(connection, &*host);
                    if is_unwinding() {
                        return;
                    }
                    // At once, as Qt does: what is taken before the next one comes must not make room for it.
                    if self.pause_when_full() {
                        return;
                    }
                }
                Ok(None) => {
                    if count == 0 {
                        self.lost_race(&listener, &*host);
                    }
                    return;
                }
                Err(error) => {
                    pause(&*host, error);
                    self.fail(error, &*host);
                    return;
                }
            }
        }
    }

    /// Stops accepting if as many are pending as may be. True as well when nothing listens any more.
    fn pause_when_full(&self) -> bool {
        let Some((_, host, limit)) = self.parts() else { return true };
        let capacity = if limit == 0 { 0 } else { limit.saturating_add(2) };
        let is_full = host.pending() >= capacity;
        if is_full {
            host.set_accepting(false);
        }
        is_full
    }

    /// Waits until a connection can be accepted, and delivers it. With one pending already this
    /// does not wait.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] when the deadline passes, [`ErrorKind::InvalidState`] when nothing
    /// listens, the kind of the failed system call otherwise.
    pub fn wait(&self, deadline: Option<Instant>) -> Result<()> {
        loop {
            // Read each time: the handler of a refusal may close the server.
            let (listener, host, _) =
                self.parts().ok_or(Error::new(ErrorKind::InvalidState, Operation::Accept))?;
            // Peers that are refused, or that others accept, must not hold the caller here.
            let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let keep_going = match listener.accept() {
                Ok(Some(connection)) => {
                    if self.hand_over(connection, &*host) || is_unwinding() {
                        return Ok(());
                    }
                    true
                }
                Ok(None) if host.pending() > 0 => return Ok(()),
                Ok(None) => self.record(listener.wait(deadline))?,
                Err(error) => {
                    self.fail(error, &*host);
                    return Err(error);
                }
            };
            if is_late || !keep_going {
                return Err(Error::new(ErrorKind::TimedOut, Operation::Accept));
            }
        }
    }

    /// Goes on accepting once the user has taken enough of what is pending.
    pub fn resume(&self) {
        let Some((_, host, limit)) = self.parts() else { return };
        if host.pending() <= limit {
            host.set_accepting(true);
        }
    }

    /// Delivers a connection, or refuses it and returns false.
    fn hand_over(&self, connection: OwnedFd, host: &dyn AcceptorHost) -> bool {
        let totals = {
            let mut state = self.lock();
            state.fails = false;
            state.lost_races = 0;
            state.totals.clone()
        };
        let outcome = self.examine(&connection, host);
        if self.parts().is_none() || is_unwinding() {
            // The function that was asked has closed the server, or has thrown.
            return false;
        }
        match outcome {
            Ok(()) => {
                add(&totals.accepted, 1);
                host.deliver(connection);
                true
            }
            Err(refusal) => {
                add(&totals.refused, 1);
                drop(connection);
                host.refused(refusal);
                false
            }
        }
    }

    fn examine(
        &self,
        connection: &OwnedFd,
        host: &dyn AcceptorHost,
    ) -> std::result::Result<(), Refusal> {
        let (rule, limits, totals) = {
            let state = self.lock();
            (state.rule.clone(), state.connection_limits, state.totals.clone())
        };
        if *rule == AllowRule::AnyUser && limits == ConnectionLimits::default() {
            return Ok(());
        }
        let peer = PeerCredentials::of(connection.as_fd()).ok();
        let allowed = match &peer {
            Some(peer) => rule.allows(peer, |peer| host.allows(peer)),
            None => *rule == AllowRule::AnyUser,
        };
        let outcome = if allowed {
            totals.check(peer.as_ref().map(|peer| peer.uid), limits)
        } else {
            Err(RefusalReason::NotAllowed)
        };
        outcome.map_err(|reason| Refusal { reason, peer })
    }

    /// Another process, or a wait of this one, has accepted what this call was woken for.
    ///
    /// A listener that was shut down wakes its owner for ever, and accept(2) says `EAGAIN` of it as
    /// well. Several processes that share a listener are all woken for each connection, so looking
    /// into that is left for when it goes on.
    fn lost_race(&self, listener: &Listener, host: &dyn AcceptorHost) {
        // What others accept is no reason to stop lingering either.
        self.leave_beside();
        let mut state = self.lock();
        state.lost_races = (state.lost_races + 1) % LOST_RACES;
        let is_due = state.lost_races == 0;
        drop(state);
        if is_due {
            if let Err(error) = self.record(listener.wait(Some(Instant::now()))) {
                pause(host, error);
            }
        }
    }

    /// Remembers an error of accepting, and tells the host when it is the first.
    fn fail(&self, error: Error, host: &dyn AcceptorHost) {
        let mut state = self.lock();
        state.last_error = Some(error);
        add(&state.totals.failed, 1);
        let is_known = std::mem::replace(&mut state.fails, true);
        let address = state.address.clone();
        drop(state);
        if !is_known {
            log::warning(Topic::Server, format_args!("{address}: {error}"));
            host.accept_failed(error);
        }
    }

    fn record<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.inspect_err(|&error| self.lock().last_error = Some(error))
    }

    fn parts(&self) -> Option<(Arc<Listener>, Arc<dyn AcceptorHost>, usize)> {
        let state = self.lock();
        Some((state.listener.clone()?, state.host.clone()?, state.limit))
    }

    fn follower(&self) -> Weak<dyn Follower> {
        let follower: Weak<Mutex<State>> = Arc::downgrade(&self.0);
        follower
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl Follower for Mutex<State> {
    fn loop_found(&self) {
        let host = lock(self).host.clone();
        host.iter().for_each(|host| host.loop_found());
    }
}

impl Pace {
    fn quota(&mut self) -> usize {
        let served = self.reactor.as_ref().map(|reactor| reactor.served());
        let is_quiet = served == Some(self.served);
        self.quota = if is_quiet { (self.quota * 2).clamp(1, MAX_QUOTA) } else { 1 };
        self.served = served.unwrap_or_default();
        self.quota
    }
}

/// Accepts no more for a moment, or for ever from a listener that was shut down.
fn pause(host: &dyn AcceptorHost, error: Error) {
    host.set_accepting(false);
    if error.kind() != ErrorKind::NotConnected {
        host.accept_later(PAUSE);
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            listener: None,
            name: String::new(),
            last_error: None,
            address: Address::Unnamed,
            host: None,
            beside: None,
            pace: Pace::default(),
            limit: 30,
            rule: Arc::default(),
            connection_limits: ConnectionLimits::default(),
            write_limits: WriteLimits::default(),
            totals: Arc::default(),
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
