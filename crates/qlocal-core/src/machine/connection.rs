// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The state machine of a connection. It has no descriptor and no clock: its driver tells it what
//! happened, and carries out the effects that it asks for, one at a time.
//!
//! The order of effects is the order of signals that a user sees. An effect counts as having
//! happened when the driver takes it, so a handler that closes, aborts or connects again in the
//! middle of a sequence finds a consistent state, and replaces what was still to come.

use std::collections::VecDeque;

use crate::error::Error;
use crate::mutation;

/// Where a connection stands, as the user sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    #[default]
    /// There is no connection.
    Unconnected,
    /// The server has not taken the connection yet.
    Connecting,
    /// Both ends can talk.
    Connected,
    /// The user has closed; what was written before still goes out.
    Closing,
}

/// What the machine asks its driver to do or to announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The state is now this one. In `Unconnected` the descriptor is closed already.
    StateChanged(State),
    /// The user can read and write from now on.
    OpenDevice,
    /// The user can no longer read or write.
    CloseDevice,
    /// The connection is there, and the device open.
    Connected,
    /// The connection that was there has ended.
    Disconnected,
    /// Bytes have arrived since the last such effect.
    ReadyRead,
    /// In place of that, when messages are what the user reads: there is one.
    MessageReady,
    /// The kernel has taken this many bytes since the last such effect.
    BytesWritten(usize),
    /// What is queued for writing has passed a mark.
    WaterMark(Mark),
    /// Something failed; the state tells what becomes of the connection.
    ErrorOccurred(Error),
    /// Nothing more will arrive.
    ReadChannelFinished,
}

/// A mark of how much is queued for writing. The two are passed in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// On the way up.
    High,
    /// On the way down.
    Low,
}

/// A part of a sequence of effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Perform(Effect),
    /// The state changes here; the effect that announces it follows later.
    Enter(State),
    /// A handler runs. What follows is carried out after it has returned, and not by what it calls.
    AfterHandler(Handler),
}

/// What a handler that runs was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handler {
    /// That bytes have arrived or were sent. If it waits or runs an event loop, that finds by
    /// itself what follows.
    Transfer,
    /// A part of the way to another state, of which the rest is not found again.
    Transition,
}

/// The machine.
#[derive(Debug, Default)]
pub struct Connection {
    state: State,
    /// What is still to be carried out to get to where the last input leads, in order.
    sequence: VecDeque<Step>,
    /// Bytes have arrived that no `ReadyRead` has announced.
    unannounced_input: bool,
    /// There is such input once the handler of a `ReadyRead` that runs has returned.
    announces_again: bool,
    /// How many sent bytes no `BytesWritten` has announced.
    unannounced_output: usize,
    /// Whether sent bytes may be announced now, or only once the turn ends.
    may_announce_output: bool,
    in_ready_read: bool,
    in_bytes_written: bool,
    /// The mark that the queue has passed and no effect has announced.
    unannounced_mark: Option<Mark>,
    in_mark: bool,
    /// The sequence ends in `Unconnected`, whatever else arrives.
    ending: bool,
}

impl Connection {
    /// Where it stands, as far as effects were taken.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the way to `Unconnected` has begun: nothing more is received or sent.
    pub fn is_ending(&self) -> bool {
        self.ending
    }

    /// Whether the user knows that nothing more will arrive.
    pub fn is_over(&self) -> bool {
        match self.state {
            State::Unconnected | State::Closing => true,
            State::Connecting | State::Connected => self.ending && !self.has_error_to_announce(),
        }
    }

    fn has_error_to_announce(&self) -> bool {
        self.sequence.iter().any(|step| matches!(step, Step::Perform(Effect::ErrorOccurred(_))))
    }

    /// Whether the next effect is the end.
    pub fn ends_next(&self) -> bool {
        self.sequence.front() == Some(&Step::Perform(Effect::StateChanged(State::Unconnected)))
    }

    /// Whether a handler runs that is a part of the way to `Unconnected`.
    pub fn is_in_transition(&self) -> bool {
        self.ending && self.sequence.front() == Some(&Step::AfterHandler(Handler::Transition))
    }

    /// Whether a handler of `ReadyRead` runs.
    pub fn is_announcing_input(&self) -> bool {
        self.in_ready_read
    }

    /// Whether a handler of `BytesWritten` runs.
    pub fn is_announcing_output(&self) -> bool {
        self.in_bytes_written
    }

    /// Sent bytes that are not announced yet.
    pub fn unannounced_output(&self) -> usize {
        self.unannounced_output
    }

    // What happened.

    /// The user asked for a connection, in `Unconnected`.
    pub fn start_connecting(&mut self) {
        self.insert([Effect::StateChanged(State::Connecting)]);
    }

    /// The attempt has succeeded.
    pub fn connect_succeeded(&mut self) {
        self.insert([
            Effect::StateChanged(State::Connected),
            Effect::OpenDevice,
            Effect::Connected,
        ]);
    }

    /// The attempt has failed, or its time-out has passed.
    pub fn connect_failed(&mut self, error: Error) {
        self.end([Effect::ErrorOccurred(error)]);
        // As with Qt, the device closes by itself in the state that is announced after it.
        self.sequence.extend([
            Step::Enter(State::Unconnected),
            Step::Perform(Effect::CloseDevice),
            Step::Perform(Effect::StateChanged(State::Unconnected)),
        ]);
    }

    /// A connected descriptor came from outside: the state is taken over without any effect.
    pub fn adopt(&mut self, state: State) {
        *self = Self { state, ..Self::default() };
    }

    /// Bytes have arrived. A handler of `ReadyRead` that waits or runs an event loop finds them by
    /// itself, as with Qt: they are not announced once more.
    pub fn received(&mut self) {
        self.unannounced_input = !self.in_ready_read || mutation::is("nested-ready-read");
    }

    /// There is input to announce: after the handler that runs, if that was told of some.
    pub fn announce_input(&mut self) {
        if self.in_ready_read {
            self.announces_again = true;
        } else if self.state != State::Unconnected {
            self.unannounced_input = true;
        }
    }

    /// The input that was to be announced is gone.
    pub fn forget_input(&mut self) {
        self.unannounced_input = false;
        self.announces_again = false;
    }

    /// Whether there is an effect to take that does not wait for a handler to return.
    pub fn is_due(&self) -> bool {
        let has_output = self.may_announce_output && self.unannounced_output > 0;
        self.unannounced_input
            || has_output && !self.in_bytes_written
            || self.unannounced_mark.is_some() && !self.in_bytes_written && !self.in_mark
            || matches!(self.sequence.front(), Some(Step::Perform(_) | Step::Enter(_)))
    }

    /// The kernel has taken bytes.
    pub fn sent(&mut self, count: usize) {
        self.unannounced_output += count;
    }

    /// The turn in which bytes were sent has ended: they can be announced.
    pub fn announce_output(&mut self) {
        self.may_announce_output = true;
    }

    /// The queue of what is to be sent has passed a mark. That takes back the other one, if it is not
    /// announced yet.
    pub fn mark_passed(&mut self, mark: Mark) {
        self.unannounced_mark = match self.unannounced_mark {
            None => Some(mark),
            Some(_) => None,
        };
    }

    /// The peer has ended the connection, or it broke; everything that arrived is received.
    pub fn peer_ended(&mut self, error: Error) {
        if self.ending {
            return;
        }
        let closing = Effect::StateChanged(State::Closing);
        let error = Effect::ErrorOccurred(error);
        match self.state {
            State::Connected => self.end([&[error, closing][..], &GONE].concat()),
            State::Closing => self.end([&[error][..], &GONE].concat()),
            State::Unconnected | State::Connecting => {}
        }
    }

    /// The kernel refuses to send: the connection ends without a `Closing`, as with Qt. This
    /// replaces what [`Connection::peer_ended`] has asked for and is not carried out yet.
    pub fn send_failed(&mut self, error: Error) {
        if matches!(self.state, State::Connected | State::Closing) {
            self.end([&[Effect::ErrorOccurred(error)][..], &GONE].concat());
        }
    }

    /// The user closes the device. What was written still goes out, see [`Connection::disconnect`].
    pub fn close(&mut self) {
        self.disconnect();
        self.sequence.push_front(Step::Perform(Effect::CloseDevice));
    }

    /// The user ends the connection. It stays in `Closing` until [`Connection::drained`].
    pub fn disconnect(&mut self) {
        match self.state {
            // An attempt that has failed ends anyway, after the handlers of its error.
            State::Connecting if self.ending => {}
            State::Connecting => self.end(ABANDONED),
            // Once the error is announced it ends anyway: nothing can be sent any more.
            State::Connected | State::Closing if self.is_over() && self.ending => self.release(),
            State::Connected => {
                self.ending = false;
                self.sequence.clear();
                self.insert([Effect::StateChanged(State::Closing)]);
            }
            State::Closing | State::Unconnected => {}
        }
    }

    /// Nothing is left to be sent.
    pub fn drained(&mut self) {
        if self.state == State::Closing && !self.ending {
            self.may_announce_output = true;
            self.ending = true;
            self.insert(GONE);
        }
    }

    /// The user gives up the connection and what was not sent.
    pub fn abort(&mut self) {
        self.forget_input();
        self.unannounced_output = 0;
        self.unannounced_mark = None;
        match self.state {
            State::Connecting => self.end(ABANDONED),
            State::Connected | State::Closing => self.end(GONE),
            // A handler on the way here: the rest of the sequence comes after it, once.
            State::Unconnected => {
                self.sequence.push_front(Step::Perform(Effect::CloseDevice));
                return;
            }
        }
        self.sequence.push_back(Step::Perform(Effect::CloseDevice));
    }

    /// An error that leaves the connection as it is.
    pub fn report(&mut self, error: Error) {
        self.sequence.push_front(Step::Perform(Effect::ErrorOccurred(error)));
    }

    /// What was to come after the handlers that run is carried out before they return.
    pub fn release(&mut self) {
        self.sequence.retain(|step| !matches!(step, Step::AfterHandler(_)));
    }

    /// As [`Connection::release`], if the handler that runs was told of a transfer. True when
    /// there is anything to carry out.
    pub fn release_transfer(&mut self) -> bool {
        let holds = self.sequence.front() == Some(&Step::AfterHandler(Handler::Transfer));
        if holds {
            self.sequence.pop_front();
        }
        holds
    }

    // What to do.

    /// Takes the next effect. Call [`Connection::handled`] once it is carried out.
    pub fn next_effect(&mut self) -> Option<Effect> {
        if std::mem::take(&mut self.unannounced_input) {
            self.in_ready_read = true;
            self.hold(Handler::Transfer);
            return Some(Effect::ReadyRead);
        }
        if self.may_announce_output && !self.in_bytes_written {
            self.may_announce_output = false;
            let count = std::mem::take(&mut self.unannounced_output);
            if count > 0 {
                self.in_bytes_written = true;
                self.hold(Handler::Transfer);
                return Some(Effect::BytesWritten(count));
            }
        }
        if let Some(mark) = self.unannounced_mark {
            if !self.in_bytes_written && !self.in_mark {
                self.unannounced_mark = None;
                self.in_mark = true;
                self.hold(Handler::Transfer);
                return Some(Effect::WaterMark(mark));
            }
        }
        if let Some(&Step::Enter(state)) = self.sequence.front() {
            self.sequence.pop_front();
            self.state = state;
        }
        let Some(&Step::Perform(effect)) = self.sequence.front() else { return None };
        self.sequence.pop_front();
        self.hold(Handler::Transition);
        if let Effect::StateChanged(state) = effect {
            self.state = state;
            if state == State::Unconnected {
                self.ending = false;
                self.unannounced_output = 0;
                self.unannounced_mark = None;
            }
        }
        Some(effect)
    }

    /// The effect is carried out: its handlers have returned.
    pub fn handled(&mut self, effect: Effect) {
        match effect {
            Effect::ReadyRead | Effect::MessageReady => self.input_handled(),
            Effect::BytesWritten(_) => self.in_bytes_written = false,
            Effect::WaterMark(_) => self.in_mark = false,
            _ => {}
        }
        // What the handlers called has carried out everything in front of this.
        if matches!(self.sequence.front(), Some(Step::AfterHandler(_))) {
            self.sequence.pop_front();
        }
    }

    fn input_handled(&mut self) {
        self.in_ready_read = false;
        // Even if the connection has ended in an event loop that the handler ran.
        self.unannounced_input |= std::mem::take(&mut self.announces_again);
    }

    /// Whether something is to be carried out after the handler that runs.
    pub fn is_holding(&self) -> bool {
        matches!(self.sequence.front(), Some(Step::AfterHandler(_)))
    }

    fn hold(&mut self, handler: Handler) {
        if self.sequence.is_empty() {
            // An idle connection holds no memory for what it may have to say one day.
            self.sequence = VecDeque::new();
        } else {
            self.sequence.push_front(Step::AfterHandler(handler));
        }
    }

    /// The handlers that still run belong to another thread, which no longer calls back.
    pub fn forget_handlers(&mut self) {
        self.input_handled();
        self.in_bytes_written = false;
        self.in_mark = false;
        self.release();
    }

    /// What comes next, but in front of what waits for a handler.
    fn insert(&mut self, effects: impl IntoIterator<Item = Effect>) {
        let held = self.sequence.iter().position(|step| matches!(step, Step::AfterHandler(_)));
        let rest = self.sequence.split_off(held.unwrap_or(self.sequence.len()));
        self.sequence.extend(effects.into_iter().map(Step::Perform));
        self.sequence.extend(rest);
    }

    fn end(&mut self, sequence: impl IntoIterator<Item = Effect>) {
        self.ending = true;
        self.sequence = sequence.into_iter().map(Step::Perform).collect();
    }
}

/// How a connection ends that was there.
const GONE: [Effect; 3] =
    [Effect::StateChanged(State::Unconnected), Effect::ReadChannelFinished, Effect::Disconnected];

/// How an attempt ends that the user gives up.
const ABANDONED: [Effect; 2] =
    [Effect::StateChanged(State::Unconnected), Effect::ReadChannelFinished];
