// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How many connections an acceptor accepts at a time.

use std::sync::Arc;

use crate::reactor::Reactor;

/// The maximum per call, while established connections are idle.
const MAX_QUOTA: usize = 16;

/// Adapts the number of connections per call to the activity of established ones.
#[derive(Default)]
pub(super) struct Pace {
    reactor: Option<Arc<Reactor>>,
    quota: usize,
    /// How many events the reactor had served at the last call.
    served: u64,
}

impl Pace {
    pub fn by(reactor: Arc<Reactor>) -> Self {
        Self { reactor: Some(reactor), ..Self::default() }
    }

    /// The reactor of the server's thread, while it listens there.
    pub fn reactor(&self) -> Option<&Arc<Reactor>> {
        self.reactor.as_ref()
    }

    /// One connection while the reactor serves established ones between two calls; otherwise twice as many
    /// as before.
    pub fn quota(&mut self) -> usize {
        let served = self.reactor.as_ref().map(|reactor| reactor.served());
        let is_quiet = served == Some(self.served);
        self.quota = if is_quiet { (self.quota * 2).clamp(1, MAX_QUOTA) } else { 1 };
        self.served = served.unwrap_or_default();
        self.quota
    }
}
