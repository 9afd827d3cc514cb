// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Blocking waits: they need no event loop, watch the one descriptor against a deadline, and feed
//! the same machine as the reactor does. Everything that a wait meets is announced as usual.
//!
//! `None` as a deadline waits for ever.

use std::time::{Duration, Instant};

use crate::connection::State;
use crate::driver::Driver;
use crate::error::{Error, ErrorKind};
use crate::mutation;
use crate::stream::Stream;
use crate::sys::poller::Readiness;

/// How long the kernel waits for room in a backlog before this thread checks what else there is.
const PATIENCE: Duration = Duration::from_millis(100);

/// How many rounds of events a wait still serves when its time is over.
const LATE_ROUNDS: usize = 8;

/// How a wait went on.
enum Progress {
    /// Something happened: look again.
    Made,
    /// The deadline has passed.
    Late,
    /// The stream is gone, or has nothing left to wait for.
    Senseless,
}

impl Stream {
    /// Waits until the connection is there; false when the attempt failed or the deadline passed.
    pub fn wait_for_connected(&self, deadline: Option<Instant>) -> bool {
        let epoch = self.0.lock().epoch();
        loop {
            let driver = self.0.lock();
            if driver.epoch() != epoch {
                return false;
            }
            let room = match driver.state() {
                State::Connected => return true,
                // A handler of `Connecting` that waits keeps the attempt from being made, and one of
                // its error knows the outcome.
                State::Connecting => driver.room(),
                State::Unconnected | State::Closing => None,
            };
            drop(driver);
            let Some(room) = room else { return false };
            let outcome = room.wait(deadline, PATIENCE);
            let mut driver = self.0.lock();
            if driver.epoch() != epoch {
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

    /// Waits until bytes have arrived that were not there before, or, with a framing, a message.
    pub fn wait_for_ready_read(&self, deadline: Option<Instant>) -> bool {
        let driver = self.0.lock();
        let (before, sent) = (driver.arrivals(), driver.sent());
        drop(driver);
        let arrived = |driver: &Driver| driver.arrivals() != before;
        let senseless = |driver: &Driver| {
            // As with Qt: when sending has taken all the time, that is no time-out.
            let has_sent = driver.sent() != sent && is_over(deadline);
            has_sent || driver.state() != State::Connected || driver.is_in_passage()
        };
        self.wait(deadline, true, arrived, senseless)
    }

    /// Waits until written bytes are sent; false when there are none.
    ///
    /// They are announced too, unless a handler of such an announcement is what waits.
    pub fn wait_for_bytes_written(&self, deadline: Option<Instant>) -> bool {
        let driver = self.0.lock();
        let before = driver.sent();
        if !driver.has_unsent() {
            return false;
        }
        // As with Qt, this wait alone takes input while closing.
        let input = Readiness { readable: true, ..Readiness::default() };
        if driver.state() == State::Closing {
            if self.0.receive(driver, input).is_none() {
                return false;
            }
        } else {
            drop(driver);
        }
        self.wait(deadline, false, |driver| driver.sent() != before, Driver::is_in_passage)
    }

    /// Waits until the connection has ended; false when there is none yet.
    pub fn wait_for_disconnected(&self, deadline: Option<Instant>) -> bool {
        let driver = self.0.lock();
        let before = driver.ended();
        if driver.state() == State::Connecting {
            return false;
        }
        drop(driver);
        self.wait(deadline, false, |driver| driver.ended() != before, |_| false)
    }

    /// Sends and receives until `done`, or until waiting is senseless or late.
    fn wait(
        &self,
        deadline: Option<Instant>,
        for_input: bool,
        done: impl Fn(&Driver) -> bool,
        senseless: impl Fn(&Driver) -> bool,
    ) -> bool {
        let driver = self.0.lock();
        let (epoch, ended) = (driver.epoch(), driver.ended());
        drop(driver);
        let mut rounds = 0;
        loop {
            let driver = self.0.lock();
            if driver.epoch() != epoch {
                return false;
            }
            if done(&driver) {
                return true;
            }
            // A handler may have ended this connection and even begun another one.
            if driver.ended() != ended {
                return false;
            }
            if senseless(&driver) || driver.state() == State::Unconnected {
                return false;
            }
            let may_send = driver.has_unsent();
            drop(driver);
            // As with Qt, what is there already is still met. But a peer that always has more to say
            // must not keep the user here.
            if rounds > LATE_ROUNDS && !may_send && is_over(deadline) {
                return self.timed_out();
            }
            match self.progress(deadline, for_input, &done) {
                Progress::Made => rounds += 1,
                Progress::Late => return self.timed_out(),
                Progress::Senseless => return false,
            }
        }
    }

    fn progress(
        &self,
        deadline: Option<Instant>,
        for_input: bool,
        done: impl Fn(&Driver) -> bool,
    ) -> Progress {
        let mut driver = self.0.lock();
        driver.use_room();
        if driver.state() == State::Closing {
            driver.close_when_drained();
        }
        if driver.is_ending() {
            // A handler waits for the end of a sequence that it is in the middle of.
            driver.release();
            drop(driver);
            return if self.0.drive() { Progress::Made } else { Progress::Senseless };
        }
        let sends = driver.has_unsent();
        let epoch = driver.epoch();
        let Some(watched) = driver.watched(for_input) else { return Progress::Senseless };
        // Nothing is held meanwhile. A handler that has moved the stream to this thread may not have
        // returned yet on the old one, and looks at it when it does.
        drop(driver);
        let outcome = watched.wait(deadline);
        let driver = self.0.lock();
        if driver.epoch() != epoch {
            return Progress::Senseless;
        }
        if outcome.is_ok_and(|readiness| driver.is_stuck(readiness)) {
            return Progress::Senseless;
        }
        match outcome {
            Ok(readiness) if readiness == Readiness::default() => Progress::Late,
            Ok(readiness) => {
                // The end of the file waits for the next call, if bytes are in front of it.
                let readiness = Readiness { hang_up: false, ..readiness };
                // What handlers write meanwhile leaves at the end of the turn, or in the next wait,
                // and so does everything when this one has got what it waits for.
                if let Some(mut driver) = self.0.receive(driver, readiness) {
                    if sends && !done(&driver) && driver.end_turn(readiness.writable) {
                        self.0.drive_on(driver);
                    }
                }
                Progress::Made
            }
            Err(_) => Progress::Senseless,
        }
    }

    /// The user's time-out has passed: that is an error, and the connection stays as it is.
    fn timed_out(&self) -> bool {
        if !mutation::is("silent-time-out") {
            self.0.lock().report(Error::new(ErrorKind::TimedOut, "wait"));
        }
        self.0.drive();
        false
    }
}

fn is_over(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|at| Instant::now() >= at)
}
