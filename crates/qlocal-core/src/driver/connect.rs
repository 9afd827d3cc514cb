// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a driver comes by a connection: it connects, or takes over a descriptor.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Driver, Peer};
use crate::address::Address;
use crate::connection::State;
use crate::error::{Error, ErrorKind, Result};
use crate::reactor::{Reactor, Turn, Waiting};
use crate::sys::owned::OwnedSocket;
use crate::sys::poller::Interest;
use crate::sys::socket::{self, Kind, SocketAddress};
use crate::sys::Errno;

/// A connection that is not there yet.
pub(super) struct Attempt {
    descriptor: OwnedFd,
    address: Address,
    socket_address: SocketAddress,
    deadline: Option<Instant>,
}

impl Driver {
    /// False when a connection or an attempt is there already, which is an error of its own.
    pub(crate) fn start_connecting(&mut self) -> bool {
        if self.state() != State::Unconnected {
            self.connection.report(Error::new(ErrorKind::InvalidState, "connect"));
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
        match address.and_then(|address| Ok((Attempt::new(address, timeout)?, reactor?))) {
            Ok((attempt, reactor)) => {
                self.attempt = Some(Box::new(attempt));
                self.reactor = Some(reactor);
                if self.try_connecting(Turn::Mine) == Waiting::Still {
                    self.await_room();
                }
            }
            Err(error) => self.connection.connect_failed(error),
        }
    }

    /// Whether trying again may make the connection.
    pub(crate) fn can_connect(&self) -> bool {
        self.attempt.is_some() && !self.is_ending()
    }

    pub(crate) fn try_connecting(&mut self, turn: Turn) -> Waiting {
        let Some(attempt) = self.attempt.as_ref().filter(|_| !self.connection.is_ending()) else {
            return Waiting::NoLonger;
        };
        let outcome = match turn {
            Turn::Mine => socket::connect(&attempt.descriptor, &attempt.socket_address),
            Turn::NotMine => Err(Errno::AGAIN),
        };
        match outcome {
            Ok(()) => self.connected(),
            // The backlog is full. The number becomes the error once the time-out has passed.
            Err(Errno::AGAIN) if !attempt.is_late() => return Waiting::Still,
            Err(errno) => self.connection.connect_failed(Error::from_errno(errno, "connect")),
        }
        Waiting::NoLonger
    }

    fn connected(&mut self) {
        let Some(attempt) = self.attempt.take() else { return };
        self.descriptor = Some(Arc::new(OwnedSocket::new(attempt.descriptor)));
        self.kind = Kind::Stream;
        self.peer = Peer::Server(attempt.address);
        match self.register(Interest { read: true, write: false }) {
            Ok(()) => self.connection.connect_succeeded(),
            Err(error) => self.connection.connect_failed(error),
        }
    }

    pub(super) fn await_room(&self) {
        if let (Some(attempt), Some(reactor), Some(me)) = (&self.attempt, &self.reactor, self.me())
        {
            reactor.await_room(attempt.address.clone(), me);
        }
    }

    pub(crate) fn adopt(
        &mut self,
        descriptor: Result<OwnedFd>,
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
        // Every call asks not to block; this is for who uses the descriptor directly.
        let ready = socket::adopt(&descriptor).map_err(|errno| Error::from_errno(errno, "fcntl"));
        let kind =
            socket::kind(&descriptor).map_err(|errno| Error::from_errno(errno, "getsockopt"));
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
        let descriptor = socket::stream().map_err(|errno| Error::from_errno(errno, "socket"))?;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        Ok(Self { descriptor, address, socket_address, deadline })
    }

    fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}
