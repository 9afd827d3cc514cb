// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A connection that is not there yet.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Operation, Result};
use crate::names::Address;
use crate::reactor::{Retry, Ticket};
use crate::sys::owned::OwnedSocket;
use crate::sys::socket::{self, SocketAddress};
use crate::sys::{self, Errno};

use super::link::Link;

/// An attempt to connect, until it has succeeded or failed.
pub(super) struct Attempt {
    /// Shared with a wait for room, see [`Room`].
    descriptor: Arc<OwnedSocket>,
    address: Address,
    socket_address: SocketAddress,
    deadline: Option<Instant>,
    /// Its place among those that wait for room.
    waits: Option<Ticket>,
}

impl Attempt {
    pub fn new(address: Address, timeout: Option<Duration>) -> Result<Self> {
        let socket_address = address.to_socket_address()?;
        let descriptor =
            socket::stream().map_err(|errno| Error::from_errno(errno, Operation::Socket))?;
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let descriptor = Arc::new(OwnedSocket::new(descriptor));
        Ok(Self { descriptor, address, socket_address, deadline, waits: None })
    }

    /// `EAGAIN` says that the backlog is full.
    pub fn connect(&self, retry: Retry) -> sys::Result<()> {
        match retry {
            Retry::Connect => socket::connect(&self.descriptor, &self.socket_address),
            Retry::CheckDeadline => Err(Errno::AGAIN),
        }
    }

    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// What there is once it has succeeded.
    pub fn into_parts(self) -> (Arc<OwnedSocket>, Address) {
        (self.descriptor, self.address)
    }

    /// Joins the line of those that wait for room.
    pub fn join_line(&mut self, link: &Link) {
        self.waits = link.await_room(&self.address, self.deadline);
    }

    /// Leaves it.
    pub fn leave_line(&mut self, link: &Link) {
        let waits = self.waits.take();
        waits.into_iter().for_each(|ticket| link.forget_waiting(&self.address, ticket));
    }

    /// What a wait for it uses.
    pub fn room(&self) -> Room {
        Room {
            descriptor: self.descriptor.clone(),
            address: self.socket_address.clone(),
            deadline: self.deadline,
        }
    }
}

/// An attempt that is waited for, while others may use the driver.
pub(super) struct Room {
    descriptor: Arc<OwnedSocket>,
    address: SocketAddress,
    deadline: Option<Instant>,
}

impl Room {
    pub fn is_of(&self, attempt: &Attempt) -> bool {
        Arc::ptr_eq(&attempt.descriptor, &self.descriptor)
    }

    /// Tries to connect, and waits for room until the deadline, that of the attempt, or for as long
    /// as `timeout`. `EAGAIN` says that there was none.
    pub fn wait(&self, deadline: Option<Instant>, timeout: Duration) -> sys::Result<()> {
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
