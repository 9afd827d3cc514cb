// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The turns of a reactor: delivers events, calls the sources that wait for the end of the turn, and
//! polls for a short time before the thread may sleep.

use std::sync::Arc;
use std::time::{Duration, Instant};

use qlocal_sys::poller::Readiness;

use crate::unwinding::is_unwinding;

use super::registrations::Role;
use super::source::Source;
use super::Reactor;

/// How long one call of [`Reactor::dispatch`] continues before other sources of the thread's event loop,
/// such as timers, get their turn.
const SLICE: Duration = Duration::from_millis(2);

impl Reactor {
    /// Delivers the events that are ready, for a bounded time. False when there were none.
    ///
    /// It polls the kernel once: another poll would find a few more events for one system call each, and
    /// the event loop comes back at once if there are any. Events found while lingering are delivered when
    /// the loop has come back, so that timers and posted events get their turn first.
    pub fn dispatch(&self) -> bool {
        self.state().linger.woke(Instant::now);
        self.begin_turn();
        let delivered = self.deliver();
        if delivered && !is_unwinding() {
            self.linger();
        }
        self.leave_turn();
        delivered
    }

    /// Ends the turn that was left open: calls the deferred sources, after delivering reported events, and
    /// then waits a moment for the answers to what they have sent.
    ///
    /// True when that may have called user code, or there is more to do.
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

    /// Call this when an event loop runs inside a handler called by [`Reactor::dispatch`] or
    /// [`Reactor::end_turn`]: whatever they would do after the handler has returned is due in that loop.
    pub fn interrupt(&self) {
        let mut guard = self.state();
        let state = &mut *guard;
        let (served, left_work) = state.turn.interrupt(&state.registrations);
        drop(guard);
        if let Some(source) = served {
            source.interrupt();
        }
        if left_work {
            self.open_turn();
        }
    }

    /// Whether [`Reactor::end_turn`] is due.
    pub fn has_work(&self) -> bool {
        self.state().turn.has_work()
    }

    pub(super) fn begin_turn(&self) {
        // A handler is still under way if its event loop has not reported itself, or if an exception
        // has left it.
        self.interrupt();
        self.state().turn.begin(self.ends_turns());
    }

    /// Whatever is left is due in the next turn of the event loop. Each call of the owner ends here.
    pub(super) fn leave_turn(&self) {
        let left_work = self.state().turn.leave();
        if left_work {
            self.open_turn();
        }
    }

    /// True when a source was called.
    fn deliver(&self) -> bool {
        if !self.refill() {
            return false;
        }
        let mut started = None;
        let mut delivered = 0_u32;
        while let Some((source, readiness)) = self.next_ready() {
            source.ready(readiness);
            delivered += 1;
            if is_unwinding() {
                // The next call, which comes as soon as it can, delivers the rest of the batch.
                self.state().turn.served();
                return true;
            }
            // Reading the clock costs as much as a small event: not each time, and never for a small batch.
            if delivered % 16 == 0 && started.get_or_insert_with(Instant::now).elapsed() > SLICE {
                break;
            }
        }
        self.state().turn.served();
        self.finish_turn() || delivered > 0
    }

    /// Polls for a short time for the next event, see [`Linger`](super::linger::Linger).
    fn linger(&self) {
        let has_events = !self.state().turn.batch.is_empty();
        if has_events || self.event_loop.as_ref().is_some_and(|it| !it.may_block()) {
            return;
        }
        let Some((pace, looks)) = self.state().linger.begin(Instant::now) else { return };
        let mut made = 1;
        let mut came = self.refill();
        while !came && made < looks {
            pace.pause();
            came = self.refill();
            made += 1;
        }
        self.state().linger.end(came, made, Instant::now);
    }

    /// Calls the sources deferred so far. Those deferred meanwhile wait for the next turn, which the
    /// result then requests.
    fn finish_turn(&self) -> bool {
        let mut called = false;
        let mut state = self.state();
        let mut left = state.turn.deferred.len();
        while left > 0 {
            // One at a time: a nested event loop continues with the rest.
            let Some(source) = state.turn.deferred.pop() else { break };
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
        if state.turn.batch.is_empty() {
            // The descriptor and the buffer are valid, so the call itself cannot fail. A fork(2) child
            // without a free descriptor for its own poller tries again next time.
            let _ = state.poll();
        }
        !state.turn.batch.is_empty()
    }

    /// The source to call next, which counts as served from now on.
    fn next_ready(&self) -> Option<(Arc<dyn Source>, Readiness)> {
        let mut state = self.state();
        while let Some((token, readiness)) = state.turn.batch.pop() {
            let (source, is_connection) = match state.registrations.role(token) {
                Some(Role::Connection(source)) => (source.clone(), true),
                Some(Role::Listener(source)) => (source.clone(), false),
                Some(Role::WakeUp) | None => continue,
            };
            state.turn.serve(token, is_connection);
            return Some((source, readiness));
        }
        None
    }
}
