// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A stream is a user's handle to one end of a connection. This file has its begin and end;
//! [`reading`](super::reading) and [`writing`](super::writing) have the rest.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::Duration;

use qlocal_sys::peer::Ids;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::failure::Failure;
use crate::machine::State;
use crate::names::Address;
use crate::peer::{self, PeerCredentials};
use crate::reactor::Reactor;

use super::adoptable::Adoptable;
use super::gauges::Gauges;
use super::host::Host;
use super::limits::Limits;
use super::meter::Meter;
use super::shared::Shared;

/// One end of a connection. Clones are handles to the same one.
#[derive(Clone)]
pub struct Stream(pub(super) Arc<Shared>);

impl Stream {
    /// A stream without a connection and without a host.
    pub fn new() -> Self {
        Self(Shared::new())
    }

    /// Sets the host that carries out the effects.
    pub fn attach(&self, host: Arc<dyn Host>) {
        self.0.lock().attach(host);
    }

    /// Aborts the connection, passes the last effects to the host, and releases it: it is not
    /// called after this returns.
    pub fn detach(&self) {
        self.abort();
        let mut driver = self.0.lock();
        self.0.end_calls();
        let keeper = driver.take_keeper();
        let host = driver.detach();
        drop(driver);
        if let Some(keeper) = keeper {
            keeper.detach();
        }
        drop(host);
    }

    /// What can be read without a lock.
    pub fn gauges(&self) -> &Gauges {
        self.0.gauges()
    }

    /// The state of the connection.
    pub fn state(&self) -> State {
        self.0.peek().state()
    }

    /// The kind of the last error since the last connection was established.
    pub fn last_error(&self) -> Option<ErrorKind> {
        self.0.peek().last_error.kind()
    }

    /// That error with its address.
    pub fn failure(&self) -> Option<Failure> {
        self.0.peek().failure()
    }

    /// Sets the address of the next attempt, for its error if the name cannot be resolved.
    pub fn intend(&self, address: Address) {
        self.0.lock().intend(address);
    }

    /// Whether there is a connection that has not begun to end.
    pub fn is_usable(&self) -> bool {
        self.0.peek().is_usable()
    }

    /// Sets the name that is shown before the next attempt. False, without effect, while there is a
    /// connection or an attempt.
    pub fn set_name(&self, name: &str) -> bool {
        self.0.lock().set_name(name)
    }

    /// Sets whether that name stays when the connection has ended. Without it, the name is cleared, as with
    /// Qt.
    pub fn keep_name(&self, keeps: bool) {
        self.0.lock().label.keep_name(keeps);
    }

    /// Sets the server that has accepted the adopted descriptor.
    pub fn set_accepted_by(&self, server: &str) {
        self.0.lock().label.accepted_by(server);
    }

    /// The server's name as the user gave it, or the short form of the kernel's address.
    pub fn name(&self) -> String {
        self.0.peek().name()
    }

    /// The server's address; unnamed while there is no connection.
    pub fn address(&self) -> Address {
        self.0.peek().address()
    }

    /// The number of the descriptor, for socket options. The stream keeps owning it.
    pub fn raw_descriptor(&self) -> Option<i32> {
        self.0.peek().link.raw_descriptor()
    }

    /// The credentials of the peer, as long as there is a connection.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`] when there is none; the kind of the failed system call otherwise.
    pub fn peer_credentials(&self) -> Result<PeerCredentials> {
        self.ask_peer(PeerCredentials::of)
    }

    /// A descriptor of the process at the other end, which never refers to another one later, as a
    /// process id may. It becomes readable when the process ends.
    ///
    /// # Errors
    /// As [`Stream::peer_credentials`]; also when the kernel has none (before Linux 6.5), or the
    /// process has ended.
    pub fn peer_process(&self) -> Result<OwnedFd> {
        self.ask_peer(peer::peer_process)
    }

    /// The limits; the message size is never 0 here.
    pub fn limits(&self) -> Limits {
        self.0.peek().limits()
    }

    /// Sets the limits. Queued bytes stay, and descriptors that have arrived already.
    pub fn set_limits(&self, limits: Limits) {
        self.0.lock().set_limits(limits);
    }

    pub(crate) fn set_meter(&self, meter: Box<dyn Meter>) {
        self.0.lock().set_meter(meter);
    }

    pub(crate) fn peer_ids(&self) -> Result<Ids> {
        self.ask_peer(peer::peer_ids)
    }

    fn ask_peer<T>(&self, ask: impl FnOnce(BorrowedFd<'_>) -> Result<T>) -> Result<T> {
        let driver = self.0.lock();
        let descriptor = driver.link.descriptor();
        descriptor.map_or(Err(Error::new(ErrorKind::NotConnected, Operation::Getsockopt)), ask)
    }

    /// Connects. The attempt has ended when this returns, unless the server's backlog is full.
    ///
    /// Effects announce the outcome. `address` may be an error of resolving the name, which is
    /// announced like any other. `timeout` limits the wait for room; `None` waits forever.
    pub fn connect(
        &self,
        address: Result<Address>,
        reactor: Result<Arc<Reactor>>,
        timeout: Option<Duration>,
    ) {
        let mut driver = self.0.lock();
        if driver.state() == State::Unconnected {
            // Remaining effects of an earlier connection come first.
            driver.release();
        }
        let Some(mut driver) = self.0.drive_on(driver) else { return };
        if let Some(keeper) = driver.next_keeper() {
            if let (Ok(address), Ok(reactor)) = (&address, &reactor) {
                driver.link.join(reactor.clone());
                drop(driver);
                return keeper.connect(address.clone(), reactor, timeout);
            }
        }
        let started = driver.start_connecting();
        let epoch = self.0.epoch();
        drop(driver);
        if !self.0.drive() || !started {
            return;
        }
        let mut driver = self.0.lock();
        if self.0.epoch() == epoch {
            let waiter: Weak<Shared> = Arc::downgrade(&self.0);
            driver.attempt_to_connect(address, reactor, timeout, waiter);
        }
        drop(driver);
        self.0.drive();
    }

    /// Adopts a descriptor in the given state. Without one the error is stored, unless it is
    /// [`ErrorKind::InvalidState`].
    pub fn adopt(&self, descriptor: Result<OwnedFd>, state: State, reactor: Result<Arc<Reactor>>) {
        self.0.lock().adopt(descriptor, None, state, reactor);
        self.0.drive();
    }

    /// As [`Stream::adopt`], for a descriptor of which this is known.
    pub fn adopt_known(
        &self,
        known: Result<(OwnedFd, Adoptable)>,
        state: State,
        reactor: Result<Arc<Reactor>>,
    ) {
        let adoptable = known.as_ref().ok().map(|(_, adoptable)| *adoptable);
        self.0.lock().adopt(known.map(|(descriptor, _)| descriptor), adoptable, state, reactor);
        self.0.drive();
    }

    /// Ends the connection once everything is sent. Received bytes stay readable.
    pub fn disconnect(&self) {
        self.0.lock().disconnect();
        self.0.drive();
    }

    /// As [`Stream::disconnect`], and closes the device at once: unread bytes are discarded.
    pub fn close(&self) {
        self.0.lock().close();
        if self.0.drive() {
            self.0.lock().forget_old_names();
        }
    }

    /// Ends the connection at once. Unsent and unread bytes are discarded.
    pub fn abort(&self) {
        self.0.lock().abort();
        if self.0.drive() {
            self.0.lock().forget_old_names();
        }
    }

    /// Leaves the old thread; call it there. Nothing happens until [`Stream::join_thread`], and
    /// handlers that still run there have no effect.
    pub fn leave_thread(&self) {
        let mut driver = self.0.lock();
        self.0.end_calls();
        driver.leave_thread();
    }

    /// Joins this thread's reactor; call it on the new thread.
    pub fn join_thread(&self, reactor: Result<Arc<Reactor>>) {
        self.0.lock().join_thread(reactor);
        self.0.drive();
    }
}

impl Default for Stream {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Stream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream").field("state", &self.state()).finish_non_exhaustive()
    }
}
