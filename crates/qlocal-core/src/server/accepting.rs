// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How an acceptor takes connections from its listener, and hands them over to its host.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::log::{self, Topic};
use crate::unwinding::is_unwinding;

use super::acceptor::Acceptor;
use super::admission::add;
use super::host::AcceptorHost;
use super::listener::Listener;

/// How long one call keeps accepting before other sources of the event loop get their turn.
const SLICE: Duration = Duration::from_millis(2);

/// The number of lost races in a row after which the listener is checked for a shutdown.
const LOST_RACES: u32 = 32;

/// How long to wait for a free descriptor or memory before accepting again.
const PAUSE: Duration = Duration::from_millis(20);

impl Acceptor {
    /// Accepts connections until the host has no more room: one if established ones were served since the
    /// last call, so that new connections do not take precedence, otherwise more.
    ///
    /// An error is stored, and ends nothing: the connection stays in the backlog, and accepting resumes
    /// after a pause.
    pub fn accept_ready(&self) {
        let started = Instant::now();
        let quota = self.lock().pace.quota();
        for count in 0..quota {
            if count > 0 && started.elapsed() > SLICE {
                return;
            }
            // Read each time: changes made by a connection's handler take effect at once.
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
                    self.advance_if_drained();
                    // At once, as with Qt: a connection taken before the next one arrives must not make room for it.
                    if self.pause_when_full() {
                        return;
                    }
                }
                Ok(None) => {
                    if self.advance(&listener) {
                        return;
                    }
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

    /// Stops accepting if the maximum is pending. True as well when nothing listens any more.
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
            // Connections that are refused, or that others accept, must not keep the caller here.
            let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let keep_going = match listener.accept() {
                Ok(Some(connection)) => {
                    if self.hand_over(connection, &*host) || is_unwinding() {
                        self.advance_if_drained();
                        return Ok(());
                    }
                    true
                }
                Ok(None) if host.pending() > 0 => return Ok(()),
                Ok(None) if self.advance(&listener) => true,
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
        let policy = {
            let mut state = self.lock();
            state.fails = false;
            state.lost_races = 0;
            state.policy.clone()
        };
        let outcome = policy.examine(connection.as_fd(), |peer| host.allows(peer));
        if self.parts().is_none() || is_unwinding() {
            // The user's function has closed the server, or has thrown.
            return false;
        }
        match outcome {
            Ok(()) => {
                add(&policy.totals.accepted, 1);
                host.deliver(connection);
                true
            }
            Err(refusal) => {
                add(&policy.totals.refused, 1);
                drop(connection);
                host.refused(refusal);
                false
            }
        }
    }

    /// Another process, or a wait of this one, has accepted the connection that this call was woken for.
    ///
    /// A listener that was shut down wakes its owner forever, and accept(2) returns `EAGAIN` for it as
    /// well. Processes that share a listener are all woken for each connection, so this is checked only
    /// after several lost races in a row.
    fn lost_race(&self, listener: &Listener, host: &dyn AcceptorHost) {
        // Connections that others accept are no reason to end lingering either.
        self.deregister_wake_up();
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

    /// Stores an error of accepting, and reports the first one to the host.
    fn fail(&self, error: Error, host: &dyn AcceptorHost) {
        let mut state = self.lock();
        state.last_error = Some(error);
        add(&state.policy.totals.failed, 1);
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
}

/// Stops accepting for a moment, or forever from a listener that was shut down.
fn pause(host: &dyn AcceptorHost, error: Error) {
    host.set_accepting(false);
    if error.kind() != ErrorKind::NotConnected {
        host.accept_later(PAUSE);
    }
}
