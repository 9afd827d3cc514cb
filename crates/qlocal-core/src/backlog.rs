// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Lines of sources that wait for room in a full backlog, one line for each address.
//!
//! The kernel never reports that room to a non-blocking socket, so somebody has to try. One connect
//! at each tick is enough for a whole line, and ticks get rarer while it finds no room.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::reactor::Source;
use crate::{lock, Mutex};

/// The first pause between two ticks. Each tick that finds no room doubles the next one.
const SHORTEST: Duration = Duration::from_millis(2);

/// The last pause: with what timers and the thread take it stays below the 20 milliseconds within
/// which room has to be noticed.
const LONGEST: Duration = Duration::from_millis(16);

/// Asks the thread's event loop to call [`Reactor::tick`](crate::Reactor::tick) once, later.
///
/// A timer of the event loop costs no system call, which one of the kernel's does.
pub trait Alarm: Send + Sync {
    /// Replaces what was asked for before. Called on the thread of the reactor.
    fn set(&self, after: Duration);
}

/// Whose turn it is among those that wait for room in the same backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Try to connect, and check the deadline.
    Mine,
    /// Another one has just found no room: only check the deadline.
    NotMine,
}

/// Whether a source still waits for room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Ask again.
    Still,
    /// It is connected, has failed, or was given up.
    NoLonger,
}

/// One per reactor.
#[derive(Default)]
pub(crate) struct Backlog {
    state: Mutex<State>,
    alarm: Option<Box<dyn Alarm>>,
}

#[derive(Default)]
struct State {
    lines: HashMap<Address, VecDeque<Waiter>>,
    pause: Duration,
    next_tick: Option<Instant>,
}

struct Waiter {
    source: Arc<dyn Source>,
    deadline: Option<Instant>,
}

impl Backlog {
    pub(crate) fn new(alarm: Box<dyn Alarm>) -> Self {
        Self { state: Mutex::default(), alarm: Some(alarm) }
    }

    /// Puts a source at the end of a line, see [`Reactor::await_room`](crate::Reactor::await_room).
    pub(crate) fn join(
        &self,
        address: Address,
        deadline: Option<Instant>,
        source: Arc<dyn Source>,
    ) {
        let mut state = lock(&self.state);
        state.lines.entry(address).or_default().push_back(Waiter { source, deadline });
        let is_ticking = state.next_tick.is_some();
        drop(state);
        if !is_ticking {
            self.tick_after(SHORTEST);
        }
    }

    pub(crate) fn forget(&self, source: &dyn Source) {
        let keeps = |waiter: &Waiter| !std::ptr::addr_eq(Arc::as_ptr(&waiter.source), source);
        for line in lock(&self.state).lines.values_mut() {
            line.retain(keeps);
        }
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.state).lines.values().map(VecDeque::len).sum()
    }

    pub(crate) fn next_tick(&self) -> Option<Instant> {
        lock(&self.state).next_tick
    }

    /// Tries once for each address, and once more for each connection that it brings.
    pub(crate) fn tick(&self) {
        let mut state = lock(&self.state);
        state.lines.retain(|_, line| !line.is_empty());
        state.next_tick = None;
        if state.lines.is_empty() {
            return;
        }
        let addresses: Vec<Address> = state.lines.keys().cloned().collect();
        let pause = (state.pause * 2).min(LONGEST);
        drop(state);
        // Before anything is called: an event loop in a handler goes on with the others.
        self.tick_after(pause);
        let mut found = false;
        for address in &addresses {
            found |= self.serve(address);
            self.expire(address);
        }
        if self.len() == 0 {
            lock(&self.state).next_tick = None;
        } else if found {
            self.tick_after(SHORTEST);
        }
    }

    fn tick_after(&self, pause: Duration) {
        let mut state = lock(&self.state);
        state.pause = pause;
        state.next_tick = Instant::now().checked_add(pause);
        drop(state);
        if let Some(alarm) = &self.alarm {
            alarm.set(pause);
        }
    }

    /// Lets the first in line try; each that waits no longer is a reason for the next to try. True
    /// when there was one.
    fn serve(&self, address: &Address) -> bool {
        let mut found = false;
        let waiting = lock(&self.state).lines.get(address).map_or(0, VecDeque::len);
        for _ in 0..waiting {
            let first = lock(&self.state).lines.get_mut(address).and_then(VecDeque::pop_front);
            let Some(first) = first else { break };
            if first.source.retry(Turn::Mine) == Waiting::Still {
                let mut state = lock(&self.state);
                state.lines.entry(address.clone()).or_default().push_front(first);
                break;
            }
            found = true;
        }
        found
    }

    /// Calls those whose deadline has passed.
    fn expire(&self, address: &Address) {
        let now = Instant::now();
        let is_late = |waiter: &Waiter| waiter.deadline.is_some_and(|deadline| deadline <= now);
        let take_late = || {
            let mut state = lock(&self.state);
            let line = state.lines.get_mut(address)?;
            line.iter().position(is_late).and_then(|at| line.remove(at))
        };
        while let Some(late) = take_late() {
            late.source.retry(Turn::NotMine);
        }
    }
}
