// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a driver hears of its descriptor: from its thread's reactor, or in a wait of its own.

use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Instant;

use super::Driver;
use crate::error::Result;
use crate::machine::State;
use crate::reactor::Reactor;
use crate::stream::wait::Blocking;
use crate::sys;
use crate::sys::owned::OwnedSocket;
use crate::sys::poller::{self, Interest, Readiness};

impl Driver {
    pub(crate) fn leave_thread(&mut self) {
        self.deregister();
        self.leave_reactor();
        self.epoch += 1;
        self.connection.forget_handlers();
    }

    /// The reactor calls this stream no more.
    pub(super) fn leave_reactor(&mut self) {
        self.stop_waiting();
        if let Some(reactor) = self.reactor.take() {
            self.deferred.take().into_iter().for_each(|ticket| reactor.forget_deferred(ticket));
        }
        self.end_service();
        self.paused = false;
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

    pub(super) fn register(&mut self, interest: Interest) -> Result<()> {
        let (Some(descriptor), Some(reactor)) = (&self.descriptor, &self.reactor) else {
            return Ok(());
        };
        let Some(me) = self.me() else { return Ok(()) };
        self.registration = Some((reactor.register(descriptor.clone(), interest, me)?, interest));
        Ok(())
    }

    pub(super) fn deregister(&mut self) {
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

    pub(super) fn interest(&self) -> Interest {
        // While closing nothing is read any more, as with Qt.
        Interest { read: self.state() == State::Connected && !self.paused, write: self.blocked }
    }

    pub(super) fn update_interest(&mut self) {
        let wanted = self.interest();
        let is_open = matches!(self.state(), State::Connected | State::Closing);
        if self.registration.is_none() && is_open && !self.is_ending() {
            // A handler has replaced the end that the peer brought about by one of its own.
            if let Err(error) = self.register(wanted) {
                self.connection.peer_ended(error);
            }
        }
        if let (Some((token, present)), Some(reactor)) = (self.registration.as_mut(), &self.reactor)
        {
            if *present != wanted {
                *present = wanted;
                if let Err(error) = reactor.reregister(*token, wanted) {
                    self.connection.peer_ended(error);
                    // Nothing else may call this stream any more.
                    self.defer();
                }
            }
        }
    }

    /// What a wait watches, if there is anything. A wait for input is told of it even when there is
    /// no room for it.
    pub(crate) fn watched(&self, for_input: bool) -> Option<Watched> {
        let descriptor = self.descriptor.clone()?;
        let mut interest = self.interest();
        interest.read |= for_input && self.output.is_empty();
        // The kernel takes bytes long before it says that it does, so what was never tried is due.
        let due = self.has_overrun() || !self.output.is_empty() && !self.blocked;
        Some(Watched { descriptor, interest, due })
    }
}

/// A descriptor that is waited for, while others may use the driver. It stays open as long as this
/// is there.
#[derive(Debug)]
pub(crate) struct Watched {
    descriptor: Arc<OwnedSocket>,
    interest: Interest,
    due: bool,
}

impl Watched {
    /// Waits for this descriptor alone; nothing is ready when the deadline has passed.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> sys::Result<Readiness> {
        poller::wait_one(&*self.descriptor, self.interest, self.blocking(deadline).deadline)
    }

    /// What the caller waits for itself in place of [`Watched::wait`].
    pub(crate) fn blocking(&self, deadline: Option<Instant>) -> Blocking {
        Blocking {
            descriptor: self.descriptor.as_raw_fd(),
            interest: self.interest,
            deadline: if self.due { Some(Instant::now()) } else { deadline },
        }
    }

    /// What there is to do after such a wait.
    pub(crate) fn completed(self, readiness: Readiness) -> Readiness {
        Readiness { writable: readiness.writable || self.due, ..readiness }
    }
}
