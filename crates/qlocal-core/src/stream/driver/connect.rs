// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a driver comes by a connection: it connects, or takes over a descriptor.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Driver, Peer};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::machine::State;
use crate::names::Address;

use crate::reactor::{Reactor, Ticket, Turn, Waiting};
use crate::sys::owned::OwnedSocket;
use crate::sys::poller::Interest;
use crate::sys::socket::{self, Kind, SocketAddress};
use crate::sys::{self, Errno};

/// A connection that is not there yet.
pub(super) struct Attempt {
    /// Shared with a wait for room, see [`Room`].
    descriptor: Arc<OwnedSocket>,
    address: Address,
    socket_address: SocketAddress,
    deadline: Option<Instant>,
    /// Its place among those that wait for room.
    waits: Option<Ticket>,
}

impl Driver {
    /// False when a connection or an attempt is there already, which is an error of its own.
    pub(crate) fn start_connecting(&mut self) -> bool {
        if self.state() != State::Unconnected {
            self.connection.report(Error::new(ErrorKind::InvalidState, Operation::Connect));
            return false;
        }
        self.output.clear();
        self.connection.start_connecting();
        true
    }

    /// Goes on after [`Driver::start_connecting`], unless a handler has given up or has started
    /// another attempt meanwhile.
    pub(crate) fn attempt_to_connect(
        &mut self,
        address: Result<Address>,
        reactor: Result<Arc<Reactor>>,
        timeout: Option<Duration>,
    ) {
        if self.state() != State::Connecting || self.is_ending() || self.attempt.is_some() {
            return;
        }
        if let Ok(address) = &address {
            self.peer = Peer::Intended(address.clone());
        }
        let reactor = reactor.map(|reactor| self.reactor = Some(reactor));
        let attempt = address.and_then(|address| Attempt::new(address, timeout));
        match attempt.and_then(|attempt| reactor.map(|()| attempt)) {
            Ok(attempt) => {
                self.attempt = Some(Box::new(attempt));
                if self.try_connecting(Turn::Mine) == Waiting::Still {
                    self.await_room();
                }
            }
            Err(error) => self.connection.connect_failed(error),
        }
    }

    pub(crate) fn try_connecting(&mut self, turn: Turn) -> Waiting {
        let Some(attempt) = self.attempt.as_ref().filter(|_| !self.connection.is_ending()) else {
            return Waiting::NoLonger;
        };
        let outcome = match turn {
            Turn::Mine => socket::connect(&attempt.descriptor, &attempt.socket_address),
            Turn::NotMine => Err(Errno::AGAIN),
        };
        self.conclude(outcome)
    }

    /// What a wait for the attempt that is under way uses, if there is one.
    pub(crate) fn room(&self) -> Option<Room> {
        let attempt = self.attempt.as_ref().filter(|_| !self.is_ending())?;
        Some(Room {
            descriptor: attempt.descriptor.clone(),
            address: attempt.socket_address.clone(),
            deadline: attempt.deadline,
        })
    }

    /// Goes on with what came of waiting, unless another attempt is under way by now.
    pub(crate) fn waited_for(&mut self, room: &Room, outcome: sys::Result<()>) {
        let attempt = self.attempt.as_ref().filter(|_| !self.is_ending());
        if attempt.is_some_and(|attempt| Arc::ptr_eq(&attempt.descriptor, &room.descriptor)) {
            self.conclude(outcome);
        }
    }

    fn conclude(&mut self, outcome: sys::Result<()>) -> Waiting {
        let is_late = self.attempt.as_deref().is_some_and(Attempt::is_late);
        match outcome {
            Ok(()) => self.connected(),
            // The backlog is full. The number becomes the error once the time-out has passed.
            Err(Errno::AGAIN) if !is_late => return Waiting::Still,
            Err(errno) => {
                self.connection.connect_failed(Error::from_errno(errno, Operation::Connect));
            }
        }
        Waiting::NoLonger
    }

    fn connected(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        self.descriptor = Some(attempt.descriptor);
        self.kind = Kind::Stream;
        self.peer = Peer::Server(attempt.address);
        match self.register(Interest { read: true, write: false }) {
            Ok(()) => self.connection.connect_succeeded(),
            Err(error) => self.connection.connect_failed(error),
        }
    }

    pub(super) fn await_room(&mut self) {
        let me = self.me();
        if let (Some(attempt), Some(reactor), Some(me)) = (&mut self.attempt, &self.reactor, me) {
            let address = attempt.address.clone();
            attempt.waits = Some(reactor.await_room(address, attempt.deadline, me));
        }
    }

    pub(super) fn stop_waiting(&mut self) {
        if let (Some(attempt), Some(reactor)) = (&mut self.attempt, &self.reactor) {
            let waits = attempt.waits.take();
            waits.into_iter().for_each(|ticket| reactor.forget_waiting(&attempt.address, ticket));
        }
    }

    pub(crate) fn adopt(
        &mut self,
        descriptor: Result<OwnedFd>,
        kind: Option<Kind>,
        state: State,
        reactor: Result<Arc<Reactor>>,
    ) {
        self.close_descriptor();
        self.peer = Peer::None;
        self.clear_input();
        self.forget_incoming_descriptors();
        self.output.clear();
        self.connection.adopt(state);
        self.last_error = None;
        self.is_misused = false;
        let descriptor = match descriptor {
            Ok(descriptor) => descriptor,
            Err(error) => return self.remember_error(error),
        };
        // Every call asks not to block; this is for code that uses the descriptor directly.
        let ready =
            socket::adopt(&descriptor).map_err(|errno| Error::from_errno(errno, Operation::Fcntl));
        let kind = kind
            .map_or_else(|| socket::kind(&descriptor), Ok)
            .map_err(|errno| Error::from_errno(errno, Operation::Getsockopt));
        self.kind = kind.unwrap_or_default();
        self.descriptor = Some(Arc::new(OwnedSocket::new(descriptor)));
        self.peer = Peer::AskKernel;
        let joined = ready.and(kind).and(reactor).and_then(|reactor| {
            self.reactor = Some(reactor);
            match state {
                State::Connected | State::Closing => self.register(self.interest()),
                // Without a connection there is nothing to wait for, whatever the descriptor is.
                State::Unconnected | State::Connecting => Ok(()),
            }
        });
        if let Err(error) = joined {
            self.connection.peer_ended(error);
        }
    }
}

impl Attempt {
    fn new(address: Address, timeout: Option<Duration>) -> Result<Self> {
        let socket_address = address.to_socket_address()?;
        let descriptor =
            socket::stream().map_err(|errno| Error::from_errno(errno, Operation::Socket))?;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let descriptor = Arc::new(OwnedSocket::new(descriptor));
        Ok(Self { descriptor, address, socket_address, deadline, waits: None })
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// An attempt that is waited for, while others may use the driver.
pub(crate) struct Room {
    descriptor: Arc<OwnedSocket>,
    address: SocketAddress,
    deadline: Option<Instant>,
}

impl Room {
    /// Tries to connect, and waits for room until the deadline, that of the attempt, or for as long
    /// as `patience`. `EAGAIN` says that there was none.
    pub(crate) fn wait(&self, deadline: Option<Instant>, patience: Duration) -> sys::Result<()> {
        let now = Instant::now();
        let left = [self.deadline, deadline]
            .into_iter()
            .flatten()
            .map(|deadline| deadline.saturating_duration_since(now))
            .fold(patience, Duration::min);
        let outcome = match left.is_zero() {
            true => socket::connect(&self.descriptor, &self.address),
            false => socket::connect_within(&self.descriptor, &self.address, left),
        };
        outcome.map_err(|errno| if errno == Errno::INTR { Errno::AGAIN } else { errno })
    }
}
