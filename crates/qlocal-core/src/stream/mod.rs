// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A stream is what a user holds of a connection: it passes calls on to the driver, and hands the
//! effects that come of them to its host.
//!
//! A lock guards the driver, because a stream can be moved to another thread while a handler of it
//! still runs on the old one. It is never held while the host is called.

mod announced;
mod chunk;
mod driver;
mod host;
mod input;
mod messages;
mod meter;
mod output;
mod wait;

pub use driver::{Read, SlowPeer, WriteLimits};
pub use host::Host;
pub use input::InputBuffer;
pub use messages::Messages;
pub(crate) use meter::Meter;
pub use output::OutputQueue;
pub use wait::{Blocking, Step, Wait};

use std::mem::MaybeUninit;
use std::ops::{Deref, DerefMut};
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::failure::Failure;
use crate::lock::{lock, Mutex, MutexGuard};
use crate::machine::Framing;
use crate::machine::State;
use crate::mutation;
use crate::names::Address;
use crate::peer::{self, PeerCredentials};
use crate::reactor::{Reactor, Source, Turn, Waiting};
use crate::sys::owned;
use crate::sys::poller::Readiness;
use crate::sys::socket::{self, Kind};
use crate::unwinding::is_unwinding;
use driver::Driver;

/// One end of a connection. Clones are handles to the same one.
#[derive(Clone)]
pub struct Stream(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    driver: Mutex<Driver>,
    /// What there was to read and to write when the driver was last unlocked. Programs ask for
    /// these far more often than anything changes, and so they cost no lock.
    available: AtomicUsize,
    to_write: AtomicUsize,
}

/// The driver while it is locked.
pub(crate) struct Locked<'a> {
    driver: MutexGuard<'a, Driver>,
    shared: &'a Shared,
}

impl Stream {
    /// A stream without a connection and without a host.
    pub fn new() -> Self {
        Self(Arc::new_cyclic(|me: &Weak<Shared>| Shared {
            driver: Mutex::new(Driver::new(me.clone())),
            available: AtomicUsize::default(),
            to_write: AtomicUsize::default(),
        }))
    }

    /// Sets the host that carries out the effects.
    pub fn attach(&self, host: Arc<dyn Host>) {
        self.0.lock().attach(host);
    }

    /// Aborts the connection, tells the host a last time, and lets go of it: nothing is called
    /// after this returns.
    pub fn detach(&self) {
        self.abort();
        let host = self.0.lock().detach();
        drop(host);
    }

    /// Where the connection stands.
    pub fn state(&self) -> State {
        self.0.lock().state()
    }

    /// The kind of the last error since the last connection was made.
    pub fn last_error(&self) -> Option<ErrorKind> {
        self.0.lock().last_error()
    }

    /// That error with all that is known of it.
    pub fn failure(&self) -> Option<Failure> {
        self.0.lock().failure()
    }

    /// Says what the next attempt is about, for the case that its name cannot be resolved.
    pub fn intend(&self, address: Address) {
        self.0.lock().intend(address);
    }

    /// Whether there is a connection that has not begun to end.
    pub fn is_usable(&self) -> bool {
        self.0.lock().is_usable()
    }

    /// Sets the name that is shown before the next attempt; false while one is under way.
    pub fn set_name(&self, name: &str) -> bool {
        self.0.lock().set_name(name)
    }

    /// Says by which server the descriptor was accepted that has just been taken over.
    pub fn set_accepted_by(&self, server: &str) {
        self.0.lock().set_accepted_by(server);
    }

    /// The server's name as the user gave it, or the short form of what the kernel says.
    pub fn name(&self) -> String {
        self.0.lock().name()
    }

    /// The server's address; unnamed while there is no connection.
    pub fn address(&self) -> Address {
        self.0.lock().address()
    }

    /// The descriptor's number, for socket options; it stays this stream's.
    pub fn raw_descriptor(&self) -> Option<i32> {
        self.0.lock().raw_descriptor()
    }

    /// The credentials of the peer, as long as there is a connection.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`] when there is none; the kind of the failed system call otherwise.
    pub fn peer_credentials(&self) -> Result<PeerCredentials> {
        self.ask_peer(PeerCredentials::of)
    }

    /// A descriptor of the process at the other end, which is never taken for another one, as a
    /// process id may be. It becomes readable when the process ends.
    ///
    /// # Errors
    /// As [`Stream::peer_credentials`]; also when the kernel has none (before Linux 6.5), or the
    /// process has ended.
    pub fn peer_process(&self) -> Result<OwnedFd> {
        self.ask_peer(peer::peer_process)
    }

    pub(crate) fn set_meter(&self, meter: Box<dyn Meter>) {
        self.0.lock().set_meter(meter);
    }

    pub(crate) fn peer_uid(&self) -> Result<u32> {
        self.ask_peer(peer::peer_uid)
    }

    fn ask_peer<T>(&self, ask: impl FnOnce(BorrowedFd<'_>) -> Result<T>) -> Result<T> {
        let driver = self.0.lock();
        let descriptor = driver.descriptor();
        descriptor.map_or(Err(Error::new(ErrorKind::NotConnected, Operation::Getsockopt)), ask)
    }

    /// How many bytes have ever arrived.
    pub fn received(&self) -> u64 {
        self.0.lock().received()
    }

    /// How many bytes the kernel has ever taken.
    pub fn sent(&self) -> u64 {
        self.0.lock().sent()
    }

    /// Connects, which ends before this returns unless the server's backlog is full.
    ///
    /// Effects tell the outcome. `address` may be the error that resolving the name gave: it is
    /// then announced like any other. `timeout` bounds the wait for room; `None` waits for ever.
    pub fn connect(
        &self,
        address: Result<Address>,
        reactor: Result<Arc<Reactor>>,
        timeout: Option<Duration>,
    ) {
        let mut driver = self.0.lock();
        if driver.state() == State::Unconnected {
            // What is still to be said about an earlier connection is said before.
            driver.release();
        }
        if self.0.drive_on(driver).is_none() {
            return;
        }
        let mut driver = self.0.lock();
        let started = driver.start_connecting();
        let epoch = driver.epoch();
        drop(driver);
        if !self.0.drive() || !started {
            return;
        }
        let mut driver = self.0.lock();
        if driver.epoch() == epoch {
            driver.attempt_to_connect(address, reactor, timeout);
        }
        drop(driver);
        self.0.drive();
    }

    /// Checks whether a descriptor can be taken over at all, and of what type it is.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when it is no socket, or belongs to a stream of this process already.
    pub fn check_adoptable(descriptor: BorrowedFd<'_>) -> Result<Kind> {
        if owned::is_owned(descriptor) {
            return Err(Error::new(ErrorKind::Unsupported, Operation::OwnedDescriptor));
        }
        socket::kind(descriptor).map_err(|errno| Error::from_errno(errno, Operation::Getsockopt))
    }

    /// Takes over a descriptor, in a state that is taken as given. Without one that is all, and the
    /// error is remembered, unless it is [`ErrorKind::InvalidState`].
    pub fn adopt(&self, descriptor: Result<OwnedFd>, state: State, reactor: Result<Arc<Reactor>>) {
        self.0.lock().adopt(descriptor, None, state, reactor);
        self.0.drive();
    }

    /// As [`Stream::adopt`], of a descriptor whose type is known already.
    pub fn adopt_checked(
        &self,
        checked: Result<(OwnedFd, Kind)>,
        state: State,
        reactor: Result<Arc<Reactor>>,
    ) {
        let kind = checked.as_ref().ok().map(|(_, kind)| *kind);
        self.0.lock().adopt(checked.map(|(descriptor, _)| descriptor), kind, state, reactor);
        self.0.drive();
    }

    /// Whether received bytes are kept; otherwise they are thrown away unannounced.
    pub fn set_readable(&self, readable: bool) {
        self.0.lock().set_readable(readable);
    }

    /// Moves received bytes to `into`, whose room need not be initialised.
    pub fn read(&self, into: &mut [MaybeUninit<u8>]) -> Read {
        self.consume(|input| input.read(into))
    }

    /// As [`Stream::read`], into room that is initialised.
    pub fn read_slice(&self, into: &mut [u8]) -> Read {
        self.consume(|input| input.read_slice(into))
    }

    /// Moves all received bytes out.
    pub fn read_all(&self) -> Vec<u8> {
        let mut all = Vec::new();
        self.consume(|input| {
            all.extend_from_slice(input.as_slice());
            input.skip(all.len())
        });
        all
    }

    /// Moves received bytes to `into`, up to and with the next newline.
    pub fn read_line(&self, into: &mut [MaybeUninit<u8>]) -> Read {
        self.consume(|input| {
            let count = input.line_len().unwrap_or(input.len()).min(into.len());
            input.read(&mut into[..count])
        })
    }

    /// Throws away up to `count` received bytes.
    pub fn skip(&self, count: usize) -> Read {
        self.consume(|input| input.skip(count))
    }

    fn consume(&self, take: impl FnOnce(&mut InputBuffer) -> usize) -> Read {
        self.0.lock().consume(take)
    }

    /// How many received bytes are not read yet.
    pub fn bytes_available(&self) -> usize {
        self.0.available.load(Relaxed)
    }

    /// Whether a whole line can be read.
    pub fn has_line(&self) -> bool {
        self.0.lock().has_line()
    }

    /// The most that is received before it is read, in bytes; 0 is no limit.
    pub fn read_limit(&self) -> usize {
        self.0.lock().read_limit()
    }

    /// Sets how many bytes may be received before they are read; 0 is no limit. At the limit nothing is
    /// received until everything is read.
    pub fn set_read_limit(&self, limit: usize) {
        self.0.lock().set_read_limit(limit);
    }

    /// Queues everything, or what a limit has room for, and returns how much that is; `None` when
    /// there is no connection to write to, or this write is what ends it.
    ///
    /// Nothing is sent before the turn ends, or a flush or a wait sends it.
    pub fn write(&self, data: &[u8]) -> Option<usize> {
        let taken = self.0.lock().write(data);
        if taken.is_some() && mutation::is("announced-in-write") {
            self.flush();
        }
        taken
    }

    /// As [`Stream::write`]; the descriptors go with the first byte.
    ///
    /// # Errors
    /// Gives them back when nothing was taken, and when they are more than one byte can carry (253).
    pub fn write_with_descriptors(
        &self,
        data: &[u8],
        descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<usize, Vec<OwnedFd>> {
        self.0.lock().write_with_descriptors(data, descriptors)
    }

    /// How many descriptors may have arrived and not been taken; 0 when none is received.
    pub fn descriptor_limit(&self) -> usize {
        self.0.lock().descriptor_limit()
    }

    /// Receives descriptors from now on, up to so many that are not taken. More of them end the
    /// connection with [`ErrorKind::LimitExceeded`]. With 0, as without this, the kernel closes those
    /// that arrive.
    pub fn set_descriptor_limit(&self, most: usize) {
        self.0.lock().set_descriptor_limit(most);
    }

    /// The next descriptor that has arrived: at the latest with the bytes that it went with.
    pub fn take_descriptor(&self) -> Option<OwnedFd> {
        self.0.lock().take_descriptor()
    }

    /// How messages are told apart; `None`, the default, when the user reads bytes.
    pub fn framing(&self) -> Option<Framing> {
        self.0.lock().framing()
    }

    /// Sets that, from the first byte on that was not read. Those that a host has read ahead go in
    /// front of what is here.
    ///
    /// With a framing [`Stream::read`] and the like give nothing, and [`Effect::MessageReady`] comes in
    /// place of [`Effect::ReadyRead`]; for what is there already it comes as the turn ends.
    ///
    /// [`Effect::MessageReady`]: crate::Effect::MessageReady
    /// [`Effect::ReadyRead`]: crate::Effect::ReadyRead
    pub fn set_framing(&self, framing: Option<Framing>, read_ahead: &[u8]) {
        self.0.lock().set_framing(framing, read_ahead);
    }

    /// How long a message may be, in bytes.
    pub fn message_limit(&self) -> usize {
        self.0.lock().message_limit()
    }

    /// Sets how long a message may be, up to [`Framing::LARGEST`]; 0 stands for
    /// [`Framing::DEFAULT_MOST`]. A longer one from the peer ends the connection with
    /// [`ErrorKind::LimitExceeded`].
    pub fn set_message_limit(&self, most: usize) {
        self.0.lock().set_message_limit(most);
    }

    /// Queues a whole message with what frames it, or nothing.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`] when it can never be sent: it is longer than a message may be, or
    /// than [`WriteLimits::most`] allows, or it is no line in [`Framing::Lines`], or there is no
    /// framing. [`ErrorKind::LimitExceeded`] when the queue has no room for it now, which may be what
    /// ends the connection. [`ErrorKind::NotConnected`] when there is no connection.
    pub fn write_message(&self, message: &[u8]) -> Result<()> {
        self.0.lock().write_message(message)
    }

    /// Fails as [`Stream::write_message`] does while there is no connection.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`], always.
    pub fn refuse_message(&self) -> Result<()> {
        Err(self.0.lock().refuse_message())
    }

    /// Whether a message can be read.
    pub fn has_message(&self) -> bool {
        self.0.lock().has_message()
    }

    /// Shows the next message to `take`, and forgets it. `take` must not call the stream.
    pub fn read_message<T>(&self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.0.lock().read_message(take)
    }

    /// What bounds the bytes that are written and not sent.
    pub fn write_limits(&self) -> WriteLimits {
        self.0.lock().write_limits()
    }

    /// Sets these bounds. What is queued already stays.
    pub fn set_write_limits(&self, limits: WriteLimits) {
        self.0.lock().set_write_limits(limits);
    }

    /// How many written bytes are not announced as written yet.
    pub fn bytes_to_write(&self) -> usize {
        self.0.to_write.load(Relaxed)
    }

    /// Sends what the kernel takes now, and announces it; true when that was anything.
    pub fn flush(&self) -> bool {
        let moved = self.0.lock().flush();
        self.0.drive();
        moved
    }

    /// Ends the connection once everything is sent. What arrived stays readable.
    pub fn disconnect(&self) {
        self.0.lock().disconnect();
        self.0.drive();
    }

    /// As [`Stream::disconnect`], and closes the device at once: what arrived is thrown away.
    pub fn close(&self) {
        self.0.lock().close();
        if self.0.drive() {
            self.0.lock().forget_old_names();
        }
    }

    /// Ends the connection at once. What was not sent or not read is thrown away.
    pub fn abort(&self) {
        self.0.lock().abort();
        if self.0.drive() {
            self.0.lock().forget_old_names();
        }
    }

    /// Ends the part of the old thread; call it there. Nothing happens until
    /// [`Stream::join_thread`], and handlers that still run there no longer matter.
    pub fn leave_thread(&self) {
        self.0.lock().leave_thread();
    }

    /// Goes on with this thread's reactor; call it on the new thread.
    pub fn join_thread(&self, reactor: Result<Arc<Reactor>>) {
        self.0.lock().join_thread(reactor);
        self.0.drive();
    }
}

impl Deref for Locked<'_> {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.driver
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Driver {
        &mut self.driver
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // The lock orders these for a thread that takes the stream over.
        self.shared.available.store(self.driver.input().len(), Relaxed);
        self.shared.to_write.store(self.driver.bytes_to_write(), Relaxed);
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

impl Shared {
    pub(crate) fn lock(&self) -> Locked<'_> {
        Locked { driver: lock(&self.driver), shared: self }
    }

    /// Hands every effect that is due to the host, one at a time and with nothing held. False when
    /// the host is gone, another thread has taken over, or a handler has interrupted the call: the
    /// caller returns at once then.
    pub(crate) fn drive(&self) -> bool {
        self.drive_on(self.lock()).is_some()
    }

    /// As [`Shared::drive`], for a caller that holds the driver and goes on with it.
    pub(crate) fn drive_on<'a>(&'a self, mut driver: Locked<'a>) -> Option<Locked<'a>> {
        let epoch = driver.epoch();
        while let Some((host, effect)) = driver.next_effect() {
            drop(driver);
            announced::announced(effect).into_iter().for_each(|effect| host.carry_out(effect));
            // The last reference to a host may be this one: let it go without the lock.
            drop(host);
            driver = self.lock();
            if driver.epoch() != epoch {
                return None;
            }
            driver.handled(effect);
            if is_unwinding() {
                driver.go_on_later();
                return None;
            }
        }
        Some(driver)
    }
}

impl Shared {
    /// Receives what is there and announces it; None when the caller is to return at once.
    pub(crate) fn receive<'a>(
        &'a self,
        mut driver: Locked<'a>,
        readiness: Readiness,
    ) -> Option<Locked<'a>> {
        if readiness.readable {
            driver.receive(readiness.hang_up);
        }
        driver.release_transfer();
        let mut driver = self.drive_on(driver)?;
        driver.use_room();
        Some(driver)
    }
}

impl Source for Shared {
    fn ready(&self, readiness: Readiness) {
        let mut driver = self.lock();
        driver.begin_service();
        // The peer's end is reported while reading is paused, too. It is once everything is read that
        // more is received, and that it is reported again.
        let waits = readiness.readable && driver.is_paused();
        let served = if waits { self.drive_on(driver) } else { self.receive(driver, readiness) };
        let Some(mut driver) = served else { return };
        driver.end_service();
        // It may have begun to end when there was room again to read into.
        if driver.end_turn(readiness.writable) || driver.is_ending() {
            self.drive_on(driver);
        }
    }

    fn turn_ended(&self) -> bool {
        let mut driver = self.lock();
        let ended = driver.turn_ended();
        if ended {
            self.drive_on(driver);
        }
        ended
    }

    fn interrupt(&self) {
        self.lock().interrupt_service();
    }

    fn retry(&self, turn: Turn) -> Waiting {
        let waiting = self.lock().try_connecting(turn);
        self.drive();
        waiting
    }
}
