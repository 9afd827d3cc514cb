// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connects that wait for room in a full backlog, in one line for each address.
//!
//! The kernel never reports that room to a non-blocking socket, so connects are retried. One retry per
//! tick is enough for a whole line, and ticks become rarer while there is no room. The reactor requests
//! them from the event loop only while anything waits, so an idle process sets no timer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::lock::{lock, Mutex};
use crate::names::Address;
use crate::unwinding::is_unwinding;

use super::line::{Line, Ticket};

/// The first pause between two ticks. Each tick without success doubles the next one.
const MIN_PAUSE: Duration = Duration::from_millis(2);

/// The maximum pause between two ticks. With the delays of timers and of the thread it stays below the 20
/// milliseconds within which room has to be noticed.
const MAX_PAUSE: Duration = Duration::from_millis(16);

/// A connect that waits for room. It is called on the reactor's thread, without any lock held.
pub(crate) trait Waiter: Send + Sync {
    /// Tries to connect. Returns whether it still waits.
    fn retry(&self) -> bool;
    /// The deadline has passed.
    fn expire(&self);
}

/// The lines of a reactor. They have their own lock, since a [`Waiter`] is called without it.
#[derive(Default)]
pub(super) struct Backlog {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lines: BTreeMap<Address, Line<Place>>,
    /// The last ticket of any line. Lines come and go, but no ticket is issued twice for an address.
    last: Option<Ticket>,
    pause: Duration,
    next_tick: Option<Instant>,
}

/// A place in a line.
struct Place {
    waiter: Arc<dyn Waiter>,
    deadline: Option<Instant>,
}

impl Backlog {
    /// Puts a waiter at the end of a line. Also returns whether that is the first one, so that a tick has
    /// to be requested.
    pub fn join(
        &self,
        address: Address,
        deadline: Option<Instant>,
        waiter: Arc<dyn Waiter>,
    ) -> (Ticket, bool) {
        let mut state = lock(&self.state);
        let last = state.last;
        let line = state.lines.entry(address).or_default();
        let ticket = line.push_after(last, Place { waiter, deadline });
        state.last = Some(ticket);
        let is_first = state.next_tick.is_none();
        if is_first {
            state.tick_after(MIN_PAUSE);
        }
        (ticket, is_first)
    }

    /// Takes a waiter out of its line, if it is still there.
    pub fn leave(&self, address: &Address, ticket: Ticket) {
        let mut state = lock(&self.state);
        let place = state.lines.get_mut(address).and_then(|line| line.remove(ticket));
        // This may be the last reference: drop it without the lock.
        drop(state);
        drop(place);
    }

    pub fn len(&self) -> usize {
        lock(&self.state).lines.values().map(Line::len).sum()
    }

    pub fn next_tick(&self) -> Option<Instant> {
        lock(&self.state).next_tick
    }

    /// The addresses that a tick has to serve, if any. Schedules the next tick.
    pub fn begin_tick(&self) -> Option<Vec<Address>> {
        let mut state = lock(&self.state);
        state.lines.retain(|_, line| !line.is_empty());
        state.next_tick = None;
        if state.lines.is_empty() {
            return None;
        }
        let pause = (state.pause * 2).min(MAX_PAUSE);
        state.tick_after(pause);
        Some(state.lines.keys().cloned().collect())
    }

    /// Retries once for each address, and once more after each success. True when the next tick comes
    /// earlier than [`Backlog::begin_tick`] has scheduled it.
    pub fn serve_all(&self, addresses: &[Address]) -> bool {
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
        } else if found {
            state.tick_after(MIN_PAUSE);
        }
        found && !is_empty
    }

    /// Lets the first waiter of a line retry, and the next one after each that no longer waits. True when
    /// there was one.
    fn serve(&self, address: &Address) -> bool {
        let mut found = false;
        // One that joins meanwhile waits for the next tick.
        let last = lock(&self.state).lines.get(address).and_then(Line::last);
        while let Some((ticket, waiter)) = self.next(address, None, last, |_| true) {
            if waiter.retry() {
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

    /// Removes and calls those whose deadline has passed.
    fn expire(&self, address: &Address) {
        let now = Instant::now();
        let is_late = |place: &Place| place.deadline.is_some_and(|deadline| deadline <= now);
        let last = lock(&self.state).lines.get(address).and_then(Line::last);
        let mut at = None;
        while let Some((ticket, waiter)) = self.next(address, at, last, is_late) {
            self.leave(address, ticket);
            waiter.expire();
            if is_unwinding() {
                break;
            }
            at = Some(ticket);
        }
    }

    /// The first waiter behind `at`, and no later than `last`, that is wanted.
    fn next(
        &self,
        address: &Address,
        mut at: Option<Ticket>,
        last: Option<Ticket>,
        is_wanted: impl Fn(&Place) -> bool,
    ) -> Option<(Ticket, Arc<dyn Waiter>)> {
        let state = lock(&self.state);
        let line = state.lines.get(address)?;
        loop {
            let (ticket, place) = line.after(at).filter(|(ticket, _)| Some(*ticket) <= last)?;
            if is_wanted(place) {
                return Some((ticket, place.waiter.clone()));
            }
            at = Some(ticket);
        }
    }
}

impl State {
    fn tick_after(&mut self, pause: Duration) {
        self.pause = pause;
        self.next_tick = Instant::now().checked_add(pause);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Call {
        Full,
        Connected,
        Expired,
    }

    type Calls = Arc<std::sync::Mutex<Vec<(usize, Call)>>>;

    /// Connects while there is room, and records its calls.
    struct Connect {
        number: usize,
        room: Arc<AtomicUsize>,
        calls: Calls,
    }

    impl Connect {
        fn record(&self, call: Call) {
            self.calls.lock().unwrap().push((self.number, call));
        }
    }

    impl Waiter for Connect {
        fn retry(&self) -> bool {
            let left = self.room.load(Relaxed);
            self.record(if left > 0 { Call::Connected } else { Call::Full });
            self.room.store(left.saturating_sub(1), Relaxed);
            left == 0
        }

        fn expire(&self) {
            self.record(Call::Expired);
        }
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Join { address: usize, is_late: bool },
        Leave(usize),
        MakeRoom { address: usize, room: usize },
        Tick,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => (0..2_usize, prop::bool::weighted(0.2))
                .prop_map(|(address, is_late)| Step::Join { address, is_late }),
            1 => (0..20_usize).prop_map(Step::Leave),
            2 => (0..2_usize, 0..4_usize)
                .prop_map(|(address, room)| Step::MakeRoom { address, room }),
            3 => Just(Step::Tick),
        ]
    }

    /// One line: the numbers of its waiters, and whether they are late.
    #[derive(Default)]
    struct Model {
        line: Vec<(usize, bool)>,
        room: usize,
    }

    impl Model {
        fn tick(&mut self, calls: &mut Vec<(usize, Call)>) {
            while let Some(&(number, _)) = self.line.first() {
                if self.room == 0 {
                    calls.push((number, Call::Full));
                    break;
                }
                calls.push((number, Call::Connected));
                self.room -= 1;
                self.line.remove(0);
            }
            self.line.retain(|&(number, is_late)| {
                if is_late {
                    calls.push((number, Call::Expired));
                }
                !is_late
            });
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_backlog_is_a_line_for_each_address(steps in prop::collection::vec(step(), 1..60)) {
            let addresses = [b"/a", b"/b"].map(|path| {
                Address::resolve(path, crate::names::Namespace::Files { folder: b"/" }).unwrap()
            });
            let rooms = [(); 2].map(|()| Arc::new(AtomicUsize::new(0)));
            let backlog = Backlog::default();
            let mut models = [Model::default(), Model::default()];
            let (calls, mut expected) = (Calls::default(), vec![]);
            let mut tickets = vec![];
            for step in steps {
                match step {
                    Step::Join { address, is_late } => {
                        let number = tickets.len();
                        let (room, calls) = (rooms[address].clone(), calls.clone());
                        let waiter = Arc::new(Connect { number, room, calls });
                        let deadline = is_late.then(Instant::now);
                        let is_idle = models.iter().all(|model| model.line.is_empty());
                        let (ticket, is_first) =
                            backlog.join(addresses[address].clone(), deadline, waiter);
                        prop_assert!(!is_first || is_idle);
                        tickets.push((address, ticket));
                        models[address].line.push((number, is_late));
                    }
                    Step::Leave(number) => {
                        if let Some(&(address, ticket)) = tickets.get(number) {
                            backlog.leave(&addresses[address], ticket);
                            models[address].line.retain(|&(other, _)| other != number);
                        }
                    }
                    Step::MakeRoom { address, room } => {
                        rooms[address].store(room, Relaxed);
                        models[address].room = room;
                    }
                    Step::Tick => {
                        let due = backlog.begin_tick();
                        prop_assert_eq!(due.is_some(), models.iter().any(|model| !model.line.is_empty()));
                        backlog.serve_all(&due.unwrap_or_default());
                        models.iter_mut().for_each(|model| model.tick(&mut expected));
                    }
                }
                prop_assert_eq!(&*calls.lock().unwrap(), &expected);
                let waiting = models.iter().map(|model| model.line.len()).sum::<usize>();
                prop_assert_eq!(backlog.len(), waiting);
                prop_assert!(waiting == 0 || backlog.next_tick().is_some());
            }
        }
    }

    #[test]
    fn ticks_become_rarer_until_there_is_room() {
        let backlog = Backlog::default();
        let room = Arc::new(AtomicUsize::new(0));
        let address = Address::Unnamed;
        for number in 0..2 {
            let (room, calls) = (room.clone(), Calls::default());
            backlog.join(address.clone(), None, Arc::new(Connect { number, room, calls }));
        }
        let tick = || {
            let due = backlog.begin_tick().unwrap();
            let is_sooner = backlog.serve_all(&due);
            (is_sooner, lock(&backlog.state).pause)
        };
        let pauses: Vec<_> = (0..5).map(|_| tick().1.as_millis()).collect();
        assert_eq!(pauses, [4, 8, 16, 16, 16]);
        room.store(1, Relaxed);
        assert_eq!(tick(), (true, MIN_PAUSE));
    }
}
