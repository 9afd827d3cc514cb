// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Hand-over: a newer server takes the listener of an older one over, so that no client is refused while a
//! program restarts.
//!
//! [`protocol`] says how they talk.

mod offer;
mod protocol;
mod take;

use std::sync::Arc;
use std::time::Duration;

use crate::error::Result;
use crate::names::Address;

use super::acceptor::Acceptor;
use super::listener::Listener;
use offer::Offer;

impl Acceptor {
    /// Whether it hands its listener over to a newer server of the same user that asks for it. Connections
    /// stay; [`AcceptorHost::handed_over`](crate::AcceptorHost::handed_over) announces it.
    pub fn set_hands_over(&self, hands_over: bool) {
        let previous = self.lock().offer.take();
        if let Some(offer) = &previous {
            offer.stopped();
        }
        if hands_over {
            let offer = Arc::new_cyclic(|me| Offer::new(me.clone(), self.downgrade()));
            self.lock().offer = Some(offer.clone());
            self.start(&*offer);
        }
    }

    /// Whether it hands its listener over.
    pub fn hands_over(&self) -> bool {
        self.lock().offer.is_some()
    }

    /// How long [`Acceptor::bind`] waits for an older server that has the name to hand its listener over;
    /// `None`, the default, means that it is not asked.
    pub fn set_take_over(&self, timeout: Option<Duration>) {
        let bind = Listener::bind_or_take_over;
        self.lock().taking_over = timeout.map(|timeout| (bind as _, timeout));
    }

    /// That time.
    pub fn take_over(&self) -> Option<Duration> {
        self.lock().taking_over.map(|(_, timeout)| timeout)
    }

    /// Binds a name for this acceptor, or takes it over.
    ///
    /// # Errors
    /// Those of [`Listener::bind`] and, if it takes over, of [`Listener::bind_or_take_over`].
    pub fn bind(&self, address: Address, mode: Option<u32>, backlog: i32) -> Result<Listener> {
        let taking_over = self.lock().taking_over;
        match taking_over {
            Some((bind, timeout)) => bind(address, mode, backlog, timeout),
            None => Listener::bind(address, mode, backlog),
        }
    }
}
