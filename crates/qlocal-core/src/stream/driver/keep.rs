// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a driver does for its [`Keeper`].

use std::sync::{Arc, Weak};
use std::time::Duration;

use qlocal_sys::Errno;

use crate::error::{Error, Operation, Result};
use crate::machine::State;
use crate::names::Address;
use crate::reactor::Waiter;
use crate::stream::attempt::Attempt;
use crate::stream::keeper::Keeper;

use super::Driver;

/// How long an attempt waits for room after a connection that had no attempt of its own.
const TIMEOUT: Option<Duration> = Some(Duration::from_secs(30));

impl Driver {
    pub fn keeper(&self) -> Option<&Arc<dyn Keeper>> {
        self.keeper.as_ref()
    }

    /// Has this connection or attempt kept, if there is one, and the next ones.
    pub fn set_keeper(&mut self, keeper: Arc<dyn Keeper>) {
        match (self.state(), &self.attempt) {
            _ if self.is_ending() => {}
            (State::Connected, _) => {
                if let Some(address) = self.label.target() {
                    keeper.want(address.clone(), TIMEOUT);
                    keeper.established();
                }
            }
            (State::Connecting, Some(attempt)) => {
                keeper.want(attempt.address().clone(), attempt.timeout());
            }
            _ => {}
        }
        self.keeper = Some(keeper);
        self.record_starts();
    }

    /// The caller must drop the keeper without the lock.
    pub fn take_keeper(&mut self) -> Option<Arc<dyn Keeper>> {
        self.stop_keeping();
        let keeper = self.keeper.take();
        self.record_starts();
        keeper
    }

    /// Unsent messages are kept as a whole, or not at all.
    pub(super) fn record_starts(&mut self) {
        self.outbox.record_starts(self.keeper.is_some() && self.inbox.is_framed());
    }

    /// The keeper, if the next connection is left to it. What it has kept before is dropped.
    pub fn next_keeper(&mut self) -> Option<Arc<dyn Keeper>> {
        if self.state() != State::Unconnected {
            return None;
        }
        self.stop_keeping();
        self.keeper.clone()
    }

    /// The user ends the connection, or needs another one.
    pub(super) fn stop_keeping(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.cancel();
            if self.state() == State::Unconnected {
                self.outbox.clear();
                self.outbox.close();
            }
        }
    }

    pub(super) fn established(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.established();
            if !self.outbox.is_empty() {
                self.link.defer();
            }
        }
    }

    /// The connection or an attempt has ended.
    pub(super) fn connect_again(&mut self) {
        if let Some(keeper) = &self.keeper {
            keeper.ended(self.link.reactor());
        }
    }

    fn keeps_unsent(&self) -> bool {
        self.keeper.as_ref().is_some_and(|keeper| keeper.keeps_unsent())
    }

    pub(super) fn drop_unsent(&mut self) {
        if !self.keeps_unsent() {
            self.outbox.clear();
        }
    }

    pub(super) fn close_outbox(&mut self) {
        match &self.keeper {
            Some(keeper) => keeper.close_outbox(&mut self.outbox),
            None => self.outbox.close(),
        }
    }

    /// Tries to connect without any effect. Also returns whether that has succeeded, or waits for room.
    pub fn try_quietly(
        &mut self,
        address: Address,
        timeout: Option<Duration>,
        waiter: Weak<dyn Waiter>,
    ) -> Result<(Attempt, bool)> {
        self.label.intend(address.clone());
        let attempt =
            Attempt::new(address, timeout, waiter).and_then(|attempt| match attempt.connect() {
                Ok(()) => Ok((attempt, true)),
                Err(Errno::AGAIN) => Ok((attempt, false)),
                Err(errno) => Err(Error::from_errno(errno, Operation::Connect)),
            });
        attempt.inspect_err(|&error| self.last_error.remember(error))
    }

    /// An attempt is announced. Unsent bytes stay.
    pub fn start_attempt(&mut self) {
        self.connection.start_connecting();
    }

    /// Goes on after [`Driver::start_attempt`], unless a handler has aborted or has started another attempt
    /// meanwhile.
    pub fn resume_attempt(&mut self, attempt: Attempt, is_connected: bool) {
        if self.state() != State::Connecting || self.is_ending() || self.attempt.is_some() {
            return;
        }
        self.attempt = Some(Box::new(attempt));
        if is_connected {
            self.connected();
        } else if self.try_connecting() {
            self.await_room();
        }
    }

    /// The last attempt has failed, which is announced after [`Driver::start_attempt`].
    pub fn give_up(&mut self, error: Error) {
        if self.state() == State::Connecting && !self.is_ending() && self.attempt.is_none() {
            self.connection.connect_failed(error);
        }
    }
}
