// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a driver comes by a connection: it connects, or takes over a descriptor. And how it changes
//! its thread.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::machine::State;
use crate::names::Address;
use crate::reactor::{Reactor, Retry, Waiting};
use crate::stream::attempt::{Attempt, Room};
use crate::sys::owned::OwnedSocket;
use crate::sys::poller::Interest;
use crate::sys::socket::{self, Kind};
use crate::sys::{self, Errno};

use super::Driver;

impl Driver {
    /// False when a connection or an attempt is there already, which is an error of its own.
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

    /// Goes on after [`Driver::start_connecting`], unless a handler has given up or has started
    /// another attempt meanwhile.
    pub fn attempt_to_connect(
        &mut self,
        address: Result<Address>,
        reactor: Result<Arc<Reactor>>,
        timeout: Option<Duration>,
    ) {
        if self.state() != State::Connecting || self.is_ending() || self.attempt.is_some() {
            return;
        }
        if let Ok(address) = &address {
            self.label.intend(address.clone());
        }
        let reactor = reactor.map(|reactor| self.link.join(reactor));
        let attempt = address.and_then(|address| Attempt::new(address, timeout));
        match attempt.and_then(|attempt| reactor.map(|()| attempt)) {
            Ok(attempt) => {
                self.attempt = Some(Box::new(attempt));
                if self.try_connecting(Retry::Connect) == Waiting::Pending {
                    self.await_room();
                }
            }
            Err(error) => self.connection.connect_failed(error),
        }
    }

    pub fn try_connecting(&mut self, retry: Retry) -> Waiting {
        let Some(attempt) = self.attempt.as_ref().filter(|_| !self.connection.is_ending()) else {
            return Waiting::Done;
        };
        let outcome = attempt.connect(retry);
        self.conclude(outcome)
    }

    /// What a wait for the attempt that is under way uses, if there is one.
    pub fn room(&self) -> Option<Room> {
        self.attempt.as_ref().filter(|_| !self.is_ending()).map(|attempt| attempt.room())
    }

    /// Goes on with what came of waiting, unless another attempt is under way by now.
    pub fn waited_for(&mut self, room: &Room, outcome: sys::Result<()>) {
        let attempt = self.attempt.as_ref().filter(|_| !self.is_ending());
        if attempt.is_some_and(|attempt| room.is_of(attempt)) {
            self.conclude(outcome);
        }
    }

    fn conclude(&mut self, outcome: sys::Result<()>) -> Waiting {
        let is_late = self.attempt.as_deref().is_some_and(Attempt::is_late);
        match outcome {
            Ok(()) => self.connected(),
            // The backlog is full. The number becomes the error once the time-out has passed.
            Err(Errno::AGAIN) if !is_late => return Waiting::Pending,
            Err(errno) => {
                self.connection.connect_failed(Error::from_errno(errno, Operation::Connect));
            }
        }
        Waiting::Done
    }

    fn connected(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        let (descriptor, address) = attempt.into_parts();
        self.link.open(descriptor, Kind::Stream);
        self.label.connected_to(address);
        match self.link.register(Interest { read: true, write: false }) {
            Ok(()) => self.connection.connect_succeeded(),
            Err(error) => self.connection.connect_failed(error),
        }
    }

    fn await_room(&mut self) {
        if let Some(attempt) = &mut self.attempt {
            attempt.join_line(&self.link);
        }
    }

    pub(super) fn stop_waiting(&mut self) {
        if let Some(attempt) = &mut self.attempt {
            attempt.leave_line(&self.link);
        }
    }

    pub fn adopt(
        &mut self,
        descriptor: Result<OwnedFd>,
        kind: Option<Kind>,
        state: State,
        reactor: Result<Arc<Reactor>>,
    ) {
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
        // Every call asks not to block; this is for code that uses the descriptor directly.
        let ready =
            socket::adopt(&descriptor).map_err(|errno| Error::from_errno(errno, Operation::Fcntl));
        let kind = kind
            .map_or_else(|| socket::kind(&descriptor), Ok)
            .map_err(|errno| Error::from_errno(errno, Operation::Getsockopt));
        self.link.open(Arc::new(OwnedSocket::new(descriptor)), kind.unwrap_or_default());
        self.label.adopted(true);
        let joined = ready.and(kind).and(reactor).and_then(|reactor| {
            self.link.join(reactor);
            match state {
                State::Connected | State::Closing => self.link.register(self.interest()),
                // Without a connection there is nothing to wait for, whatever the descriptor is.
                State::Unconnected | State::Connecting => Ok(()),
            }
        });
        if let Err(error) = joined {
            self.connection.peer_ended(error);
        }
    }

    pub fn leave_thread(&mut self) {
        self.link.deregister();
        self.leave_reactor();
        self.connection.forget_handlers();
    }

    /// The reactor calls this stream no more.
    pub(super) fn leave_reactor(&mut self) {
        self.stop_waiting();
        self.link.leave();
        self.inbox.forget_pause();
    }

    pub fn join_thread(&mut self, reactor: Result<Arc<Reactor>>) {
        if self.link.has_reactor() {
            return;
        }
        let joined = reactor.and_then(|reactor| {
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
