// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The per-thread owner of the poller: it turns readiness into calls of sources.
//!
//! The batch of reported events lives here and no lock is held across a call-out, so an event loop
//! that a handler runs goes on with the batch, and a source that was deregistered meanwhile is
//! skipped. The owner of the thread's event loop watches the reactor's descriptor and calls
//! [`Reactor::dispatch`] when that becomes readable.
//!
//! Sources do not act at once on what a user asks for, they defer it to the end of the turn.
//! [`Reactor::dispatch`] ends the turn of the handlers that it has called. In any other case a turn is
//! left open, and the [`EventLoop`] is asked for [`Reactor::end_turn`].
//!
//! A reactor goes on in a child that fork(2) makes, without touching what belongs to the parent: see
//! [`Reactor::poller`] and [`registrations`].

mod backlog;
mod line;
mod linger;
mod registrations;
mod source;

pub use line::Ticket;
pub use registrations::{SharedDescriptor, Token};
pub use source::{Retry, Source, Waiting};

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::error::{Error, Operation, Result};
use crate::lock::{lock, Mutex, MutexGuard};
use crate::log::{self, Topic};
use crate::names::Address;
use crate::sys::poller::{self, Event, Interest, Poller, Readiness, Watch};
use crate::unwinding::is_unwinding;
use backlog::Backlog;
use line::Line;
use linger::Linger;
use registrations::{Registrations, Role};

/// The thread's event loop, as its reactor needs it.
///
/// It is called on the reactor's thread, possibly with locks of sources held, so it must not call any.
pub trait EventLoop: Send + Sync {
    /// Asks for one call of [`Reactor::tick`] after this time, in place of what was asked for before.
    ///
    /// A timer of the event loop costs no system call, which one of the kernel's does.
    fn tick_after(&self, after: Duration);
    /// Asks for one call of [`Reactor::end_turn`] in the loop's next turn.
    fn open_turn(&self, reactor: &Reactor);
}

/// What watches a descriptor in the thread's event loop beside its reactor.
pub trait Follower: Send + Sync {
    /// The thread has another event loop.
    fn loop_found(&self);
}

/// How long one call of [`Reactor::dispatch`] goes on before other sources of the thread's event
/// loop, such as timers, get their turn.
const SLICE: Duration = Duration::from_millis(2);

/// How long to wait between two looks while lingering: so much comes together in one.
const POLL_INTERVAL: Duration = Duration::from_micros(2);

/// One per thread.
pub struct Reactor {
    state: Mutex<State>,
    backlog: Backlog,
    event_loop: Option<Arc<dyn EventLoop>>,
    /// See [`Reactor::set_nesting_unseen`].
    is_nesting_unseen: AtomicBool,
}

struct State {
    registrations: Registrations,
    batch: VecDeque<(Token, Readiness)>,
    /// How many events in the batch the kernel will not report again.
    reported_once: usize,
    /// A call of the owner is under way that ends the turn before it returns.
    is_serving: bool,
    /// The source that this call is calling.
    served: Option<Token>,
    deferred: Line<Arc<dyn Source>>,
    linger: Linger,
    followers: Vec<Weak<dyn Follower>>,
    /// How many events of connections have been delivered.
    delivered: u64,
}

/// A descriptor that always can be written to: event loops turn at once while they wait for that. It is
/// one for the whole process.
///
/// # Errors
/// [`crate::ErrorKind::ResourceExhausted`] when no descriptor is free at the first call.
pub fn always_writable() -> Result<BorrowedFd<'static>> {
    poller::always_writable().map_err(|errno| Error::from_errno(errno, Operation::Eventfd))
}

impl Reactor {
    /// A reactor whose owner calls [`Reactor::tick`] when [`Reactor::next_tick`] says so, and
    /// [`Reactor::end_turn`] in each turn.
    ///
    /// # Errors
    /// [`crate::ErrorKind::ResourceExhausted`] when no descriptor is free.
    pub fn new() -> Result<Self> {
        Self::build(None)
    }

    /// A reactor that asks its event loop for each of these calls.
    ///
    /// # Errors
    /// As [`Reactor::new`].
    pub fn with_event_loop(event_loop: Arc<dyn EventLoop>) -> Result<Self> {
        Self::build(Some(event_loop))
    }

    fn build(event_loop: Option<Arc<dyn EventLoop>>) -> Result<Self> {
        let state = State {
            registrations: Registrations::new()?,
            batch: VecDeque::new(),
            reported_once: 0,
            is_serving: false,
            served: None,
            delivered: 0,
            deferred: Line::default(),
            linger: Linger::default(),
            followers: Vec::new(),
        };
        log::debug(Topic::Reactor, format_args!("a thread has a reactor"));
        Ok(Self {
            state: Mutex::new(state),
            backlog: Backlog::default(),
            event_loop,
            is_nesting_unseen: AtomicBool::default(),
        })
    }

    /// Says whether a handler may run an event loop without a call of [`Reactor::interrupt`]. If so,
    /// what handlers defer is asked for at once, which costs more.
    pub fn set_nesting_unseen(&self, unseen: bool) {
        self.is_nesting_unseen.store(unseen, Relaxed);
    }

    /// Whether the turn of a source that is being called ends without being asked for.
    pub(crate) fn ends_turns(&self) -> bool {
        !self.is_nesting_unseen.load(Relaxed)
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
        self.add(descriptor, interest, Role::Connection(source))
    }

    /// As [`Reactor::register`], for a source of newcomers. They wait while connections are served,
    /// see [`Acceptor::accept_ready`](crate::Acceptor::accept_ready).
    ///
    /// # Errors
    /// As [`Reactor::register`].
    pub fn register_listener(
        &self,
        descriptor: SharedDescriptor,
        interest: Interest,
        source: Arc<dyn Source>,
    ) -> Result<Token> {
        self.add(descriptor, interest, Role::Listener(source))
    }

    fn add(&self, descriptor: SharedDescriptor, interest: Interest, role: Role) -> Result<Token> {
        self.state().registrations.register(descriptor, Watch::Level(interest), role)
    }

    /// How many events of connections have been delivered so far.
    pub(crate) fn served(&self) -> u64 {
        self.state().delivered
    }

    /// Ends lingering when there is something to read, which the event loop itself looks for. Each
    /// time that counts once.
    ///
    /// # Errors
    /// As [`Reactor::register`].
    pub fn register_beside(&self, descriptor: SharedDescriptor) -> Result<Token> {
        self.state().registrations.register(descriptor, Watch::Edge, Role::Beside)
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

    /// Ends the registration of a descriptor that was closed elsewhere: its number may stand for
    /// another one by now.
    pub fn forget_closed(&self, token: Token) {
        let entry = self.state().registrations.remove(token);
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
        let mut state = self.state();
        let ticket = state.deferred.push(source);
        self.request_turn(state);
        ticket
    }

    /// Opens a turn unless one is under way that ends by itself.
    fn request_turn(&self, state: MutexGuard<'_, State>) {
        let is_serving = state.is_serving;
        drop(state);
        if !is_serving {
            self.open_turn();
        }
    }

    fn open_turn(&self) {
        if let Some(event_loop) = &self.event_loop {
            event_loop.open_turn(self);
        }
    }

    /// Asks for [`Follower::loop_found`] each time that the thread has another event loop.
    pub fn follow(&self, follower: Weak<dyn Follower>) {
        self.state().followers.push(follower);
    }

    /// Takes back [`Reactor::follow`].
    pub fn unfollow(&self, follower: &Weak<dyn Follower>) {
        self.state().followers.retain(|other| !other.ptr_eq(follower));
    }

    /// Another event loop serves this reactor from now on: asks it for what the one before has not
    /// done.
    pub fn join_event_loop(&self) {
        if self.has_work() {
            self.open_turn();
        }
        self.tick_after(self.backlog.until_tick());
        let followers = self.state().followers.clone();
        followers.iter().filter_map(Weak::upgrade).for_each(|follower| follower.loop_found());
    }

    /// Asks for [`Source::retry`] at intervals, until it answers [`Waiting::Done`], for a source
    /// that found the backlog of this address full. Those that wait for the same address take turns;
    /// each is called once its deadline has passed, and no more after that.
    pub fn await_room(
        &self,
        address: Address,
        deadline: Option<Instant>,
        source: Arc<dyn Source>,
    ) -> Ticket {
        let (ticket, pause) = self.backlog.join(address, deadline, source);
        self.tick_after(pause);
        ticket
    }

    fn tick_after(&self, pause: Option<Duration>) {
        if let (Some(pause), Some(event_loop)) = (pause, &self.event_loop) {
            event_loop.tick_after(pause);
        }
    }

    /// When [`Reactor::tick`] is due: a moment in the next few milliseconds while anything waits for
    /// room.
    pub fn next_tick(&self) -> Option<Instant> {
        self.backlog.next_tick()
    }

    /// Tries again to connect what waits for room, and checks deadlines.
    ///
    /// It sends nothing: timers of an event loop also fire while it excludes sockets.
    pub fn tick(&self) {
        self.begin_turn();
        if let Some((addresses, pause)) = self.backlog.begin_tick() {
            self.tick_after(Some(pause));
            self.tick_after(self.backlog.serve_all(&addresses));
        }
        self.leave_turn();
    }

    /// Takes back what [`Reactor::defer`] was asked for.
    pub(crate) fn forget_deferred(&self, ticket: Ticket) {
        let source = self.state().deferred.remove(ticket);
        drop(source);
    }

    /// Takes back what [`Reactor::await_room`] was asked for.
    pub(crate) fn forget_waiting(&self, address: &Address, ticket: Ticket) {
        self.backlog.leave(address, ticket);
    }

    /// How many requests of sources it holds, beside their registrations.
    pub fn held(&self) -> usize {
        let state = self.state();
        state.deferred.len() + self.backlog.len()
    }

    /// Delivers what is ready, for a bounded time. False when nothing was.
    ///
    /// It asks the kernel once: asking again brings a few events for one more system call each, and
    /// the event loop comes back at once if there are more. What comes while it lingers is delivered
    /// when the loop has come back, so that timers and posted events get their turn before it.
    pub fn dispatch(&self) -> bool {
        self.begin_turn();
        let delivered = self.deliver();
        if delivered && !is_unwinding() {
            self.linger();
        }
        self.leave_turn();
        delivered
    }

    /// Ends the turn that was left open: what was deferred leaves now. What is ready to be read is
    /// delivered before it, and an answer to what has just left is waited for for a moment.
    ///
    /// True when that may have called a user, or there is more to do.
    pub fn end_turn(&self) -> bool {
        self.begin_turn();
        let mut called = self.has_work() && self.deliver();
        if !is_unwinding() {
            called |= self.finish_turn();
        }
        if called && !is_unwinding() {
            self.linger();
        }
        self.leave_turn();
        called
    }

    /// Call this when an event loop turns inside a handler that [`Reactor::dispatch`] or
    /// [`Reactor::end_turn`] has called. What they would do when it returns is due in the loop.
    pub fn interrupt(&self) {
        let mut state = self.state();
        let was_serving = std::mem::take(&mut state.is_serving);
        let served = state.served.take().and_then(|token| state.registrations.source(token));
        let has_work = state.has_work();
        drop(state);
        if let Some(source) = served {
            source.interrupt();
        }
        if was_serving && has_work {
            self.open_turn();
        }
    }

    /// Whether [`Reactor::end_turn`] is due.
    pub fn has_work(&self) -> bool {
        self.state().has_work()
    }

    fn begin_turn(&self) {
        // A handler is still under way if the loop that it runs has not said so, or if it was left
        // by an exception.
        self.interrupt();
        self.state().is_serving = self.ends_turns();
    }

    /// Whatever is left is due in the next turn of the event loop. Every call of the owner ends here.
    fn leave_turn(&self) {
        let mut state = self.state();
        state.is_serving = false;
        let has_work = state.has_work();
        drop(state);
        if has_work {
            self.open_turn();
        }
    }

    /// True when a source was called.
    fn deliver(&self) -> bool {
        if !self.refill() {
            return false;
        }
        let started = Instant::now();
        let mut delivered = 0_u32;
        while let Some((source, readiness)) = self.next_ready() {
            source.ready(readiness);
            delivered += 1;
            if is_unwinding() {
                // The rest of the batch is for the next call, which comes as soon as it can.
                self.state().served = None;
                return true;
            }
            // The clock costs as much as a small event, so not each time.
            if delivered % 16 == 0 && started.elapsed() > SLICE {
                break;
            }
        }
        self.state().served = None;
        self.finish_turn() || delivered > 0
    }

    /// Waits for a moment for what comes next, see [`Linger`].
    fn linger(&self) {
        let mut state = self.state();
        if !state.batch.is_empty() {
            return;
        }
        let Some(limit) = state.linger.begin() else { return };
        drop(state);
        let started = Instant::now();
        let mut elapsed = Duration::ZERO;
        let mut came = self.refill();
        while !came && elapsed < limit {
            let next = elapsed + POLL_INTERVAL;
            while elapsed < next {
                std::hint::spin_loop();
                elapsed = started.elapsed();
            }
            came = self.refill();
        }
        self.state().linger.end(came);
    }

    /// Ends the turn of everything deferred so far. What that defers again waits for the next turn,
    /// which the answer then asks for.
    fn finish_turn(&self) -> bool {
        let mut called = false;
        let mut state = self.state();
        let mut left = state.deferred.len();
        while left > 0 {
            // One at a time: a nested event loop in here goes on with the rest.
            let Some(source) = state.deferred.pop() else { break };
            drop(state);
            called |= source.turn_ended();
            if is_unwinding() {
                return true;
            }
            left -= 1;
            state = self.state();
        }
        drop(state);
        called | self.has_work()
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

    /// What is to be called next, in place of what is served.
    fn next_ready(&self) -> Option<(Arc<dyn Source>, Readiness)> {
        let mut state = self.state();
        while let Some((token, readiness)) = state.batch.pop_front() {
            state.reported_once -= usize::from(readiness.is_reported_once);
            let (source, is_connection) = match state.registrations.role(token) {
                Some(Role::Connection(source)) => (source.clone(), true),
                Some(Role::Listener(source)) => (source.clone(), false),
                Some(Role::Beside) | None => continue,
            };
            state.served = Some(token);
            state.delivered += u64::from(is_connection);
            return Some((source, readiness));
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
    /// Whether the event loop has to come back though the kernel reports nothing.
    fn has_work(&self) -> bool {
        !self.deferred.is_empty() || self.reported_once > 0
    }

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
        self.reported_once = 0;
        let (batch, once) = (&mut self.batch, &mut self.reported_once);
        self.registrations.renew_poller(|event| report(event, batch, once))
    }

    /// Adds to the batch what is ready now.
    fn poll(&mut self) -> Result<()> {
        self.poller()?;
        let (batch, once) = (&mut self.batch, &mut self.reported_once);
        self.registrations
            .poller()
            .poll(|event| report(event, batch, once))
            .map_err(|errno| Error::from_errno(errno, Operation::EpollWait))
    }
}

fn report(event: Event, batch: &mut VecDeque<(Token, Readiness)>, once: &mut usize) {
    *once += usize::from(event.readiness.is_reported_once);
    batch.push_back((Token::from_key(event.key), event.readiness));
}
