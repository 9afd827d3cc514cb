// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The per-thread owner of the poller: it turns readiness into calls of sources.
//!
//! The batch of reported events lives here and no lock is held across a call-out, so an event loop
//! that a handler runs goes on with the batch, and a source that was deregistered meanwhile is
//! skipped. The owner of the thread's event loop watches the reactor's descriptor, calls
//! [`Reactor::dispatch`] when that becomes readable, and [`Reactor::end_turn`] before it blocks.
//!
//! A reactor goes on in a child that fork(2) makes, without touching what belongs to the parent: see
//! [`Reactor::poller`] and [`registrations`].

mod registrations;

pub use registrations::SharedDescriptor;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::address::Address;
use crate::backlog::{Alarm, Backlog, Turn, Waiting};
use crate::error::{Error, Result};
use crate::line::{Line, Ticket};
use crate::linger::Linger;
use crate::log::{self, Topic};
use crate::sys::poller::{Event, Interest, Poller, Readiness, Watch};
use crate::{lock, Mutex, MutexGuard};
use registrations::Registrations;

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
    state: Mutex<State>,
    backlog: Backlog,
}

struct State {
    registrations: Registrations,
    batch: VecDeque<(Token, Readiness)>,
    /// Whose calls are under way; more than one when handlers run event loops.
    served: Vec<Token>,
    deferred: Line<Arc<dyn Source>>,
    paused: Line<Arc<dyn Source>>,
    linger: Linger,
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
        let state = State {
            registrations: Registrations::new()?,
            batch: VecDeque::new(),
            served: Vec::new(),
            deferred: Line::default(),
            paused: Line::default(),
            linger: Linger::default(),
        };
        log::debug(Topic::Reactor, format_args!("a thread has a reactor"));
        Ok(Self { state: Mutex::new(state), backlog })
    }

    /// The poller of this process, whose descriptor becomes readable when [`Reactor::dispatch`] has
    /// something to do.
    ///
    /// A process that fork(2) has made gets one of its own: ask again when the one that is watched
    /// [is not of this process](Poller::is_of_this_process).
    ///
    /// # Errors
    /// [`crate::ErrorKind::ResourceExhausted`] when no descriptor is free for a new one.
    pub fn poller(&self) -> Result<Arc<Poller>> {
        self.state().poller().cloned()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Starts to report readiness of a descriptor to `source`.
    ///
    /// # Errors
    /// When the kernel takes no more descriptors, or not this kind.
    pub fn register(
        &self,
        descriptor: SharedDescriptor,
        interest: Interest,
        source: Arc<dyn Source>,
    ) -> Result<Token> {
        self.state().registrations.register(descriptor, Watch::Level(interest), Some(source))
    }

    /// Ends lingering when there is something to read, which the event loop itself looks for. Each
    /// time that counts once.
    ///
    /// # Errors
    /// As [`Reactor::register`].
    pub fn register_beside(&self, descriptor: SharedDescriptor) -> Result<Token> {
        self.state().registrations.register(descriptor, Watch::Edge, None)
    }

    /// Changes what a registration waits for.
    ///
    /// # Errors
    /// When the descriptor was closed behind the caller's back.
    pub fn reregister(&self, token: Token, interest: Interest) -> Result<()> {
        self.state().registrations.reregister(token, interest)
    }

    /// Ends a registration. What was reported but not delivered yet is forgotten.
    pub fn deregister(&self, token: Token) {
        let entry = self.state().registrations.deregister(token);
        // The last reference may be in there, so it is dropped without the lock.
        drop(entry);
    }

    /// Looks after each turn for as long as this for what comes next before the event loop may block,
    /// ten milliseconds at the most. The thread answers sooner then, and its processor does not rest;
    /// other sources of its event loop wait meanwhile. Zero, the default, looks for a moment where
    /// that has been worth it.
    pub fn set_busy_poll(&self, limit: Duration) {
        self.state().linger.set_limit(limit);
    }

    /// Asks for one [`Source::turn_ended`].
    pub fn defer(&self, source: Arc<dyn Source>) -> Ticket {
        self.state().deferred.push(source)
    }

    /// Asks for [`Source::resume`] at the end of each turn, until that is true.
    pub fn pause(&self, source: Arc<dyn Source>) -> Ticket {
        self.state().paused.push(source)
    }

    /// Asks for [`Source::retry`] at intervals, until it answers [`Waiting::NoLonger`], for a source
    /// that found the backlog of this address full. Those that wait for the same address take turns;
    /// each is called once its deadline has passed, and no more after that.
    pub fn await_room(
        &self,
        address: Address,
        deadline: Option<Instant>,
        source: Arc<dyn Source>,
    ) -> Ticket {
        self.backlog.join(address, deadline, source)
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

    /// Takes back what [`Reactor::defer`] was asked for.
    pub(crate) fn forget_deferred(&self, ticket: Ticket) {
        let source = self.state().deferred.remove(ticket);
        drop(source);
    }

    /// Takes back what [`Reactor::pause`] was asked for.
    pub(crate) fn forget_paused(&self, ticket: Ticket) {
        let source = self.state().paused.remove(ticket);
        drop(source);
    }

    /// Takes back what [`Reactor::await_room`] was asked for.
    pub(crate) fn forget_waiting(&self, address: &Address, ticket: Ticket) {
        self.backlog.leave(address, ticket);
    }

    /// How many requests of sources it holds, beside their registrations.
    pub fn held(&self) -> usize {
        let state = self.state();
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
        let depth = self.state().served.len();
        while let Some((source, readiness)) = self.next_ready(depth) {
            source.ready(readiness);
            delivered += 1;
            // The clock costs as much as a small event, so not each time.
            if delivered.is_multiple_of(16) && started.elapsed() > SLICE {
                break;
            }
        }
        self.state().served.truncate(depth);
        self.finish_turn() || delivered > 0
    }

    /// Waits for a moment for what comes next, see [`Linger`]. True when it must be delivered before
    /// the event loop may block: the kernel does not report it again.
    fn linger(&self) -> bool {
        let mut state = self.state();
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
        let mut state = self.state();
        state.linger.end(came);
        state.batch.iter().any(|(_, readiness)| readiness.is_reported_once)
    }

    /// Call this when the event loop starts anew: what was written elsewhere than in
    /// [`Reactor::dispatch`] leaves now. What is ready to be read is delivered before it.
    ///
    /// True when the loop must not block now: a user was called, who may have ended what the loop
    /// waits for, or there is more to do.
    pub fn end_turn(&self) -> bool {
        let state = self.state();
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
        !self.state().deferred.is_empty()
    }

    /// Ends the turn of everything deferred so far, and of what is served while a handler runs an
    /// event loop. What that defers anew waits for the next call, which the answer then asks for.
    fn finish_turn(&self) -> bool {
        let mut called = false;
        let mut state = self.state();
        let mut left = state.deferred.len();
        for index in 0..state.served.len() {
            let Some(source) =
                state.served.get(index).and_then(|&token| state.registrations.source(token))
            else {
                continue;
            };
            drop(state);
            called |= source.turn_ended();
            state = self.state();
        }
        while left > 0 {
            // One at a time: a nested event loop in here goes on with the rest.
            let Some(source) = state.deferred.pop() else { break };
            drop(state);
            called |= source.turn_ended();
            left -= 1;
            state = self.state();
        }
        let is_paused = !state.paused.is_empty();
        called |= !state.deferred.is_empty();
        drop(state);
        if is_paused {
            self.resume_paused();
            called |= !self.state().deferred.is_empty();
        }
        called
    }

    fn resume_paused(&self) {
        let last = self.state().paused.last();
        let mut at = None;
        loop {
            let state = self.state();
            // One that pauses meanwhile is asked at the end of the next turn.
            let next = state.paused.after(at).filter(|(ticket, _)| Some(*ticket) <= last);
            let Some((ticket, source)) = next.map(|(ticket, source)| (ticket, source.clone()))
            else {
                return;
            };
            drop(state);
            if source.resume() {
                self.forget_paused(ticket);
            }
            at = Some(ticket);
        }
    }

    /// Fills the batch when it is empty. False when nothing is ready.
    fn refill(&self) -> bool {
        let mut state = self.state();
        if state.batch.is_empty() {
            // The poller and the room for its answer are ours, so the question itself cannot fail. A
            // child that has no descriptor free for a poller of its own tries again next time.
            let _ = state.poll();
        }
        !state.batch.is_empty()
    }

    /// What is to be called next, in place of what was served at this depth.
    fn next_ready(&self, depth: usize) -> Option<(Arc<dyn Source>, Readiness)> {
        let mut state = self.state();
        state.served.truncate(depth);
        while let Some((token, readiness)) = state.batch.pop_front() {
            if let Some(source) = state.registrations.source(token) {
                state.served.push(token);
                return Some((source, readiness));
            }
        }
        None
    }
}

impl std::fmt::Debug for Reactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let state = self.state();
        f.debug_struct("Reactor")
            .field("registrations", &state.registrations)
            .finish_non_exhaustive()
    }
}

impl State {
    #[inline]
    fn poller(&mut self) -> Result<&Arc<Poller>> {
        if self.registrations.needs_poller() {
            self.renew_poller()?;
        }
        Ok(self.registrations.poller())
    }

    #[cold]
    fn renew_poller(&mut self) -> Result<()> {
        // What the parent's poller has reported is reported by the new one as well.
        self.batch.clear();
        self.registrations.renew_poller(|event| self.batch.push_back(reported(event)))
    }

    /// Adds to the batch what is ready now.
    fn poll(&mut self) -> Result<()> {
        self.poller()?;
        let batch = &mut self.batch;
        self.registrations
            .poller()
            .poll(|event| batch.push_back(reported(event)))
            .map_err(|errno| Error::from_errno(errno, "epoll_wait"))
    }
}

fn reported(event: Event) -> (Token, Readiness) {
    (Token::from_key(event.key), event.readiness)
}

impl Token {
    fn key(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    fn from_key(key: u64) -> Self {
        Self { index: key as u32, generation: (key >> 32) as u32 }
    }
}
