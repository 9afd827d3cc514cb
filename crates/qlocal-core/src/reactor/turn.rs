// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a turn of the reactor has to do, and how far it is.

use std::sync::Arc;

use super::batch::Batch;
use super::line::Line;
use super::registrations::{Registrations, Token};
use super::source::Source;

/// The reported events, the sources that wait for the end of the turn, and the call under way.
#[derive(Default)]
pub(super) struct Turn {
    pub batch: Batch,
    pub deferred: Line<Arc<dyn Source>>,
    /// A call of the owner is under way that ends the turn before it returns.
    is_serving: bool,
    /// The source that this call is calling.
    served: Option<Token>,
    /// How many events of connections have been delivered.
    delivered: u64,
}

impl Turn {
    /// Whether the event loop has to come back even if the kernel reports nothing.
    pub fn has_work(&self) -> bool {
        !self.deferred.is_empty() || self.batch.has_unrepeated()
    }

    pub fn is_serving(&self) -> bool {
        self.is_serving
    }

    pub fn begin(&mut self, ends_turns: bool) {
        self.is_serving = ends_turns;
    }

    /// Whether there is work left.
    pub fn leave(&mut self) -> bool {
        self.is_serving = false;
        self.has_work()
    }

    pub fn serve(&mut self, token: Token, is_connection: bool) {
        self.served = Some(token);
        self.delivered += u64::from(is_connection);
    }

    pub fn served(&mut self) {
        self.served = None;
    }

    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// The call under way no longer ends the turn, and no longer calls a source. Returns the source that
    /// it was calling, and whether its turn was left with work.
    pub fn interrupt(&mut self, registrations: &Registrations) -> (Option<Arc<dyn Source>>, bool) {
        let was_serving = std::mem::take(&mut self.is_serving);
        let served = self.served.take().and_then(|token| registrations.source(token));
        (served, was_serving && self.has_work())
    }
}
