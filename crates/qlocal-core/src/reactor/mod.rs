// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The per-thread owner of the poller: turns readiness into calls of sources.
//!
//! The owner of the thread's event loop watches the reactor's descriptor and calls [`Reactor::dispatch`]
//! when that becomes readable. No lock is held across a call of a source. So an event loop that a handler
//! runs continues with the same batch of events, and a source that was deregistered meanwhile is skipped.
//!
//! Sources do not act at once on what a user requests, they defer it to the end of the turn.
//! [`Reactor::dispatch`] ends the turn of the handlers that it has called. In any other case a turn is
//! left open, and the [`EventLoop`] is asked for [`Reactor::end_turn`].
//!
//! A reactor keeps working in a fork(2) child, without touching what belongs to the parent: see
//! [`Reactor::poller`] and [`registrations`].
//!
//! This file has the registrations and the event loop, [`dispatch`] the turns, and [`tick`] what happens
//! at a certain time.

mod backlog;
mod batch;
mod dispatch;
mod line;
mod linger;
mod pace;
mod price;
mod registrations;
mod source;
mod tick;
mod timer;
mod turn;

pub(crate) use backlog::Waiter;
pub use line::Ticket;
pub use registrations::{SharedDescriptor, Token};
pub use source::Source;

use std::any::Any;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::Duration;

use qlocal_sys::poller::{self, Interest, Poller, Watch};

use crate::error::{Error, Operation, Result};
use crate::lock::{lock, Mutex, MutexGuard};
use crate::log::{self, Topic};
use backlog::Backlog;
use linger::Linger;
use registrations::{Registrations, Role};
use timer::Timer;
use turn::Turn;

/// The thread's event loop, as its reactor needs it.
///
/// It is called on the reactor's thread, possibly while locks of sources are held, so it must not call
/// any source.
pub trait EventLoop: Send + Sync {
    /// Requests one call of [`Reactor::tick`] after this time. Replaces the previous request.
    ///
    /// A timer of the event loop costs no system call, while one of the kernel's does.
    fn tick_after(&self, after: Duration);
    /// Requests one call of [`Reactor::end_turn`] in the loop's next turn.
    fn open_turn(&self, reactor: &Reactor);
    /// Whether the loop may block at the end of this turn, or returns to a program that polls it: that has
    /// something else to do. It is called at most once in a turn.
    fn may_block(&self) -> bool {
        true
    }
}

/// Watches a descriptor in the thread's event loop, next to its reactor.
pub trait Follower: Send + Sync {
    /// The thread has another event loop.
    fn loop_found(&self);
}

/// One per thread.
pub struct Reactor {
    state: Mutex<State>,
    backlog: Backlog,
    timer: Timer,
    event_loop: Option<Arc<dyn EventLoop>>,
    followers: Mutex<Vec<Weak<dyn Follower>>>,
    /// See [`Reactor::set_nesting_unseen`].
    is_nesting_unseen: AtomicBool,
    /// See [`Reactor::shared`].
    shared: Mutex<Weak<dyn Any + Send + Sync>>,
}

struct State {
    registrations: Registrations,
    turn: Turn,
    linger: Linger,
}

/// A descriptor that is always writable, so an event loop that waits for that never blocks. There is one
/// for the whole process.
///
/// # Errors
/// [`crate::ErrorKind::ResourceExhausted`] when no descriptor is free at the first call.
pub fn always_writable() -> Result<BorrowedFd<'static>> {
    poller::always_writable().map_err(|errno| Error::from_errno(errno, Operation::Eventfd))
}

impl Reactor {
    /// A reactor whose owner calls [`Reactor::tick`] at [`Reactor::next_tick`], and
    /// [`Reactor::end_turn`] in each turn.
    ///
    /// # Errors
    /// [`crate::ErrorKind::ResourceExhausted`] when no descriptor is free.
    pub fn new() -> Result<Self> {
        Self::build(None)
    }

    /// A reactor that requests each of these calls from its event loop.
    ///
    /// # Errors
    /// As [`Reactor::new`].
    pub fn with_event_loop(event_loop: Arc<dyn EventLoop>) -> Result<Self> {
        Self::build(Some(event_loop))
    }

    fn build(event_loop: Option<Arc<dyn EventLoop>>) -> Result<Self> {
        let state = State {
            registrations: Registrations::new()?,
            turn: Turn::default(),
            linger: Linger::default(),
        };
        log::debug(Topic::Reactor, format_args!("a thread has a reactor"));
        Ok(Self {
            state: Mutex::new(state),
            backlog: Backlog::default(),
            timer: Timer::default(),
            event_loop,
            followers: Mutex::default(),
            is_nesting_unseen: AtomicBool::default(),
            shared: Mutex::new(Weak::<()>::new()),
        })
    }

    /// States whether a handler may run an event loop without a call of [`Reactor::interrupt`]. If so,
    /// whatever handlers defer opens a turn at once, which costs more.
    pub fn set_nesting_unseen(&self, unseen: bool) {
        self.is_nesting_unseen.store(unseen, Relaxed);
    }

    /// Whether the turn of a source that is being called ends without a request.
    pub(crate) fn ends_turns(&self) -> bool {
        !self.is_nesting_unseen.load(Relaxed)
    }

    /// The poller of this process, whose descriptor becomes readable when [`Reactor::dispatch`] has
    /// something to do.
    ///
    /// A fork(2) child gets its own: call this again when the watched one
    /// [is not of this process](Poller::is_of_this_process).
    ///
    /// # Errors
    /// [`crate::ErrorKind::ResourceExhausted`] when no descriptor is free for a new one.
    pub fn poller(&self) -> Result<Arc<Poller>> {
        let mut state = self.state();
        let is_new = state.registrations.needs_poller();
        let poller = state.poller().cloned();
        drop(state);
        if is_new && self.has_work() {
            self.open_turn();
        }
        poller
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Starts to report readiness of a descriptor to `source`.
    ///
    /// # Errors
    /// When the kernel watches no more descriptors, or not this kind.
    pub fn register(
        &self,
        descriptor: SharedDescriptor,
        interest: Interest,
        source: Arc<dyn Source>,
    ) -> Result<Token> {
        self.add(descriptor, interest, Role::Connection(source))
    }

    /// As [`Reactor::register`], for a source of new connections. Its events do not count as served, see
    /// [`Acceptor::accept_ready`](crate::Acceptor::accept_ready).
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
        self.state().turn.delivered()
    }

    /// Ends lingering when this descriptor becomes readable, which the event loop itself watches. Each
    /// event counts once.
    ///
    /// # Errors
    /// As [`Reactor::register`].
    pub fn register_wake_up(&self, descriptor: SharedDescriptor) -> Result<Token> {
        self.state().registrations.register(descriptor, Watch::Edge, Role::WakeUp)
    }

    /// Changes what a registration waits for.
    ///
    /// # Errors
    /// When the descriptor was closed behind the caller's back.
    pub fn reregister(&self, token: Token, interest: Interest) -> Result<()> {
        self.state().registrations.reregister(token, interest)
    }

    /// Ends a registration. Events that are not delivered yet are dropped.
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

    /// Polls for this long after each turn before the event loop may block, at most ten milliseconds. The
    /// thread responds sooner then, but keeps its processor busy, and other sources of its event loop wait
    /// meanwhile. Zero, the default, polls for up to fifty microseconds, depending on what
    /// waking the thread costs, where that pays off; in the rare turns that measure this cost for up to 150.
    pub fn set_busy_poll(&self, limit: Duration) {
        self.state().linger.set_limit(limit);
    }

    /// Whether it polls at all without such a limit. The default is true.
    pub fn set_lingering(&self, lingers: bool) {
        self.state().linger.set_off(!lingers);
    }

    /// What waking this thread costs, as far as its own traffic has shown. Where that is less than five
    /// microseconds, it polls for twice as long, otherwise for fifty microseconds; unless
    /// [`Reactor::set_busy_poll`] has set a limit.
    pub fn wake_up_cost(&self) -> Option<Duration> {
        self.state().linger.wake_up()
    }

    /// Requests one [`Source::turn_ended`] at the end of the turn, and opens a turn unless one is under way
    /// that ends by itself.
    pub fn defer(&self, source: Arc<dyn Source>) -> Ticket {
        let mut state = self.state();
        let ticket = state.turn.deferred.push(source);
        let is_serving = state.turn.is_serving();
        drop(state);
        if !is_serving {
            self.open_turn();
        }
        ticket
    }

    /// Takes back [`Reactor::defer`].
    pub(crate) fn forget_deferred(&self, ticket: Ticket) {
        let source = self.state().turn.deferred.remove(ticket);
        drop(source);
    }

    fn open_turn(&self) {
        if let Some(event_loop) = &self.event_loop {
            event_loop.open_turn(self);
        }
    }

    /// What sources of this thread share while any of them uses it. The reactor need not know what that
    /// is, so a program that does not use it does not contain it.
    pub(crate) fn shared<T: Any + Send + Sync>(&self, make: impl FnOnce() -> Arc<T>) -> Arc<T> {
        let mut shared = lock(&self.shared);
        let present = shared.upgrade().and_then(|present| present.downcast().ok());
        present.unwrap_or_else(|| {
            let made = make();
            *shared = Arc::downgrade(&made) as Weak<dyn Any + Send + Sync>;
            made
        })
    }

    /// Requests [`Follower::loop_found`] each time that the thread gets another event loop.
    pub fn follow(&self, follower: Weak<dyn Follower>) {
        lock(&self.followers).push(follower);
    }

    /// Takes back [`Reactor::follow`].
    pub fn unfollow(&self, follower: &Weak<dyn Follower>) {
        lock(&self.followers).retain(|other| !other.ptr_eq(follower));
    }

    /// Another event loop drives this reactor from now on: repeats the requests that the previous one has
    /// not served.
    pub fn join_event_loop(&self) {
        if self.has_work() {
            self.open_turn();
        }
        self.request_tick();
        let followers = lock(&self.followers).clone();
        followers.iter().filter_map(Weak::upgrade).for_each(|follower| follower.loop_found());
    }

    /// How many requests it holds, not counting registrations.
    pub fn held(&self) -> usize {
        self.state().turn.deferred.len() + self.backlog.len() + self.timer.len()
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
        let batch = &mut self.turn.batch;
        // The new poller reports again what the parent's has reported.
        batch.clear();
        self.registrations.renew_poller(|event| batch.push(event))
    }

    /// Adds the events that are ready now to the batch.
    fn poll(&mut self) -> Result<()> {
        self.poller()?;
        let batch = &mut self.turn.batch;
        self.registrations
            .poller()
            .poll(|event| batch.push(event))
            .map_err(|errno| Error::from_errno(errno, Operation::EpollWait))
    }
}

#[cfg(test)]
pub(crate) mod counter;
