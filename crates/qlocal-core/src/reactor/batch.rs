// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Events that the kernel has reported and that are not delivered yet.

use qlocal_sys::poller::{Event, Readiness};

use super::registrations::Token;

/// Events in the order in which they were reported.
#[derive(Debug, Default)]
pub(super) struct Batch {
    events: Vec<(Token, Readiness)>,
    /// How many of them are delivered already.
    delivered: usize,
    /// How many of them the kernel will not report again.
    reported_once: usize,
}

impl Batch {
    #[inline]
    pub fn push(&mut self, event: Event) {
        self.reported_once += usize::from(event.readiness.is_reported_once);
        self.events.push((Token::from_key(event.key), event.readiness));
    }

    #[inline]
    pub fn pop(&mut self) -> Option<(Token, Readiness)> {
        let (token, readiness) = *self.events.get(self.delivered)?;
        self.delivered += 1;
        if self.delivered == self.events.len() {
            self.events.clear();
            self.delivered = 0;
        }
        self.reported_once -= usize::from(readiness.is_reported_once);
        Some((token, readiness))
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether there is an event that the kernel will not report again.
    pub fn has_unrepeated(&self) -> bool {
        self.reported_once > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_time_events_are_counted() {
        let mut batch = Batch::default();
        for is_reported_once in [true, false, true] {
            let readiness = Readiness { is_reported_once, ..Readiness::default() };
            batch.push(Event { key: 1, readiness });
        }
        let left: Vec<bool> =
            std::iter::from_fn(|| batch.pop().map(|_| batch.has_unrepeated())).collect();
        assert_eq!(left, [true, true, false]);
        assert!(batch.is_empty());
    }
}
