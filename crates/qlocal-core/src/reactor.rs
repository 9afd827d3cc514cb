// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The per-thread owner of the poller: it turns readiness into calls of sources.
//!
//! The batch of reported events lives here and no lock is held across a call-out, so an event loop
//! that a handler runs goes on with the batch, and a source that was deregistered meanwhile is
//! skipped. The owner of the thread's event loop watches the reactor's descriptor, calls
//! [`Reactor::dispatch`] when that becomes readable, and [`Reactor::end_turn`] before it blocks.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::backlog::{Alarm, Backlog, Turn, Waiting};
use crate::error::{Error, Result};
use crate::linger::Linger;
use crate::log::{self, Topic};
use crate::sys::poller::{Interest, Poller, Readiness};
use crate::sys::Errno;
use crate::{lock, Mutex};

/// What a reactor calls. It does so on its own thread, without any lock held.
pub trait Source: Send + Sync {
    /// The kernel reports readiness.
    fn ready(&self, readiness: Readiness);
    /// The turn ends in which [`Reactor::defer`] was called. True when that may have called a user.
    fn turn_ended(&self) -> bool;
    /// A turn ends while the source has paused reading; false when it still has to.
    fn resume(&self) -> bool;
    /// It may be time to try again to connect.
    fn retry(&self, turn: Turn) -> Waiting;
}

/// The id of a registration. It is never used for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    index: u32,
    generation: u32,
}

/// How long one call of [`Reactor::dispatch`] goes on before other sources of the thread's event
/// loop, such as timers, get their turn.
const SLICE: Duration = Duration::from_millis(2);

/// How long to wait between two looks while lingering: so much comes together in one.
const BREATH: Duration = Duration::from_micros(2);

/// One per thread.
pub struct Reactor {
    poller: Poller,
    state: Mutex<State>,
    backlog: Backlog,
}

#[derive(Default)]
struct State {
    slots: Vec<Slot>,
    free: Vec<u32>,
    batch: VecDeque<(Token, Readiness)>,
    /// Whose calls are under way; more than one when handlers run event loops.
    served: Vec<Token>,
    deferred: VecDeque<Arc<dyn Source>>,
    paused: Vec<Arc<dyn Source>>,
    linger: Linger,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    source: Option<Arc<dyn Source>>,
}

impl Reactor {
    /// A reactor whose owner calls [`Reactor::tick`] when [`Reactor::next_tick`] says so.
    ///
    /// # Errors
    /// [`crate::ErrorKind::ResourceExhausted`] when no descriptor is free.
    pub fn new() -> Result<Self> {
        Self::with_backlog(Backlog::default())
    }

    /// A reactor that asks its event loop for each call of [`Reactor::tick`].
    ///
    /// # Errors
    /// As [`Reactor::new`].
    pub fn with_alarm(alarm: Box<dyn Alarm>) -> Result<Self> {
        Self::with_backlog(Backlog::new(alarm))
    }

    fn with_backlog(backlog: Backlog) -> Result<Self> {
        let poller = Poller::new().map_err(|errno| Error::from_errno(errno, "epoll_create1"))?;
        log::debug(Topic::Reactor, format_args!("a thread has a reactor"));
        Ok(Self { poller, state: Mutex::default(), backlog })
    }

    /// Starts to report readiness of a descriptor to `source`.
    ///
    /// Deregister before the descriptor is closed.
    ///
    /// # Errors
    /// When the kernel takes no more descriptors, or not this kind.
    pub fn register(
        &self,
        descriptor: impl AsFd,
        interest: Interest,
        source: Arc<dyn Source>,
    ) -> Result<Token> {
        let token = lock(&self.state).insert(Some(source));
        self.poller
            .add(descriptor, token.key(), interest)
            .map(|()| token)
            .map_err(|errno| self.refused(token, errno))
    }

    /// Ends lingering when there is something to read, which the event loop itself looks for. Each
    /// time that counts once.
    ///
    /// # Errors
    /// As [`Reactor::register`].
    pub fn register_beside(&self, descriptor: impl AsFd) -> Result<Token> {
        let token = lock(&self.state).insert(None);
        self.poller
            .add_edge(descriptor, token.key())
            .map(|()| token)
            .map_err(|errno| self.refused(token, errno))
    }

    fn refused(&self, token: Token, errno: Errno) -> Error {
        lock(&self.state).remove(token);
        Error::from_errno(errno, "epoll_ctl")
    }

    /// Changes what a registration waits for.
    ///
    /// # Errors
    /// When the descriptor was closed behind the caller's back.
    pub fn reregister(
        &self,
        descriptor: impl AsFd,
        interest: Interest,
        token: Token,
    ) -> Result<()> {
        self.poller
            .modify(descriptor, token.key(), interest)
            .map_err(|errno| Error::from_errno(errno, "epoll_ctl"))
    }

    /// Ends a registration. What was reported but not delivered yet is forgotten.
    pub fn deregister(&self, descriptor: impl AsFd, token: Token) {
        // The only failure is a descriptor that was closed elsewhere: it is gone from the queue.
        let _ = self.poller.delete(descriptor);
        // The last reference may be this one: drop it without the lock.
        let source = lock(&self.state).remove(token);
        drop(source);
    }

    /// Looks after each turn for as long as this for what comes next before the event loop may block,
    /// ten milliseconds at the most. The thread answers sooner then, and its processor does not rest;
    /// other sources of its event loop wait meanwhile. Zero, the default, looks for a moment where
    /// that has been worth it.
    pub fn set_busy_poll(&self, limit: Duration) {
        lock(&self.state).linger.set_limit(limit);
    }

    /// Asks for one [`Source::turn_ended`].
    pub fn defer(&self, source: Arc<dyn Source>) {
        lock(&self.state).deferred.push_back(source);
    }

    /// Asks for [`Source::resume`] at the end of each turn, until that is true.
    pub fn pause(&self, source: Arc<dyn Source>) {
        lock(&self.state).paused.push(source);
    }

    /// Asks for [`Source::retry`] at intervals, until it answers [`Waiting::NoLonger`], for a source
    /// that found the backlog of this address full. Those that wait for the same address take turns;
    /// each is called once its deadline has passed, and no more after that.
    pub fn await_room(&self, address: Address, deadline: Option<Instant>, source: Arc<dyn Source>) {
        self.backlog.join(address, deadline, source);
    }

    /// When [`Reactor::tick`] is due: a moment in the next few milliseconds while anything waits for
    /// room.
    pub fn next_tick(&self) -> Option<Instant> {
        self.backlog.next_tick()
    }

    /// Tries again to connect what waits for room, and checks deadlines.
    pub fn tick(&self) {
        self.backlog.tick();
        self.finish_turn();
    }

    /// Forgets everything that a source has asked for but its registration.
    pub(crate) fn forget(&self, source: &dyn Source) {
        let keeps = |other: &Arc<dyn Source>| !std::ptr::addr_eq(Arc::as_ptr(other), source);
        let mut state = lock(&self.state);
        state.deferred.retain(keeps);
        state.paused.retain(keeps);
        drop(state);
        self.backlog.forget(source);
    }

    /// How many requests of sources it holds, beside their registrations.
    pub fn held(&self) -> usize {
        let state = lock(&self.state);
        state.deferred.len() + state.paused.len() + self.backlog.len()
    }

    /// Delivers what is ready, for a bounded time. False when nothing was.
    ///
    /// It asks the kernel once: asking again brings a few events for one more system call each, and
    /// the event loop comes back at once if there are more. What comes while it lingers is delivered
    /// when the loop has come back, so that timers and posted events get their turn before it.
    pub fn dispatch(&self) -> bool {
        let mut delivered = false;
        while self.deliver() {
            delivered = true;
            if !self.linger() {
                break;
            }
        }
        delivered
    }

    /// True when anybody was called.
    fn deliver(&self) -> bool {
        if !self.refill() {
            return false;
        }
        let started = Instant::now();
        let mut delivered = 0_u32;
        let depth = lock(&self.state).served.len();
        while let Some((source, readiness)) = self.next_ready(depth) {
            source.ready(readiness);
            delivered += 1;
            // The clock costs as much as a small event, so not each time.
            if delivered.is_multiple_of(16) && started.elapsed() > SLICE {
                break;
            }
        }
        lock(&self.state).served.truncate(depth);
        self.finish_turn() || delivered > 0
    }

    /// Waits for a moment for what comes next, see [`Linger`]. True when it must be delivered before
    /// the event loop may block: the kernel does not report it again.
    fn linger(&self) -> bool {
        let mut state = lock(&self.state);
        if !state.batch.is_empty() {
            return false;
        }
        let Some(limit) = state.linger.begin() else { return false };
        drop(state);
        let started = Instant::now();
        let mut elapsed = Duration::ZERO;
        let mut came = self.refill();
        while !came && elapsed < limit {
            let next = elapsed + BREATH;
            while elapsed < next {
                std::hint::spin_loop();
                elapsed = started.elapsed();
            }
            came = self.refill();
        }
        let mut state = lock(&self.state);
        state.linger.end(came);
        state.batch.iter().any(|(_, readiness)| readiness.is_reported_once)
    }

    /// Call this when the event loop starts anew: what was written elsewhere than in
    /// [`Reactor::dispatch`] leaves now. What is ready to be read is delivered before it.
    ///
    /// True when the loop must not block now: a user was called, who may have ended what the loop
    /// waits for, or there is more to do.
    pub fn end_turn(&self) -> bool {
        let state = lock(&self.state);
        if state.deferred.is_empty() && state.served.is_empty() && state.paused.is_empty() {
            return false;
        }
        drop(state);
        let mut called = self.deliver();
        called |= self.finish_turn();
        called
    }

    /// As [`Reactor::end_turn`], when the event loop is about to block: an answer to what has just
    /// left is waited for a moment.
    pub fn before_blocking(&self) -> bool {
        let called = self.end_turn();
        if called && self.linger() {
            self.deliver();
        }
        called
    }

    /// Whether the event loop has to come back soon for [`Reactor::end_turn`]. What is served while a
    /// handler runs an event loop is no reason: it may have nothing to do for as long as that runs.
    pub fn has_work(&self) -> bool {
        !lock(&self.state).deferred.is_empty()
    }

    /// Ends the turn of everything deferred so far, and of what is served while a handler runs an
    /// event loop. What that defers anew waits for the next call, which the answer then asks for.
    fn finish_turn(&self) -> bool {
        let mut called = false;
        let mut state = lock(&self.state);
        let mut left = state.deferred.len();
        for index in 0..state.served.len() {
            let Some(source) = state.served.get(index).and_then(|&token| state.source(token))
            else {
                continue;
            };
            drop(state);
            called |= source.turn_ended();
            state = lock(&self.state);
        }
        while left > 0 {
            // One at a time: a nested event loop in here goes on with the rest.
            let Some(source) = state.deferred.pop_front() else { break };
            drop(state);
            called |= source.turn_ended();
            left -= 1;
            state = lock(&self.state);
        }
        let is_paused = !state.paused.is_empty();
        called |= !state.deferred.is_empty();
        drop(state);
        if is_paused {
            self.resume_paused();
            called |= !lock(&self.state).deferred.is_empty();
        }
        called
    }

    fn resume_paused(&self) {
        let mut paused = std::mem::take(&mut lock(&self.state).paused);
        paused.retain(|source| !source.resume());
        lock(&self.state).paused.append(&mut paused);
    }

    /// Fills the batch when it is empty. False when nothing is ready.
    fn refill(&self) -> bool {
        let mut state = lock(&self.state);
        if state.batch.is_empty() {
            // The poller and the room for its answer are ours, so the question itself cannot fail.
            let _ = self.poller.poll(|event| {
                state.batch.push_back((Token::from_key(event.key), event.readiness));
            });
        }
        !state.batch.is_empty()
    }

    /// What is to be called next, in place of what was served at this depth.
    fn next_ready(&self, depth: usize) -> Option<(Arc<dyn Source>, Readiness)> {
        let mut state = lock(&self.state);
        state.served.truncate(depth);
        while let Some((token, readiness)) = state.batch.pop_front() {
            if let Some(source) = state.source(token) {
                state.served.push(token);
                return Some((source, readiness));
            }
        }
        None
    }
}

impl AsFd for Reactor {
    /// The descriptor that becomes readable when [`Reactor::dispatch`] has something to do.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.poller.as_fd()
    }
}

impl std::fmt::Debug for Reactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reactor").field("poller", &self.poller).finish_non_exhaustive()
    }
}

impl State {
    fn insert(&mut self, source: Option<Arc<dyn Source>>) -> Token {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            // A process has fewer descriptors than that (fs.nr_open is a 32-bit number).
            (self.slots.len() - 1) as u32
        });
        let slot = &mut self.slots[index as usize];
        slot.source = source;
        Token { index, generation: slot.generation }
    }

    fn remove(&mut self, token: Token) -> Option<Arc<dyn Source>> {
        let slot = self.slots.get_mut(token.index as usize)?;
        if slot.generation != token.generation {
            return None;
        }
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(token.index);
        slot.source.take()
    }

    fn source(&self, token: Token) -> Option<Arc<dyn Source>> {
        let slot = self.slots.get(token.index as usize)?;
        if slot.generation != token.generation {
            return None;
        }
        slot.source.clone()
    }
}

impl Token {
    fn key(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    fn from_key(key: u64) -> Self {
        Self { index: key as u32, generation: (key >> 32) as u32 }
    }
}
