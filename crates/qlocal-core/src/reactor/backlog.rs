// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lines of sources that wait for room in a full backlog, one line for each address.
//!
//! The kernel never reports that room to a non-blocking socket, so connects are tried again. One
//! at each tick is enough for a whole line, and ticks get rarer while it finds no room. The reactor
//! asks its event loop for the ticks: calls that change when the next one is due return the time
//! until then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::line::{Line, Ticket};
use crate::lock::{lock, Mutex};
use crate::names::Address;
use crate::unwinding::is_unwinding;

use super::source::{Retry, Source, Waiting};

/// The first pause between two ticks. Each tick that finds no room doubles the next one.
const MIN_PAUSE: Duration = Duration::from_millis(2);

/// The last pause: with what timers and the thread take it stays below the 20 milliseconds within
/// which room has to be noticed.
const MAX_PAUSE: Duration = Duration::from_millis(16);

/// One per reactor.
#[derive(Default)]
pub(crate) struct Backlog {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lines: BTreeMap<Address, Line<Waiter>>,
    pause: Duration,
    next_tick: Option<Instant>,
}

struct Waiter {
    source: Arc<dyn Source>,
    deadline: Option<Instant>,
}

impl Backlog {
    /// Puts a source at the end of a line, see [`Reactor::await_room`](crate::Reactor::await_room).
    pub(crate) fn join(
        &self,
        address: Address,
        deadline: Option<Instant>,
        source: Arc<dyn Source>,
    ) -> (Ticket, Option<Duration>) {
        let mut state = lock(&self.state);
        let ticket = state.lines.entry(address).or_default().push(Waiter { source, deadline });
        let pause = state.next_tick.is_none().then(|| state.tick_after(MIN_PAUSE));
        (ticket, pause)
    }

    /// How long it is until the next tick.
    pub(crate) fn until_tick(&self) -> Option<Duration> {
        let next = self.next_tick()?;
        Some(next.saturating_duration_since(Instant::now()).max(MIN_PAUSE))
    }

    /// Takes a source out of its line, unless it waits no longer.
    pub(crate) fn leave(&self, address: &Address, ticket: Ticket) {
        let mut state = lock(&self.state);
        let waiter = state.lines.get_mut(address).and_then(|line| line.remove(ticket));
        // The last reference may be this one: drop it without the lock.
        drop(state);
        drop(waiter);
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.state).lines.values().map(Line::len).sum()
    }

    pub(crate) fn next_tick(&self) -> Option<Instant> {
        lock(&self.state).next_tick
    }

    /// What a tick is to serve, and the time until the next one: ask for that before anything is
    /// called, as an event loop in a handler goes on with the others.
    pub(crate) fn begin_tick(&self) -> Option<(Vec<Address>, Duration)> {
        let mut state = lock(&self.state);
        state.lines.retain(|_, line| !line.is_empty());
        state.next_tick = None;
        if state.lines.is_empty() {
            return None;
        }
        let pause = (state.pause * 2).min(MAX_PAUSE);
        let pause = state.tick_after(pause);
        Some((state.lines.keys().cloned().collect(), pause))
    }

    /// Tries once for each address, and once more for each connection that it brings.
    pub(crate) fn serve_all(&self, addresses: &[Address]) -> Option<Duration> {
        let mut found = false;
        for address in addresses {
            found |= self.serve(address);
            if !is_unwinding() {
                self.expire(address);
            }
            if is_unwinding() {
                break;
            }
        }
        let is_empty = self.len() == 0;
        let mut state = lock(&self.state);
        if is_empty {
            state.next_tick = None;
        }
        (found && !is_empty).then(|| state.tick_after(MIN_PAUSE))
    }

    /// Lets the first in line try; each that waits no longer is a reason for the next to try. True
    /// when there was one.
    fn serve(&self, address: &Address) -> bool {
        let mut found = false;
        // One that joins meanwhile waits for the next tick.
        let last = lock(&self.state).lines.get(address).and_then(Line::last);
        while let Some((ticket, source)) = self.next(address, None, last, |_| true) {
            if source.retry(Retry::Connect) == Waiting::Pending {
                break;
            }
            self.leave(address, ticket);
            found = true;
            if is_unwinding() {
                break;
            }
        }
        found
    }

    /// Calls those whose deadline has passed.
    fn expire(&self, address: &Address) {
        let now = Instant::now();
        let is_late = |waiter: &Waiter| waiter.deadline.is_some_and(|deadline| deadline <= now);
        let last = lock(&self.state).lines.get(address).and_then(Line::last);
        let mut at = None;
        while let Some((ticket, source)) = self.next(address, at, last, is_late) {
            self.leave(address, ticket);
            source.retry(Retry::CheckDeadline);
            if is_unwinding() {
                break;
            }
            at = Some(ticket);
        }
    }

    /// The first one behind `at`, and no later than `last`, that is wanted.
    fn next(
        &self,
        address: &Address,
        mut at: Option<Ticket>,
        last: Option<Ticket>,
        is_wanted: impl Fn(&Waiter) -> bool,
    ) -> Option<(Ticket, Arc<dyn Source>)> {
        let state = lock(&self.state);
        let line = state.lines.get(address)?;
        loop {
            let (ticket, waiter) = line.after(at).filter(|(ticket, _)| Some(*ticket) <= last)?;
            if is_wanted(waiter) {
                return Some((ticket, waiter.source.clone()));
            }
            at = Some(ticket);
        }
    }
}

impl State {
    fn tick_after(&mut self, pause: Duration) -> Duration {
        self.pause = pause;
        self.next_tick = Instant::now().checked_add(pause);
        pause
    }
}
