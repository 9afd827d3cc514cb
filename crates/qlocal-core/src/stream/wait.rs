// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Blocking waits: they need no event loop, watch one descriptor until a deadline, and feed the
//! same machine as the reactor does. All events during a wait are announced as usual.
//!
//! A [`Wait`] leaves the blocking itself to its caller: the one in C++ blocks without a Rust
//! function on the stack, so that its thread can be cancelled there.
//!
//! `None` as a deadline waits forever.

use std::time::{Duration, Instant};

use qlocal_sys::poller::Readiness;

use crate::error::{Error, ErrorKind, Operation};
use crate::machine::State;

use super::driver::Driver;
use super::handle::Stream;
use super::watched::{Blocking, Watched};

/// How long the kernel waits for room in a backlog before this thread checks for other changes.
const ROOM_TIMEOUT: Duration = Duration::from_millis(100);

/// How many rounds of events a wait serves after its deadline.
const LATE_ROUNDS: usize = 8;

impl Stream {
    /// Waits until the connection is established; false when the attempt has failed or the deadline
    /// has passed.
    pub fn wait_for_connected(&self, deadline: Option<Instant>) -> bool {
        let epoch = self.0.epoch();
        loop {
            let driver = self.0.lock();
            if self.0.epoch() != epoch {
                return false;
            }
            let room = match driver.state() {
                State::Connected => return true,
                // In a handler of `Connecting` the attempt is not made yet, in one of its error it
                // has failed.
                State::Connecting => driver.room(),
                State::Unconnected | State::Closing => None,
            };
            drop(driver);
            let Some(room) = room else { return false };
            let outcome = room.wait(deadline, ROOM_TIMEOUT);
            let mut driver = self.0.lock();
            if self.0.epoch() != epoch {
                return false;
            }
            driver.waited_for(&room, outcome);
            let Some(driver) = self.0.drive_on(driver) else { return false };
            if driver.state() == State::Connecting && is_over(deadline) {
                drop(driver);
                return self.timed_out();
            }
        }
    }

    /// Waits until new bytes have arrived or, with a framing, a message.
    pub fn wait_for_ready_read(&self, deadline: Option<Instant>) -> bool {
        self.ready_read_wait(deadline).run()
    }

    /// [`Stream::wait_for_ready_read`] in steps.
    pub fn ready_read_wait(&self, deadline: Option<Instant>) -> Wait {
        let driver = self.0.lock();
        let goal = Goal::Input { arrivals: driver.inbox.arrivals(), sent: driver.outbox.sent() };
        Wait::new(self, &driver, goal, deadline)
    }

    /// Waits until written bytes are sent; false when there are none.
    ///
    /// They are announced too, unless a handler of such an announcement waits.
    pub fn wait_for_bytes_written(&self, deadline: Option<Instant>) -> bool {
        self.bytes_written_wait(deadline).run()
    }

    /// [`Stream::wait_for_bytes_written`] in steps.
    pub fn bytes_written_wait(&self, deadline: Option<Instant>) -> Wait {
        let driver = self.0.lock();
        let goal = Goal::Output { sent: driver.outbox.sent() };
        Wait::new(self, &driver, goal, deadline)
    }

    /// Waits until the connection has ended; false when there is none yet.
    pub fn wait_for_disconnected(&self, deadline: Option<Instant>) -> bool {
        self.disconnected_wait(deadline).run()
    }

    /// [`Stream::wait_for_disconnected`] in steps.
    pub fn disconnected_wait(&self, deadline: Option<Instant>) -> Wait {
        let driver = self.0.lock();
        Wait::new(self, &driver, Goal::End, deadline)
    }

    /// The user's timeout has passed: reports an error that leaves the connection as it is.
    fn timed_out(&self) -> bool {
        self.0.lock().report(Error::new(ErrorKind::TimedOut, Operation::Wait));
        self.0.drive();
        false
    }
}

/// A wait in progress: sends and receives until its goal is reached, can no longer be reached, or
/// the deadline has passed. The caller blocks between its steps.
#[derive(Debug)]
pub struct Wait {
    stream: Stream,
    goal: Goal,
    deadline: Option<Instant>,
    epoch: u32,
    ended: u32,
    late_rounds: usize,
    /// What the caller blocks for.
    watched: Option<Watched>,
    /// There was something to send before blocking.
    sends: bool,
}

/// The goal of a wait, and the state at its start.
#[derive(Debug, Clone, Copy)]
enum Goal {
    Input { arrivals: u64, sent: u64 },
    Output { sent: u64 },
    End,
}

/// How a wait continues.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It is over; true when its goal was reached.
    Done(bool),
    /// Block as [`Wait::blocking`] requires, then call [`Wait::resume`].
    Block,
}

impl Wait {
    fn new(stream: &Stream, driver: &Driver, goal: Goal, deadline: Option<Instant>) -> Self {
        Self {
            stream: stream.clone(),
            goal,
            deadline,
            epoch: stream.0.epoch(),
            ended: driver.ended(),
            late_rounds: 0,
            watched: None,
            sends: false,
        }
    }

    /// Takes all steps, and blocks between them.
    pub fn run(mut self) -> bool {
        let mut step = self.start();
        loop {
            let Step::Block = step else { return step == Step::Done(true) };
            let outcome = match &self.watched {
                Some(watched) => watched.wait(self.deadline),
                None => Ok(Readiness::default()),
            };
            step = self.resume(outcome);
        }
    }

    /// The first step.
    pub fn start(&mut self) -> Step {
        let stream = self.stream.clone();
        let driver = stream.0.lock();
        match self.goal {
            Goal::Input { .. } => {}
            Goal::Output { .. } if !driver.has_unsent() => return Step::Done(false),
            Goal::Output { .. } if driver.state() == State::Closing => {
                // As with Qt, only this wait receives input while closing.
                let input = Readiness { readable: true, ..Readiness::default() };
                if stream.0.receive(driver, input).is_none() {
                    return Step::Done(false);
                }
                return self.until_blocked();
            }
            Goal::Output { .. } => {}
            Goal::End if driver.state() == State::Connecting => return Step::Done(false),
            Goal::End => {}
        }
        drop(driver);
        self.until_blocked()
    }

    /// What to block for, after [`Step::Block`].
    pub fn blocking(&self) -> Option<Blocking> {
        self.watched.as_ref().map(|watched| watched.blocking(self.deadline))
    }

    /// The next step, after blocking: nothing is ready when the deadline has passed.
    pub fn resume(&mut self, outcome: qlocal_sys::Result<Readiness>) -> Step {
        let Some(watched) = self.watched.take() else { return Step::Done(false) };
        let outcome = outcome.map(|readiness| watched.completed(readiness));
        let stream = self.stream.clone();
        let driver = stream.0.lock();
        if stream.0.epoch() != self.epoch {
            return Step::Done(false);
        }
        let Ok(readiness) = outcome else { return Step::Done(false) };
        if driver.is_stuck(readiness) {
            return Step::Done(false);
        }
        if readiness == Readiness::default() {
            drop(driver);
            return Step::Done(stream.timed_out());
        }
        // The end of file is left to the next call, if there are bytes before it.
        let readiness = Readiness { hang_up: false, ..readiness };
        // Bytes written by handlers are sent at the end of the turn or in the next wait, as are all
        // others once this wait has reached its goal.
        let Some(mut driver) = stream.0.receive(driver, readiness) else {
            return Step::Done(false);
        };
        let announces =
            self.sends && !self.is_reached(&driver) && driver.end_turn(readiness.writable);
        if !announces {
            drop(driver);
        } else if stream.0.drive_on(driver).is_none() {
            return Step::Done(false);
        }
        self.until_blocked()
    }

    /// Continues while there is something to do without blocking.
    fn until_blocked(&mut self) -> Step {
        let stream = self.stream.clone();
        loop {
            let mut driver = stream.0.lock();
            if stream.0.epoch() != self.epoch {
                return Step::Done(false);
            }
            if self.is_reached(&driver) {
                return Step::Done(true);
            }
            // A handler may have ended this connection, and may even have started another one.
            let is_replaced = driver.ended() != self.ended || driver.state() == State::Unconnected;
            if is_replaced || self.is_unreachable(&driver) {
                return Step::Done(false);
            }
            // As with Qt, events that are there already are still served. But a peer that keeps
            // sending must not keep the caller here.
            self.late_rounds += usize::from(is_over(self.deadline));
            if self.late_rounds > LATE_ROUNDS {
                drop(driver);
                return Step::Done(stream.timed_out());
            }
            driver.use_room();
            if driver.state() == State::Closing {
                driver.close_when_drained();
            }
            if driver.is_ending() {
                // A handler waits for the end of the sequence that it is part of.
                driver.release();
                drop(driver);
                if !stream.0.drive() {
                    return Step::Done(false);
                }
                continue;
            }
            self.sends = driver.has_unsent();
            self.watched = driver.watched(matches!(self.goal, Goal::Input { .. }));
            // No lock is held while the caller blocks: a handler that has moved the stream to this
            // thread may still have to return on the old one, and then needs it.
            return if self.watched.is_some() { Step::Block } else { Step::Done(false) };
        }
    }

    fn is_reached(&self, driver: &Driver) -> bool {
        match self.goal {
            Goal::Input { arrivals, .. } => driver.inbox.arrivals() != arrivals,
            Goal::Output { sent } => driver.outbox.sent() != sent,
            Goal::End => driver.ended() != self.ended,
        }
    }

    fn is_unreachable(&self, driver: &Driver) -> bool {
        match self.goal {
            Goal::Input { sent, .. } => {
                // As with Qt, it is no timeout if sending has taken all the time.
                let has_sent = driver.outbox.sent() != sent && is_over(self.deadline);
                has_sent || driver.state() != State::Connected || driver.is_in_transition()
            }
            Goal::Output { .. } => driver.is_in_transition(),
            Goal::End => false,
        }
    }
}

fn is_over(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|at| Instant::now() >= at)
}
