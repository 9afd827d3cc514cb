// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The driver of a connection: it owns the descriptor and the two queues, makes the system calls,
//! and tells the machine what came of them. It never calls out.

use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::buffer::{InputBuffer, OutputQueue};
use crate::connection::{Connection, Effect, State};
use crate::error::{Error, ErrorKind, Result};
use crate::reactor::{Reactor, Token, Turn, Waiting};
use crate::stream::{Host, Read, Shared};
use crate::sys::poller::{self, Interest, Readiness};
use crate::sys::socket::{self, Name, SocketAddress};
use crate::sys::Errno;

#[derive(Default)]
pub(crate) struct Driver {
    /// What the reactor is given to call.
    me: Weak<Shared>,
    host: Option<Arc<dyn Host>>,
    /// Changes whenever a call that is under way must not go on: the host is gone, or another
    /// thread has taken over.
    epoch: u32,
    connection: Connection,
    attempt: Option<Box<Attempt>>,
    descriptor: Option<OwnedFd>,
    reactor: Option<Arc<Reactor>>,
    registration: Option<(Token, Interest)>,
    /// The reactor has been asked to end this turn.
    deferred: bool,
    /// How many connections and attempts have ended.
    ended: u32,
    input: InputBuffer,
    /// The most that may be received and not read; 0 is no limit.
    read_limit: usize,
    /// The limit is reached: nothing is received until everything is read.
    paused: bool,
    /// The reactor has been asked to look whether everything is read.
    asks_to_resume: bool,
    /// What arrives is thrown away: the user has opened for writing only.
    write_only: bool,
    /// How many bytes have ever arrived.
    received: u64,
    output: OutputQueue,
    /// How many bytes the kernel has ever taken.
    sent: u64,
    /// The kernel took less than it was offered: it says when it takes more.
    blocked: bool,
    name: Box<str>,
    peer: Peer,
    last_error: Option<ErrorKind>,
}

/// A connection that is not there yet.
struct Attempt {
    descriptor: OwnedFd,
    address: Address,
    socket_address: SocketAddress,
    deadline: Option<Instant>,
}

/// The server at one end of the connection.
#[derive(Default)]
enum Peer {
    #[default]
    None,
    /// What was connected to.
    Server(Address),
    /// The kernel knows: the descriptor came from outside.
    AskKernel,
    /// The kernel knows the address; a server that was given a path shows it as its name.
    Accepted,
}

/// How much room a new block has, in bytes.
const BLOCK: usize = 64 * 1024;

/// A block with less room than this is made larger before it receives.
const SMALLEST_ROOM: usize = 4 * 1024;

/// The largest block that is kept for the next stream.
const LARGEST_BLOCK: usize = 1024 * 1024;

/// How much one stream receives before the others get their turn.
const FAIR_SHARE: usize = 256 * 1024;

impl Driver {
    pub(crate) fn new(me: Weak<Shared>) -> Self {
        Self { me, ..Self::default() }
    }

    // The host.

    pub(crate) fn attach(&mut self, host: Arc<dyn Host>) {
        self.host = Some(host);
    }

    /// Ends every call that is under way. The caller drops the host without the lock.
    pub(crate) fn detach(&mut self) -> Option<Arc<dyn Host>> {
        self.epoch += 1;
        // A handler of the last effects may have connected again.
        self.close_descriptor();
        self.leave_reactor();
        self.input = InputBuffer::default();
        self.output.clear();
        self.connection.adopt(State::Unconnected);
        self.host.take()
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The next effect and who carries it out. A descriptor is closed and names are forgotten by
    /// the time that the user hears of it.
    pub(crate) fn next_effect(&mut self) -> Option<(Arc<dyn Host>, Effect)> {
        let host = self.host.clone()?;
        let effect = self.connection.next_effect()?;
        match effect {
            Effect::StateChanged(State::Connected) => {
                self.last_error = None;
                self.update_interest();
            }
            Effect::StateChanged(State::Closing) => {
                self.update_interest();
                if self.output.is_empty() {
                    self.connection.drained();
                }
            }
            Effect::StateChanged(State::Unconnected) => {
                self.close_descriptor();
                self.output.clear();
                self.forget_names();
                self.ended = self.ended.wrapping_add(1);
            }
            // A call that did not fit the state leaves the error of the connection alone.
            Effect::ErrorOccurred(error) if error.kind() != ErrorKind::InvalidState => {
                self.last_error = Some(error.kind());
            }
            Effect::CloseDevice => self.input.clear(),
            _ => {}
        }
        Some((host, effect))
    }

    pub(crate) fn handled(&mut self, effect: Effect) {
        self.connection.handled(effect);
    }

    // What there is.

    pub(crate) fn state(&self) -> State {
        self.connection.state()
    }

    pub(crate) fn is_ending(&self) -> bool {
        self.connection.is_ending()
    }

    pub(crate) fn ended(&self) -> u32 {
        self.ended
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.descriptor.is_some() && !self.is_ending()
    }

    pub(crate) fn last_error(&self) -> Option<ErrorKind> {
        self.last_error
    }

    pub(crate) fn raw_descriptor(&self) -> Option<i32> {
        self.descriptor.as_ref().map(AsRawFd::as_raw_fd)
    }

    pub(crate) fn set_name(&mut self, name: &str) -> bool {
        let allowed = self.state() == State::Unconnected;
        if allowed {
            self.name = name.into();
        }
        allowed
    }

    /// The connection comes from a server of this name. Most names the kernel knows just as well,
    /// and then nothing is kept for each connection.
    pub(crate) fn set_accepted_by(&mut self, server: &str) {
        if server.starts_with('/') && matches!(self.peer, Peer::AskKernel) {
            self.name = server.into();
            self.peer = Peer::Accepted;
        }
    }

    pub(crate) fn name(&self) -> String {
        match self.peer {
            Peer::AskKernel => match self.address_from_kernel() {
                Address::Unnamed => self.name.clone().into(),
                address => String::from_utf8_lossy(address.short_name()).into_owned(),
            },
            Peer::None | Peer::Server(_) | Peer::Accepted => self.name.clone().into(),
        }
    }

    pub(crate) fn address(&self) -> Address {
        match &self.peer {
            Peer::None => Address::Unnamed,
            Peer::Server(address) => address.clone(),
            Peer::AskKernel | Peer::Accepted => self.address_from_kernel(),
        }
    }

    /// The name of the end that has one: the peer's, or this one's when it was accepted.
    fn address_from_kernel(&self) -> Address {
        let Some(descriptor) = &self.descriptor else { return Address::Unnamed };
        match socket::peer_name(descriptor) {
            Ok(Name::Unnamed) | Err(_) => socket::local_name(descriptor),
            Ok(name) => Ok(name),
        }
        .map_or(Address::Unnamed, Address::from)
    }

    fn forget_names(&mut self) {
        self.name = Box::default();
        self.peer = Peer::None;
    }

    /// Forgets the names unless a handler has connected again.
    pub(crate) fn forget_old_names(&mut self) {
        if matches!(self.state(), State::Closing | State::Unconnected) {
            self.forget_names();
        }
    }

    // Connecting.

    /// False when a connection or an attempt is there already, which is an error of its own.
    pub(crate) fn start_connecting(&mut self) -> bool {
        if self.state() != State::Unconnected {
            self.connection.report(Error::new(ErrorKind::InvalidState, "connect"));
            return false;
        }
        self.input.clear();
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

    /// Whether trying again may make the connection, or whether the outcome is there already.
    pub(crate) fn can_connect(&self) -> bool {
        self.attempt.is_some() || self.is_ending()
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
        self.descriptor = Some(attempt.descriptor);
        self.peer = Peer::Server(attempt.address);
        match self.register(Interest { read: true, write: false }) {
            Ok(()) => self.connection.connect_succeeded(),
            Err(error) => self.connection.connect_failed(error),
        }
    }

    fn await_room(&self) {
        if let (Some(attempt), Some(reactor), Some(me)) =
            (&self.attempt, &self.reactor, self.me.upgrade())
        {
            reactor.await_room(attempt.address.clone(), me);
        }
    }

    pub(crate) fn adopt(
        &mut self,
        descriptor: Option<OwnedFd>,
        state: State,
        reactor: Result<Arc<Reactor>>,
    ) {
        self.close_descriptor();
        self.peer = Peer::None;
        self.input.clear();
        self.output.clear();
        self.connection.adopt(state);
        let Some(descriptor) = descriptor else {
            self.last_error = Some(ErrorKind::Unsupported);
            return;
        };
        // Every call asks not to block; this is for who uses the descriptor directly.
        let ready = socket::adopt(&descriptor).map_err(|errno| Error::from_errno(errno, "fcntl"));
        self.descriptor = Some(descriptor);
        self.peer = Peer::AskKernel;
        let joined = ready.and(reactor).and_then(|reactor| {
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

    // Receiving.

    pub(crate) fn input(&self) -> &InputBuffer {
        &self.input
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    pub(crate) fn read_limit(&self) -> usize {
        self.read_limit
    }

    pub(crate) fn set_read_limit(&mut self, limit: usize) {
        self.read_limit = limit;
        if limit == 0 || self.unread() < limit {
            self.paused = false;
        }
        self.update_interest();
    }

    pub(crate) fn set_readable(&mut self, readable: bool) {
        self.write_only = !readable;
    }

    pub(crate) fn consume(&mut self, take: impl FnOnce(&mut InputBuffer) -> usize) -> Read {
        let count = take(&mut self.input);
        if count > 0 && self.input.is_empty() && !self.connection.is_announcing_input() {
            // An idle connection keeps no block: the turn's end frees it.
            self.defer();
        }
        if count == 0 && self.input.is_empty() && self.state() == State::Unconnected {
            return Read::End;
        }
        Read::Bytes(count)
    }

    /// What the user has not read, in this buffer and in the host's.
    fn unread(&self) -> usize {
        self.input.len() + self.host.as_ref().map_or(0, |host| host.buffered())
    }

    /// Receives again once everything is read. Reads from the host's own buffer are not seen here,
    /// so the reactor asks at the end of each turn.
    pub(crate) fn resume_reading(&mut self) {
        if self.paused && self.unread() == 0 {
            self.paused = false;
            self.update_interest();
        }
    }

    /// The reactor asks: true when it need not ask again.
    pub(crate) fn resume(&mut self) -> bool {
        self.resume_reading();
        self.asks_to_resume = self.paused;
        !self.paused
    }

    fn pause_reading(&mut self) {
        self.paused = true;
        if let (false, Some(reactor), Some(me)) =
            (self.asks_to_resume, &self.reactor, self.me.upgrade())
        {
            self.asks_to_resume = true;
            reactor.pause(me);
        }
    }

    /// Nothing happens here before the user reads: the limit is reached, and the peer is gone.
    pub(crate) fn is_stuck(&self, readiness: Readiness) -> bool {
        self.paused && readiness.hang_up && self.output.is_empty()
    }

    /// Receives what is there, up to the fair share, and notices the end.
    ///
    /// A short read says that the kernel has no more, unless the peer has hung up: then the end of
    /// file is read too, in the same turn.
    pub(crate) fn receive(&mut self, spare: &mut Vec<u8>, hang_up: bool) {
        let mut share = FAIR_SHARE;
        self.input.borrow_block(spare);
        while share > 0 && self.may_receive() {
            let room = self.make_room();
            let Some(descriptor) = &self.descriptor else { return };
            if room == 0 {
                self.pause_reading();
                break;
            }
            match socket::receive(descriptor, self.input.tail(), room) {
                Ok(0) => {
                    self.connection.peer_ended(Error::new(ErrorKind::PeerClosed, "recv"));
                    break;
                }
                Ok(count) => {
                    if self.write_only {
                        self.input.clear();
                    } else {
                        self.received += count as u64;
                        self.connection.received();
                    }
                    if count < room && !hang_up {
                        break;
                    }
                    share = share.saturating_sub(count);
                }
                Err(Errno::AGAIN) => break,
                Err(errno) => {
                    self.connection.peer_ended(receive_error(errno));
                    break;
                }
            }
        }
        self.update_interest();
    }

    fn may_receive(&self) -> bool {
        matches!(self.state(), State::Connected | State::Closing) && !self.is_ending()
    }

    /// How much may be received next. Without a limit that is all of the block's room.
    fn make_room(&mut self) -> usize {
        let tail = self.input.tail();
        if tail.capacity() - tail.len() < SMALLEST_ROOM {
            tail.reserve(BLOCK);
        }
        match self.read_limit {
            0 => self.input.spare(),
            limit => limit.saturating_sub(self.unread()).min(self.input.spare()),
        }
    }

    pub(crate) fn return_block(&mut self, spare: &mut Vec<u8>) {
        self.input.return_block(spare, LARGEST_BLOCK);
    }

    pub(crate) fn report(&mut self, error: Error) {
        self.connection.report(error);
    }

    // Sending.

    pub(crate) fn write(&mut self, data: &[u8]) -> bool {
        let is_open = matches!(self.state(), State::Connected | State::Closing);
        if !is_open || self.descriptor.is_none() {
            return false;
        }
        self.output.write(data);
        self.defer();
        true
    }

    pub(crate) fn bytes_to_write(&self) -> usize {
        self.output.len() + self.connection.unannounced_output()
    }

    /// How many bytes the kernel has ever taken.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    pub(crate) fn has_unsent(&self) -> bool {
        !self.output.is_empty()
    }

    /// Sends now, for the user: true when the kernel took anything.
    pub(crate) fn flush(&mut self) -> bool {
        let before = self.sent;
        if let Err(error) = self.send() {
            self.receive_rest();
            self.connection.send_failed(error);
            return false;
        }
        self.sent != before
    }

    /// Sends the turn's writes, or what the kernel has taken no more of until now; false when there
    /// is nothing to send.
    pub(crate) fn end_turn(&mut self, writable: bool) -> bool {
        if self.output.is_empty() || self.blocked && !writable {
            return false;
        }
        if let Err(error) = self.send() {
            self.receive_rest();
            // With the event loop it is the read side that ends a connection if it can, as with Qt.
            if !self.is_ending() {
                self.connection.send_failed(error);
            }
        }
        true
    }

    /// The reactor ends the turn that [`Driver::defer`] asked for.
    pub(crate) fn turn_ended(&mut self) -> bool {
        self.deferred = false;
        self.return_block(&mut Vec::new());
        self.end_turn(false)
    }

    /// Sends until the kernel takes no more, and lets that be announced.
    fn send(&mut self) -> Result<()> {
        self.blocked = false;
        while !self.output.is_empty() && !self.is_ending() && !self.blocked {
            let Some(descriptor) = &self.descriptor else { break };
            let mut offered = 0;
            let outcome = self.output.send(|slices| {
                offered = slices.iter().map(|slice| slice.len()).sum();
                socket::send(descriptor, slices)
            });
            match outcome {
                Ok(count) => {
                    self.sent += count as u64;
                    self.connection.sent(count);
                    self.blocked = count < offered;
                }
                Err(Errno::AGAIN) => self.blocked = true,
                Err(errno) => {
                    self.connection.announce_output();
                    return Err(Error::from_errno(errno, "send"));
                }
            }
        }
        self.connection.announce_output();
        if self.output.is_empty() {
            self.connection.drained();
        }
        self.update_interest();
        Ok(())
    }

    /// The peer takes nothing more. What it sent before is received, so that an answer is not lost
    /// because something was written after it.
    fn receive_rest(&mut self) {
        let mut spare = Vec::new();
        let mut before = None;
        while !self.is_ending() && before != Some(self.received) {
            before = Some(self.received);
            self.receive(&mut spare, true);
        }
        self.return_block(&mut spare);
    }

    fn defer(&mut self) {
        if self.deferred {
            return;
        }
        if let (Some(reactor), Some(me)) = (&self.reactor, self.me.upgrade()) {
            self.deferred = true;
            reactor.defer(me);
        }
    }

    // Ending.

    pub(crate) fn disconnect(&mut self) {
        self.connection.disconnect();
    }

    pub(crate) fn close(&mut self) {
        self.connection.close();
    }

    pub(crate) fn abort(&mut self) {
        self.input.clear();
        self.output.clear();
        self.connection.abort();
    }

    fn close_descriptor(&mut self) {
        self.deregister();
        self.paused = false;
        self.attempt = None;
        self.descriptor = None;
        self.blocked = false;
    }

    // The thread.

    pub(crate) fn leave_thread(&mut self) {
        self.deregister();
        self.leave_reactor();
        self.epoch += 1;
        self.connection.forget_handlers();
    }

    /// The reactor calls this stream no more.
    fn leave_reactor(&mut self) {
        if let (Some(reactor), Some(me)) = (self.reactor.take(), self.me.upgrade()) {
            reactor.forget(&*me);
        }
        self.deferred = false;
        self.paused = false;
        self.asks_to_resume = false;
    }

    pub(crate) fn join_thread(&mut self, reactor: Result<Arc<Reactor>>) {
        if self.reactor.is_some() {
            return;
        }
        let joined = reactor.and_then(|reactor| {
            self.reactor = Some(reactor);
            self.register(self.interest())
        });
        match joined {
            Ok(()) => self.await_room(),
            Err(error) => self.connection.peer_ended(error),
        }
        self.defer();
    }

    fn register(&mut self, interest: Interest) -> Result<()> {
        let (Some(descriptor), Some(reactor)) = (&self.descriptor, &self.reactor) else {
            return Ok(());
        };
        let Some(me) = self.me.upgrade() else { return Ok(()) };
        self.registration = Some((reactor.register(descriptor, interest, me)?, interest));
        Ok(())
    }

    fn deregister(&mut self) {
        if let (Some((token, _)), Some(descriptor), Some(reactor)) =
            (self.registration.take(), &self.descriptor, &self.reactor)
        {
            reactor.deregister(descriptor, token);
        }
    }

    fn interest(&self) -> Interest {
        // While closing nothing is read any more, as with Qt.
        Interest { read: self.state() == State::Connected && !self.paused, write: self.blocked }
    }

    fn update_interest(&mut self) {
        let wanted = self.interest();
        if let (Some((token, present)), Some(descriptor), Some(reactor)) =
            (self.registration.as_mut(), &self.descriptor, &self.reactor)
        {
            if *present != wanted {
                *present = wanted;
                if let Err(error) = reactor.reregister(descriptor, wanted, *token) {
                    self.connection.peer_ended(error);
                }
            }
        }
    }

    /// Waits for this descriptor alone; nothing is ready when the deadline has passed.
    ///
    /// # Errors
    /// When there is no descriptor to wait for.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> Result<Readiness> {
        let Some(descriptor) = &self.descriptor else {
            return Err(Error::new(ErrorKind::InvalidState, "poll"));
        };
        // The kernel takes bytes long before it says that it does, so what was never tried is due.
        let due = !self.output.is_empty() && !self.blocked;
        let deadline = if due { Some(Instant::now()) } else { deadline };
        let readiness = poller::wait_one(descriptor, self.interest(), deadline)
            .map_err(|errno| Error::from_errno(errno, "poll"))?;
        Ok(Readiness { writable: readiness.writable || due, ..readiness })
    }
}

/// recv(2) says `EINVAL` of a socket that has no other end.
fn receive_error(errno: Errno) -> Error {
    match errno {
        Errno::INVAL => Error::new(ErrorKind::NotConnected, "recv"),
        _ => Error::from_errno(errno, "recv"),
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
