// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The driver of a connection: it owns the descriptor and the two queues, makes the system calls,
//! and tells the machine what came of them. It never calls out.
//!
//! This file has what the driver is; [`connect`], [`receive`], [`send`], [`messages`], [`pressure`],
//! [`passing`] and [`watch`] have what it does.

mod connect;
mod messages;
mod passing;
mod pressure;
mod receive;
mod send;
mod watch;

pub use pressure::{SlowPeer, WriteLimits};
pub use receive::Read;
pub(crate) use watch::Watched;

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::{Arc, Weak};

use crate::error::{Error, ErrorKind, Operation};
use crate::failure::Failure;
use crate::machine::{Connection, Effect, State};
use crate::names::Address;
use crate::stream::host::Host;
use crate::stream::input::InputBuffer;
use crate::stream::meter::Meter;

use crate::mutation;
use crate::reactor::{Reactor, Source, Ticket, Token};
use crate::stream::output::OutputQueue;
use crate::sys::owned::OwnedSocket;
use crate::sys::poller::Interest;
use crate::sys::socket::{self, Kind, Name};
use connect::Attempt;
use messages::Framed;
use passing::Passing;
use pressure::Pressure;

#[derive(Default)]
pub(crate) struct Driver {
    /// What the reactor is given to call.
    me: Option<Weak<dyn Source>>,
    host: Option<Arc<dyn Host>>,
    /// Changes whenever a call that is under way must not go on: the host is gone, or another
    /// thread has taken over.
    epoch: u32,
    connection: Connection,
    attempt: Option<Box<Attempt>>,
    /// Shared with a wait, see [`Watched`](watch::Watched).
    descriptor: Option<Arc<OwnedSocket>>,
    /// What reading from it gives.
    kind: Kind,
    reactor: Option<Arc<Reactor>>,
    registration: Option<(Token, Interest)>,
    /// The reactor has been asked to end this turn.
    deferred: Option<Ticket>,
    /// The reactor serves this connection: it ends the turn without being asked.
    is_served: bool,
    /// There is something to do then, should the turn end in an event loop of a handler.
    wants_turn: bool,
    /// It is to end the connection then, if nothing is left to be sent.
    ends_in_turn: bool,
    /// How many connections and attempts have ended.
    ended: u32,
    input: InputBuffer,
    /// The most that may be received and not read; 0 is no limit.
    read_limit: usize,
    /// The limit is reached: nothing is received until everything is read.
    paused: bool,
    /// What arrives is thrown away: the user has opened for writing only.
    write_only: bool,
    /// How many bytes have ever arrived.
    received: u64,
    /// How often there has been more for the user to read, bytes or messages.
    arrivals: u64,
    /// What arrives as messages; most connections have bytes.
    framed: Option<Box<Framed>>,
    output: OutputQueue,
    /// How many bytes the kernel has ever taken.
    sent: u64,
    /// The kernel took less than it was offered: it says when it takes more.
    blocked: bool,
    /// What bounds the output; most connections have no bounds.
    pressure: Option<Box<Pressure>>,
    /// Descriptors on their way; most connections pass none.
    passing: Option<Box<Passing>>,
    /// What counts its bytes, if anything does.
    meter: Option<Box<dyn Meter>>,
    name: Box<str>,
    peer: Peer,
    last_error: Option<Error>,
    /// After that error came a call that did not fit the state.
    is_misused: bool,
}

/// The server at one end of the connection.
#[derive(Default)]
enum Peer {
    #[default]
    None,
    /// What was connected to.
    Server(Address),
    /// What it tried to connect to, or was connected to before it failed: for errors alone.
    Intended(Address),
    /// The kernel knows: the descriptor came from outside.
    AskKernel,
    /// The kernel knows the address; a server that was given a path shows it as its name.
    Accepted,
}

impl Driver {
    /// `me` is what the reactor is to call: the lock around this driver.
    pub(crate) fn new(me: Weak<dyn Source>) -> Self {
        Self { me: Some(me), ..Self::default() }
    }

    fn me(&self) -> Option<Arc<dyn Source>> {
        self.me.as_ref()?.upgrade()
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
        self.framed = None;
        self.output.clear();
        self.connection.adopt(State::Unconnected);
        self.host.take()
    }

    pub(crate) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The next effect and the host that carries it out. A descriptor is closed and names are forgotten by
    /// the time that the user hears of it.
    pub(crate) fn next_effect(&mut self) -> Option<(Arc<dyn Host>, Effect)> {
        // Without a host no effect is taken; the reference is counted only for one that is.
        let host = self.host.as_ref()?;
        let effect = match self.connection.next_effect()? {
            Effect::ReadyRead if self.framed.is_some() => self.input_effect(),
            effect => effect,
        };
        let host = host.clone();
        if self.connection.is_ending() {
            // An event loop that a handler runs would be told of the end again and again.
            self.deregister();
        }
        match effect {
            Effect::StateChanged(State::Connected) => {
                self.last_error = None;
                self.is_misused = false;
                self.clear_input();
                self.forget_incoming_descriptors();
                self.update_interest();
            }
            Effect::StateChanged(State::Closing) => {
                self.update_interest();
                if self.connection.is_announcing_output() {
                    self.end_in_turn();
                }
            }
            Effect::StateChanged(State::Unconnected) => {
                self.close_descriptor();
                self.forget_names();
                self.ended = self.ended.wrapping_add(1);
            }
            // An event loop that the handler runs goes on with what follows.
            Effect::ReadyRead | Effect::MessageReady if self.connection.is_holding() => {
                self.defer();
            }
            Effect::BytesWritten(_) if self.state() == State::Closing => self.end_in_turn(),
            Effect::ErrorOccurred(error) => {
                self.is_misused = error.kind() == ErrorKind::InvalidState;
                self.remember_error(error);
            }
            _ => {}
        }
        Some((host, effect))
    }

    /// A call that did not fit the state leaves the error of the connection alone.
    fn remember_error(&mut self, error: Error) {
        if error.kind() != ErrorKind::InvalidState {
            self.last_error = Some(error);
        }
    }

    pub(crate) fn handled(&mut self, effect: Effect) {
        self.connection.handled(effect);
        match effect {
            // Until then its handlers can read what is left.
            Effect::CloseDevice => self.clear_input(),
            // They may have written more.
            Effect::StateChanged(State::Closing) | Effect::BytesWritten(_) => {
                self.close_when_drained();
            }
            // Until then `bytes_to_write` tells how much never left, as with Qt, unless the user has
            // closed already or has seen sending fail.
            Effect::Disconnected if self.state() == State::Unconnected => self.output.clear(),
            Effect::ErrorOccurred(_) if self.connection.ends_next() => {
                self.output.clear();
            }
            _ => {}
        }
    }

    /// As with Qt, an event loop that a handler runs goes on with the end.
    fn end_in_turn(&mut self) {
        self.ends_in_turn = true;
        self.defer();
    }

    pub(crate) fn close_when_drained(&mut self) {
        if self.output.is_empty() {
            self.connection.drained();
        }
    }

    pub(crate) fn release(&mut self) {
        self.connection.release();
    }

    pub(crate) fn release_transfer(&mut self) -> bool {
        self.connection.release_transfer()
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

    pub(crate) fn is_in_passage(&self) -> bool {
        self.connection.is_in_passage()
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.descriptor.is_some() && !(self.is_ending() && self.connection.is_over())
    }

    pub(crate) fn last_error(&self) -> Option<ErrorKind> {
        self.last_error.map(|error| error.kind())
    }

    pub(crate) fn failure(&self) -> Option<Failure> {
        let address = match &self.peer {
            Peer::Intended(address) => address.clone(),
            _ => self.address(),
        };
        let misuse =
            self.is_misused.then(|| Error::new(ErrorKind::InvalidState, Operation::Connect));
        misuse.or(self.last_error).map(|error| Failure::new(error, address))
    }

    /// Names what the next attempt is about, for its error, even if none can be made.
    pub(crate) fn intend(&mut self, address: Address) {
        if self.state() == State::Unconnected {
            self.peer = Peer::Intended(address);
        }
    }

    pub(crate) fn raw_descriptor(&self) -> Option<i32> {
        self.descriptor.as_ref().map(|descriptor| descriptor.as_raw_fd())
    }

    pub(crate) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.descriptor.as_ref().map(|descriptor| descriptor.as_fd())
    }

    /// Counts bytes from now on, until the connection has ended.
    pub(crate) fn set_meter(&mut self, meter: Box<dyn Meter>) {
        self.meter = Some(meter);
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
            Peer::None | Peer::Server(_) | Peer::Intended(_) | Peer::Accepted => {
                self.name.clone().into()
            }
        }
    }

    pub(crate) fn address(&self) -> Address {
        match &self.peer {
            Peer::None | Peer::Intended(_) => Address::Unnamed,
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
        if mutation::is("name-left") {
            return;
        }
        self.name = Box::default();
        self.peer = match std::mem::take(&mut self.peer) {
            Peer::Server(address) | Peer::Intended(address) => Peer::Intended(address),
            Peer::None | Peer::AskKernel | Peer::Accepted => Peer::None,
        };
    }

    /// Forgets the names unless a handler has connected again.
    pub(crate) fn forget_old_names(&mut self) {
        let is_old = match self.state() {
            State::Closing | State::Unconnected => true,
            State::Connecting => self.is_ending(),
            State::Connected => false,
        };
        if is_old {
            self.forget_names();
        }
    }

    // Ending.

    pub(crate) fn disconnect(&mut self) {
        self.leave_messages();
        self.close_when_drained();
        self.connection.disconnect();
    }

    pub(crate) fn close(&mut self) {
        self.leave_messages();
        self.close_when_drained();
        self.connection.close();
    }

    pub(crate) fn abort(&mut self) {
        if mutation::is("abort-sends") {
            self.flush();
        }
        self.clear_input();
        self.output.clear();
        self.connection.abort();
    }

    fn close_descriptor(&mut self) {
        self.deregister();
        self.paused = false;
        self.stop_waiting();
        self.attempt = None;
        self.descriptor = None;
        self.meter = None;
        self.blocked = false;
        self.relax();
        self.forget_outgoing_descriptors();
    }
}
