// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a driver connects, adopts a descriptor, and moves to another thread.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::Duration;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::poller::Interest;
use qlocal_sys::socket::Kind;
use qlocal_sys::Errno;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::machine::State;
use crate::names::Address;
use crate::reactor::{Reactor, Waiter};
use crate::stream::adoptable::Adoptable;
use crate::stream::attempt::{Attempt, Room};

use super::Driver;

impl Driver {
    /// False when there is a connection or an attempt already, which is reported as an error.
    pub fn start_connecting(&mut self) -> bool {
        if self.state() != State::Unconnected {
            self.report(Error::new(ErrorKind::InvalidState, Operation::Connect));
            return false;
        }
        self.outbox.clear();
        self.connection.start_connecting();
        true
    }

    /// An error that leaves the connection as it is.
    pub fn report(&mut self, error: Error) {
        self.connection.report(error);
    }

    /// Goes on after [`Driver::start_connecting`], unless a handler has aborted or has started another
    /// attempt meanwhile.
    pub fn attempt_to_connect(
        &mut self,
        address: Result<Address>,
        reactor: Result<Arc<Reactor>>,
        timeout: Option<Duration>,
        waiter: Weak<dyn Waiter>,
    ) {
        if self.state() != State::Connecting || self.is_ending() || self.attempt.is_some() {
            return;
        }
        if let Ok(address) = &address {
            self.label.intend(address.clone());
        }
        let reactor = reactor.map(|reactor| self.link.join(reactor));
        let attempt = address.and_then(|address| Attempt::new(address, timeout, waiter));
        match attempt.and_then(|attempt| reactor.map(|()| attempt)) {
            Ok(attempt) => {
                // A handler may have set it meanwhile.
                if let Some(keeper) = &self.keeper {
                    keeper.want(attempt.address().clone(), timeout);
                }
                self.attempt = Some(Box::new(attempt));
                if self.try_connecting() {
                    self.await_room();
                }
            }
            Err(error) => self.connection.connect_failed(error),
        }
    }

    /// Tries once. Returns whether the attempt waits for room in the backlog.
    pub fn try_connecting(&mut self) -> bool {
        let Some(attempt) = self.pending_attempt() else { return false };
        let outcome = attempt.connect();
        self.conclude(outcome)
    }

    /// The deadline of the attempt has passed while it waited for room.
    pub fn expire_attempt(&mut self) {
        if self.pending_attempt().is_some() {
            self.conclude(Err(Errno::AGAIN));
        }
    }

    fn pending_attempt(&self) -> Option<&Attempt> {
        self.attempt.as_deref().filter(|_| !self.is_ending())
    }

    /// What a blocking wait for the attempt uses, if there is one.
    pub fn room(&self) -> Option<Room> {
        self.pending_attempt().map(Attempt::room)
    }

    /// Processes the outcome of a blocking wait, unless another attempt is under way by now.
    pub fn waited_for(&mut self, room: &Room, outcome: qlocal_sys::Result<()>) {
        if self.pending_attempt().is_some_and(|attempt| room.is_of(attempt)) {
            self.conclude(outcome);
        }
    }

    fn conclude(&mut self, outcome: qlocal_sys::Result<()>) -> bool {
        let is_late = self.attempt.as_deref().is_some_and(Attempt::is_late);
        match outcome {
            Ok(()) => self.connected(),
            // The backlog is full. EAGAIN becomes the error once the deadline has passed.
            Err(Errno::AGAIN) if !is_late => return true,
            Err(errno) => {
                self.connection.connect_failed(Error::from_errno(errno, Operation::Connect));
            }
        }
        false
    }

    pub(super) fn connected(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        let (descriptor, address) = attempt.into_parts();
        self.link.open(descriptor, Kind::Stream);
        self.label.connected_to(address);
        match self.link.register(Interest { read: true, write: false }) {
            Ok(()) => self.connection.connect_succeeded(),
            Err(error) => self.connection.connect_failed(error),
        }
    }

    pub(super) fn await_room(&mut self) {
        if let (Some(attempt), Some(reactor)) = (&mut self.attempt, self.link.reactor()) {
            attempt.await_room(reactor);
        }
    }

    pub(super) fn stop_waiting(&mut self) {
        if let (Some(attempt), Some(reactor)) = (&mut self.attempt, self.link.reactor()) {
            attempt.stop_waiting(reactor);
        }
    }

    pub fn adopt(
        &mut self,
        descriptor: Result<OwnedFd>,
        known: Option<Adoptable>,
        state: State,
        reactor: Result<Arc<Reactor>>,
    ) {
        self.stop_keeping();
        self.close_descriptor();
        self.label.adopted(false);
        self.clear_input();
        self.inbox.forget_descriptors();
        self.outbox.clear();
        self.connection.adopt(state);
        self.last_error.forget();
        let descriptor = match descriptor {
            Ok(descriptor) => descriptor,
            Err(error) => return self.last_error.remember(error),
        };
        let examined = known.map_or_else(|| Adoptable::examine(descriptor.as_fd()), Ok);
        let prepared = examined.and_then(|adoptable| adoptable.prepare(descriptor.as_fd()));
        let kind = examined.map(Adoptable::kind).unwrap_or_default();
        self.link.open(Arc::new(OwnedSocket::new(descriptor)), kind);
        self.label.adopted(true);
        let joined = prepared.and(reactor).and_then(|reactor| {
            self.link.join(reactor);
            match state {
                State::Connected | State::Closing => self.link.register(self.interest()),
                // Without a connection there is nothing to wait for.
                State::Unconnected | State::Connecting => Ok(()),
            }
        });
        if let Err(error) = joined {
            self.connection.peer_ended(error);
        }
    }

    pub fn leave_thread(&mut self) {
        self.keeper.iter().for_each(|keeper| keeper.leave_thread());
        self.link.deregister();
        self.leave_reactor();
        self.connection.forget_handlers();
    }

    /// The reactor no longer calls this stream.
    pub(super) fn leave_reactor(&mut self) {
        self.stop_waiting();
        self.link.leave();
        self.inbox.forget_pause();
    }

    pub fn join_thread(&mut self, reactor: Result<Arc<Reactor>>) {
        if self.link.reactor().is_some() {
            return;
        }
        let joined = reactor.and_then(|reactor| {
            self.keeper.iter().for_each(|keeper| keeper.join_thread(&reactor));
            self.link.join(reactor);
            self.link.register(self.interest())
        });
        match joined {
            Ok(()) => self.await_room(),
            Err(error) => self.connection.peer_ended(error),
        }
        self.link.defer();
    }
}
