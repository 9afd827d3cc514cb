// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The connection's link to the kernel and to its thread: the descriptor, its registration, and
//! the requests to the thread's reactor.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::{Arc, Weak};

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::poller::Interest;
use qlocal_sys::socket::Kind;

use crate::error::Result;
use crate::reactor::{Reactor, Source, Ticket, Token};

/// Without a descriptor or without a reactor there is no registration.
#[derive(Default)]
pub(super) struct Link {
    /// The source that the reactor calls.
    me: Option<Weak<dyn Source>>,
    /// Shared with a wait, see [`Watched`](super::watched::Watched).
    descriptor: Option<Arc<OwnedSocket>>,
    /// What reading from it returns.
    kind: Kind,
    reactor: Option<Arc<Reactor>>,
    registration: Option<(Token, Interest)>,
    /// The request for the end of this turn.
    deferred: Option<Ticket>,
    service: Service,
}

/// Whether the reactor is calling this stream, in which case it ends the turn without a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Service {
    #[default]
    Idle,
    Served,
    /// There is work for the end of the turn, in case it ends in an event loop that a handler runs.
    ServedWithWork,
}

impl Link {
    /// A link whose reactor calls `me`.
    pub fn new(me: Weak<dyn Source>) -> Self {
        Self { me: Some(me), ..Self::default() }
    }

    fn me(&self) -> Option<Arc<dyn Source>> {
        self.me.as_ref()?.upgrade()
    }

    // The descriptor.

    /// Owns this descriptor from now on. See [`Link::register`].
    pub fn open(&mut self, descriptor: Arc<OwnedSocket>, kind: Kind) {
        self.descriptor = Some(descriptor);
        self.kind = kind;
    }

    /// Ends the registration and releases the descriptor.
    pub fn close(&mut self) {
        self.deregister();
        self.descriptor = None;
    }

    pub fn is_open(&self) -> bool {
        self.descriptor.is_some()
    }

    pub fn socket(&self) -> Option<&Arc<OwnedSocket>> {
        self.descriptor.as_ref()
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.descriptor.as_ref().map(|descriptor| descriptor.as_fd())
    }

    pub fn raw_descriptor(&self) -> Option<i32> {
        self.descriptor.as_ref().map(|descriptor| descriptor.as_raw_fd())
    }

    // The reactor and the registration with it.

    pub fn join(&mut self, reactor: Arc<Reactor>) {
        self.reactor = Some(reactor);
    }

    /// The reactor no longer calls this stream. End the registration first.
    pub fn leave(&mut self) {
        if let Some(reactor) = self.reactor.take() {
            self.deferred.take().into_iter().for_each(|ticket| reactor.forget_deferred(ticket));
        }
        self.end_service();
    }

    pub fn reactor(&self) -> Option<&Arc<Reactor>> {
        self.reactor.as_ref()
    }

    pub fn is_registered(&self) -> bool {
        self.registration.is_some()
    }

    /// Whether there is a registration that waits for just this.
    #[inline]
    pub fn waits_for(&self, wanted: Interest) -> bool {
        self.registration.is_some_and(|(_, present)| present == wanted)
    }

    /// Registers the descriptor with the reactor, if there are both.
    ///
    /// # Errors
    /// When the kernel takes no more descriptors, or not this kind.
    pub fn register(&mut self, interest: Interest) -> Result<()> {
        let (Some(descriptor), Some(reactor)) = (&self.descriptor, &self.reactor) else {
            return Ok(());
        };
        let Some(me) = self.me() else { return Ok(()) };
        self.registration = Some((reactor.register(descriptor.clone(), interest, me)?, interest));
        Ok(())
    }

    /// Changes what the registration waits for.
    ///
    /// # Errors
    /// When the descriptor was closed behind the back of its owner.
    pub fn reregister(&mut self, wanted: Interest) -> Result<()> {
        if let (Some((token, present)), Some(reactor)) = (self.registration.as_mut(), &self.reactor)
        {
            if *present != wanted {
                *present = wanted;
                return reactor.reregister(*token, wanted);
            }
        }
        Ok(())
    }

    pub fn deregister(&mut self) {
        if let (Some((token, _)), Some(descriptor), Some(reactor)) =
            (self.registration.take(), &self.descriptor, &self.reactor)
        {
            if descriptor.is_current() {
                reactor.deregister(token);
            } else {
                reactor.forget_closed(token);
            }
            self.interrupt_service();
        }
    }

    // Requests to the reactor.

    /// Requests the end of the turn.
    #[inline]
    pub fn defer(&mut self) {
        match self.service {
            Service::Idle => self.request_end_of_turn(),
            Service::Served | Service::ServedWithWork => self.service = Service::ServedWithWork,
        }
    }

    fn request_end_of_turn(&mut self) {
        if self.deferred.is_some() {
            return;
        }
        if let (Some(reactor), Some(me)) = (&self.reactor, self.me()) {
            self.deferred = Some(reactor.defer(me));
        }
    }

    /// Whether the end of the turn was requested.
    pub fn is_deferred(&self) -> bool {
        self.deferred.is_some() || self.service == Service::ServedWithWork
    }

    /// The turn ends. True when that was requested.
    pub fn turn_ended(&mut self) -> bool {
        let was_deferred = self.deferred.take().is_some();
        let had_work = self.service == Service::ServedWithWork;
        if had_work {
            self.service = Service::Served;
        }
        was_deferred || had_work
    }

    /// The reactor calls this stream, and ends its turn afterwards.
    pub fn begin_service(&mut self) {
        let ends_turns = self.reactor.as_ref().is_some_and(|reactor| reactor.ends_turns());
        self.service = match self.registration.is_some() && ends_turns {
            true => Service::Served,
            false => Service::Idle,
        };
    }

    /// The handlers that the reactor's call has led to have returned.
    pub fn end_service(&mut self) {
        self.service = Service::Idle;
    }

    /// The reactor no longer ends the turn of its call without a request.
    pub fn interrupt_service(&mut self) {
        if std::mem::take(&mut self.service) == Service::ServedWithWork {
            self.defer();
        }
    }

    /// A handler has interrupted the call under way: the rest is for the end of the turn.
    pub fn resume_later(&mut self) {
        self.end_service();
        self.defer();
    }
}
