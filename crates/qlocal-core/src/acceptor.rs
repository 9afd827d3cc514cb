// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! An acceptor takes connections from a listener for as long as its host has room for them.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Result};
use crate::listener::Listener;
use crate::mutation;
use crate::reactor::{Reactor, Token};
use crate::{lock, Mutex, MutexGuard};

/// Who gets the connections: the object that a user holds.
///
/// The acceptor holds nothing while it calls: the host may close it, detach it, or drop it.
pub trait AcceptorHost: Send + Sync {
    /// Owns the connection from then on.
    fn deliver(&self, connection: OwnedFd);
    /// How many delivered connections the user has not taken yet.
    fn pending(&self) -> usize;
    /// Whether anybody wants connections now.
    fn is_accepting(&self) -> bool;
    /// Starts or stops calling [`Acceptor::accept_ready`] when the listener is readable.
    fn set_accepting(&self, accepting: bool);
    /// Asks for `set_accepting(true)` after this time.
    fn accept_later(&self, after: Duration);
}

/// How many connections one call accepts before other sources of the event loop get their turn.
const BATCH: usize = 64;

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
    host: Option<Arc<dyn AcceptorHost>>,
    /// The thread does not go to sleep while connections follow each other closely.
    beside: Option<(Arc<Reactor>, Token)>,
    /// As QLocalServer::maxPendingConnections().
    limit: usize,
}

impl Acceptor {
    /// Names the one who gets the connections.
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
            let token = reactor.register_beside(&**listener);
            state.beside = token.ok().map(|token| (reactor, token));
        }
    }

    /// The reactor of the thread until now has no more to do with it.
    pub fn leave_thread(&self) {
        let mut state = self.lock();
        if let (Some((reactor, token)), Some(listener)) = (state.beside.take(), &state.listener) {
            reactor.deregister(&**listener, token);
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

    /// Accepts what waits, until the host has no more room.
    ///
    /// An error is remembered, and ends nothing: the connection stays in the backlog, and accepting
    /// goes on after a pause.
    pub fn accept_ready(&self) {
        for count in 0..BATCH {
            // Anew each time: what a handler of a connection did counts at once.
            let Some((listener, host, limit)) = self.parts() else { return };
            if !host.is_accepting() {
                return;
            }
            let beyond = if mutation::is("limit-off-by-one") { 1 } else { 2 };
            let capacity = if limit == 0 { 0 } else { limit.saturating_add(beyond) };
            if host.pending() >= capacity {
                host.set_accepting(false);
                return;
            }
            match listener.accept() {
                Ok(Some(connection)) => host.deliver(connection),
                Ok(None) => {
                    // Woken for nothing: a listener that was shut down would do so for ever.
                    if count == 0 && self.record(listener.wait(Some(Instant::now()))).is_err() {
                        host.set_accepting(false);
                    }
                    return;
                }
                Err(error) => {
                    self.lock().last_error = Some(error);
                    host.set_accepting(false);
                    host.accept_later(PAUSE);
                    return;
                }
            }
        }
    }

    /// Waits until a connection can be accepted, and delivers it. With one pending already this
    /// does not wait.
    ///
    /// # Errors
    /// [`ErrorKind::TimedOut`] when the deadline passes, [`ErrorKind::InvalidState`] when nothing
    /// listens, the kind of the failed system call otherwise.
    pub fn wait(&self, deadline: Option<Instant>) -> Result<()> {
        let (listener, host, _) =
            self.parts().ok_or(Error::new(ErrorKind::InvalidState, "accept"))?;
        let has_pending = host.pending() > 0;
        loop {
            match self.record(listener.accept())? {
                Some(connection) => {
                    host.deliver(connection);
                    return Ok(());
                }
                None if has_pending => return Ok(()),
                None if self.record(listener.wait(deadline))? => {}
                None => return Err(Error::new(ErrorKind::TimedOut, "accept")),
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

    fn record<T>(&self, outcome: Result<T>) -> Result<T> {
        outcome.inspect_err(|&error| self.lock().last_error = Some(error))
    }

    fn parts(&self) -> Option<(Arc<Listener>, Arc<dyn AcceptorHost>, usize)> {
        let state = self.lock();
        Some((state.listener.clone()?, state.host.clone()?, state.limit))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl Default for State {
    fn default() -> Self {
        Self {
            listener: None,
            name: String::new(),
            last_error: None,
            host: None,
            beside: None,
            limit: 30,
        }
    }
}

impl std::fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Acceptor").field("listener", &self.listener()).finish_non_exhaustive()
    }
}
