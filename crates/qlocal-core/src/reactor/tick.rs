// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The ticks of a reactor: what happens at a certain time, not when the kernel reports readiness.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::names::Address;
use crate::unwinding::is_unwinding;

use super::backlog::Waiter;
use super::line::Ticket;
use super::source::Source;
use super::Reactor;

impl Reactor {
    /// Requests one [`Source::turn_ended`] once this time has passed. Replaces the previous request for
    /// the same source.
    pub fn after(&self, pause: Duration, source: Arc<dyn Source>) {
        // A moment beyond the range of the clock never comes.
        if let Some(moment) = Instant::now().checked_add(pause) {
            self.timer.set(moment, source);
            self.request_tick();
        }
    }

    /// Takes back [`Reactor::after`]. A tick that was requested for it may still come.
    pub(crate) fn forget_after(&self, source: &dyn Source) {
        let source = self.timer.forget(source);
        drop(source);
    }

    /// Requests [`Waiter::retry`] at intervals until it returns false, for a connect that found the
    /// backlog of this address full. Those that wait for the same address take turns. Each is called once
    /// its deadline has passed, and no more after that.
    pub(crate) fn await_room(
        &self,
        address: Address,
        deadline: Option<Instant>,
        waiter: Arc<dyn Waiter>,
    ) -> Ticket {
        let (ticket, is_first) = self.backlog.join(address, deadline, waiter);
        if is_first {
            self.request_tick();
        }
        ticket
    }

    /// Takes back [`Reactor::await_room`].
    pub(crate) fn forget_waiting(&self, address: &Address, ticket: Ticket) {
        self.backlog.leave(address, ticket);
    }

    /// When [`Reactor::tick`] is due: in a few milliseconds while any connect waits for room, and at the
    /// moments requested by [`Reactor::after`].
    pub fn next_tick(&self) -> Option<Instant> {
        [self.backlog.next_tick(), self.timer.next()].into_iter().flatten().min()
    }

    /// Retries connects that wait for room, enforces their deadlines, and calls the sources whose moment
    /// has come.
    ///
    /// It sends nothing: timers of an event loop also fire while it excludes sockets.
    pub fn tick(&self) {
        self.begin_turn();
        if let Some(addresses) = self.backlog.begin_tick() {
            // Before anything is called: an event loop in a handler continues with the others.
            self.request_tick();
            if self.backlog.serve_all(&addresses) {
                self.request_tick();
            }
        }
        if self.timer.next().is_some() {
            self.call_due();
        }
        self.leave_turn();
    }

    fn call_due(&self) {
        let now = Instant::now();
        loop {
            let due = if is_unwinding() { None } else { self.timer.take_due(now) };
            // For those left, also while this one runs an event loop.
            self.request_tick();
            let Some(source) = due else { return };
            source.turn_ended();
        }
    }

    /// Requests a tick from the event loop, if any is due.
    pub(super) fn request_tick(&self) {
        if let (Some(moment), Some(event_loop)) = (self.next_tick(), &self.event_loop) {
            event_loop.tick_after(moment.saturating_duration_since(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::reactor::counter::Counter;
    use crate::reactor::EventLoop;

    /// Records the requests for ticks.
    #[derive(Default)]
    struct Requests(Mutex<Vec<Duration>>);

    impl EventLoop for Requests {
        fn tick_after(&self, after: Duration) {
            self.0.lock().unwrap().push(after);
        }

        fn open_turn(&self, _: &Reactor) {}
    }

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_pause_ends_in_one_tick() {
        let reactor = Reactor::new().unwrap();
        let sources = [Arc::new(Counter::default()), Arc::new(Counter::default())];
        reactor.after(Duration::ZERO, sources[0].clone());
        reactor.after(HOUR, sources[1].clone());
        assert!(reactor.next_tick().is_some_and(|tick| tick <= Instant::now()));
        reactor.tick();
        reactor.tick();
        assert_eq!(sources.each_ref().map(|source| source.count()), [1, 0]);
        assert!(reactor.next_tick().is_some_and(|tick| tick > Instant::now()));
        assert_eq!(reactor.held(), 1);
    }

    #[test]
    fn an_early_tick_requests_another() {
        let requests = Arc::new(Requests::default());
        let reactor = Reactor::with_event_loop(requests.clone()).unwrap();
        reactor.after(HOUR, Arc::new(Counter::default()));
        reactor.tick();
        let requests = requests.0.lock().unwrap();
        assert_eq!(requests.len(), 2);
        assert!(requests.iter().all(|pause| *pause <= HOUR && *pause > HOUR / 2));
    }
}
