// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The driver of a connection: composes the [`Link`], the [`Inbox`] and the [`Outbox`], feeds their
//! results to the machine, and applies its effects to them. It never calls out.
//!
//! This file has how effects are taken and how a connection ends; [`connect`], [`keep`], [`receive`]
//! and [`send`] have the rest.

mod connect;
mod keep;
mod receive;
mod send;

use std::sync::{Arc, Weak};

use qlocal_sys::poller::Interest;

use crate::failure::Failure;
use crate::machine::{Connection, Effect, State};
use crate::names::Address;
use crate::reactor::Source;

use super::attempt::Attempt;
use super::host::Host;
use super::inbox::Inbox;
use super::keeper::Keeper;
use super::label::Label;
use super::last_error::LastError;
use super::limits::Limits;
use super::link::Link;
use super::meter::Meter;
use super::outbox::Outbox;
use super::watched::Watched;

/// Queries that do not involve the machine go to the parts directly.
#[derive(Default)]
pub(super) struct Driver {
    host: Option<Arc<dyn Host>>,
    connection: Connection,
    attempt: Option<Box<Attempt>>,
    pub(super) link: Link,
    pub(super) inbox: Inbox,
    pub(super) outbox: Outbox,
    pub(super) label: Label,
    pub(super) last_error: LastError,
    /// Counts the bytes of the connection, if set.
    meter: Option<Box<dyn Meter>>,
    /// Connects again, if set.
    keeper: Option<Arc<dyn Keeper>>,
    /// The number of connections and attempts that have ended.
    ended: u32,
    /// The connection ends at the end of the turn, if everything is sent by then.
    ends_in_turn: bool,
    /// Whether the lock is held by a call that has found everything read, see `Gauges::DRAINED`.
    pub(super) shows_drained: bool,
}

impl Driver {
    /// `me` is the source that the reactor calls: the lock around this driver.
    pub fn new(me: Weak<dyn Source>) -> Self {
        Self { link: Link::new(me), ..Self::default() }
    }

    // The host.

    pub fn attach(&mut self, host: Arc<dyn Host>) {
        self.host = Some(host);
    }

    /// The caller must drop the host without the lock.
    pub fn detach(&mut self) -> Option<Arc<dyn Host>> {
        // A handler of the last effects may have connected again.
        self.close_descriptor();
        self.leave_reactor();
        self.inbox.reset();
        self.outbox.clear();
        self.connection.adopt(State::Unconnected);
        self.host.take()
    }

    /// Whether [`Driver::next_effect`] may return one.
    #[inline]
    pub fn has_effects(&self) -> bool {
        self.connection.has_effects()
    }

    /// As [`Driver::next_effect`], if that is `ReadyRead` and there are no others.
    #[inline]
    pub fn next_input(&mut self) -> Option<Arc<dyn Host>> {
        let host = self.host.as_ref()?;
        (!self.inbox.is_framed() && self.connection.take_input()).then(|| host.clone())
    }

    /// Leaves out `BytesWritten` if it is the only effect and the host does not need it. True if so.
    #[inline]
    pub fn leaves_out_output(&mut self) -> bool {
        let is_unheard = self.connection.has_only_output()
            && self.host.as_ref().is_some_and(|host| !host.hears_bytes_written());
        if is_unheard {
            self.connection.forget_output();
        }
        is_unheard
    }

    /// The next effect and the host that carries it out. The descriptor is closed and names are
    /// cleared before the user is notified of the end.
    pub fn next_effect(&mut self) -> Option<(Arc<dyn Host>, Effect)> {
        // Without a host no effect is taken. The host is cloned only if there is an effect.
        let host = self.host.as_ref()?;
        let effect = match self.connection.next_effect()? {
            Effect::ReadyRead if self.inbox.is_framed() => Effect::MessageReady,
            effect => effect,
        };
        let host = host.clone();
        if self.connection.is_ending() {
            // Otherwise an event loop that a handler runs would be notified of the end over and
            // over.
            self.link.deregister();
        }
        match effect {
            Effect::StateChanged(State::Connected) => {
                self.last_error.forget();
                self.clear_input();
                self.inbox.forget_descriptors();
                self.update_interest();
                self.established();
            }
            Effect::StateChanged(State::Closing) => {
                // With nothing to send the registration ends next. If input arrives in an event loop that
                // a handler runs, `receive` changes it.
                if !self.outbox.is_empty() {
                    self.update_interest();
                }
                if self.connection.is_announcing_output() {
                    self.end_in_turn();
                }
            }
            Effect::StateChanged(State::Unconnected) => {
                self.close_descriptor();
                self.forget_names();
                self.ended = self.ended.wrapping_add(1);
                self.connect_again();
            }
            // An event loop that the handler runs takes the following effects.
            Effect::ReadyRead | Effect::MessageReady if self.connection.is_holding() => {
                self.link.defer();
            }
            Effect::BytesWritten(_) if self.state() == State::Closing => self.end_in_turn(),
            Effect::ErrorOccurred(error) => self.last_error.announced(error),
            _ => {}
        }
        Some((host, effect))
    }

    /// As [`Driver::handled`], after [`Driver::next_input`].
    #[inline]
    pub fn input_handled(&mut self) {
        self.connection.handled(Effect::ReadyRead);
    }

    pub fn handled(&mut self, effect: Effect) {
        self.connection.handled(effect);
        match effect {
            // Its handlers could still read the remaining input.
            Effect::CloseDevice => self.clear_input(),
            // The handlers may have written more.
            Effect::StateChanged(State::Closing) | Effect::BytesWritten(_) => {
                self.close_when_drained();
            }
            // Until then `bytes_to_write` returns how much was never sent, as with Qt, unless the
            // user has closed already or was notified of a failed send.
            Effect::Disconnected if self.state() == State::Unconnected => self.drop_unsent(),
            Effect::ErrorOccurred(_) if self.connection.ends_next() => self.drop_unsent(),
            _ => {}
        }
    }

    /// As with Qt, an event loop that a handler runs continues the end.
    fn end_in_turn(&mut self) {
        self.ends_in_turn = true;
        self.link.defer();
    }

    pub fn close_when_drained(&mut self) {
        if self.outbox.is_empty() {
            self.connection.drained();
        }
    }

    pub fn release(&mut self) {
        self.connection.release();
    }

    pub fn release_transfer(&mut self) -> bool {
        self.connection.release_transfer()
    }

    // What there is.

    pub fn state(&self) -> State {
        self.connection.state()
    }

    pub fn is_ending(&self) -> bool {
        self.connection.is_ending()
    }

    fn is_open(&self) -> bool {
        matches!(self.state(), State::Connected | State::Closing)
    }

    pub fn ended(&self) -> u32 {
        self.ended
    }

    pub fn is_in_transition(&self) -> bool {
        self.connection.is_in_transition()
    }

    pub fn is_usable(&self) -> bool {
        self.link.is_open() && !(self.is_ending() && self.connection.is_over())
    }

    pub fn failure(&self) -> Option<Failure> {
        let address = self.label.intended(self.link.socket().map(Arc::as_ref));
        self.last_error.to_report().map(|error| Failure::new(error, address))
    }

    /// Sets the address of the next attempt for its error, even if that attempt cannot be made.
    pub fn intend(&mut self, address: Address) {
        if self.state() == State::Unconnected {
            self.label.intend(address);
        }
    }

    /// Counts bytes from now on, until the connection has ended.
    pub fn set_meter(&mut self, meter: Box<dyn Meter>) {
        self.meter = Some(meter);
    }

    pub fn set_name(&mut self, name: &str) -> bool {
        let allowed = self.state() == State::Unconnected;
        if allowed {
            self.label.set_name(name);
        }
        allowed
    }

    pub fn name(&self) -> String {
        self.label.name(self.link.socket().map(Arc::as_ref))
    }

    pub fn address(&self) -> Address {
        self.label.address(self.link.socket().map(Arc::as_ref))
    }

    fn forget_names(&mut self) {
        self.label.forget();
    }

    /// Clears the names unless a handler has connected again.
    pub fn forget_old_names(&mut self) {
        let is_old = match self.state() {
            State::Closing | State::Unconnected => true,
            State::Connecting => self.is_ending(),
            State::Connected => false,
        };
        if is_old {
            self.forget_names();
        }
    }

    // Limits.

    pub fn limits(&self) -> Limits {
        Limits {
            max_message_size: self.inbox.max_message_size(),
            max_descriptors: self.inbox.max_descriptors(),
            ..self.outbox.limits()
        }
    }

    /// Each part takes over those that it enforces.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limit_input(limits);
        self.limit_output(limits);
    }

    // What to wait for.

    #[inline]
    fn interest(&self) -> Interest {
        // Nothing is read while closing, as with Qt.
        Interest {
            read: self.state() == State::Connected && !self.inbox.is_paused(),
            write: self.outbox.is_blocked(),
        }
    }

    #[inline]
    pub(super) fn update_interest(&mut self) {
        let wanted = self.interest();
        if !self.link.waits_for(wanted) {
            self.change_interest(wanted);
        }
    }

    #[cold]
    fn change_interest(&mut self, wanted: Interest) {
        if !self.link.is_registered() && self.is_open() && !self.is_ending() {
            // A handler has replaced the peer's disconnect by its own.
            if let Err(error) = self.link.register(wanted) {
                self.connection.peer_ended(error);
            }
        }
        if let Err(error) = self.link.reregister(wanted) {
            self.connection.peer_ended(error);
            // This may be the last call of this stream.
            self.link.defer();
        }
    }

    /// What a wait watches, if there is a descriptor. A wait for input also watches for input that
    /// exceeds the read limit.
    pub fn watched(&self, for_input: bool) -> Option<Watched> {
        let descriptor = self.link.socket()?.clone();
        let mut interest = self.interest();
        interest.read |= for_input && self.outbox.is_empty();
        // The kernel accepts bytes long before it reports writability, so bytes never offered to it
        // are due.
        let is_untried = !self.outbox.is_empty() && !self.outbox.is_blocked();
        Some(Watched::new(descriptor, interest, self.outbox.has_overrun() || is_untried))
    }

    // Ending.

    pub fn disconnect(&mut self) {
        self.stop_keeping();
        self.leave_messages();
        self.close_when_drained();
        self.connection.disconnect();
    }

    pub fn close(&mut self) {
        // A failed attempt closes the device by itself, and the user is not asked.
        if self.state() != State::Unconnected || !self.is_ending() {
            self.stop_keeping();
        }
        self.leave_messages();
        self.close_when_drained();
        self.connection.close();
    }

    pub fn abort(&mut self) {
        self.stop_keeping();
        self.clear_input();
        self.outbox.clear();
        self.connection.abort();
    }

    fn close_descriptor(&mut self) {
        self.link.deregister();
        self.inbox.forget_pause();
        self.stop_waiting();
        self.attempt = None;
        self.link.close();
        self.meter = None;
        self.close_outbox();
    }
}
