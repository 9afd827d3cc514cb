// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A connection that is not established yet.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::socket::{self, SocketAddress};
use qlocal_sys::Errno;

use crate::error::{Error, Operation, Result};
use crate::names::Address;
use crate::reactor::{Reactor, Ticket, Waiter};

/// An attempt to connect, until it has succeeded or failed.
pub(super) struct Attempt {
    /// Shared with a wait for room, see [`Room`].
    descriptor: Arc<OwnedSocket>,
    address: Address,
    socket_address: SocketAddress,
    timeout: Option<Duration>,
    deadline: Option<Instant>,
    /// What the reactor calls while this waits for room in the backlog.
    waiter: Weak<dyn Waiter>,
    place: Option<Ticket>,
}

impl Attempt {
    /// `waiter` is called to retry if the backlog is full.
    pub fn new(
        address: Address,
        timeout: Option<Duration>,
        waiter: Weak<dyn Waiter>,
    ) -> Result<Self> {
        let socket_address = address.to_socket_address()?;
        let descriptor =
            socket::stream().map_err(|errno| Error::from_errno(errno, Operation::Socket))?;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let descriptor = Arc::new(OwnedSocket::new(descriptor));
        Ok(Self { descriptor, address, socket_address, timeout, deadline, waiter, place: None })
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// How long it waits for room in all.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// # Errors
    /// `EAGAIN` when the backlog is full.
    pub fn connect(&self) -> qlocal_sys::Result<()> {
        socket::connect(&self.descriptor, &self.socket_address)
    }

    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// The connection, once the attempt has succeeded.
    pub fn into_parts(self) -> (Arc<OwnedSocket>, Address) {
        (self.descriptor, self.address)
    }

    /// Joins the line of those that wait for room in the backlog.
    pub fn await_room(&mut self, reactor: &Reactor) {
        let waiter = self.waiter.upgrade();
        self.place =
            waiter.map(|waiter| reactor.await_room(self.address.clone(), self.deadline, waiter));
    }

    /// Leaves that line.
    pub fn stop_waiting(&mut self, reactor: &Reactor) {
        if let Some(place) = self.place.take() {
            reactor.forget_waiting(&self.address, place);
        }
    }

    /// The parts that a blocking wait uses.
    pub fn room(&self) -> Room {
        Room {
            descriptor: self.descriptor.clone(),
            address: self.socket_address.clone(),
            deadline: self.deadline,
        }
    }
}

/// An attempt that a blocking wait shares with the driver.
pub(super) struct Room {
    descriptor: Arc<OwnedSocket>,
    address: SocketAddress,
    deadline: Option<Instant>,
}

impl Room {
    pub fn is_of(&self, attempt: &Attempt) -> bool {
        Arc::ptr_eq(&attempt.descriptor, &self.descriptor)
    }

    /// Tries to connect, and waits for room until either deadline, and for at most `timeout`.
    ///
    /// # Errors
    /// `EAGAIN` when there was no room.
    pub fn wait(&self, deadline: Option<Instant>, timeout: Duration) -> qlocal_sys::Result<()> {
        let now = Instant::now();
        let left = [self.deadline, deadline]
            .into_iter()
            .flatten()
            .map(|deadline| deadline.saturating_duration_since(now))
            .fold(timeout, Duration::min);
        let outcome = match left.is_zero() {
            true => socket::connect(&self.descriptor, &self.address),
            false => socket::connect_within(&self.descriptor, &self.address, left),
        };
        outcome.map_err(|errno| if errno == Errno::INTR { Errno::AGAIN } else { errno })
    }
}
