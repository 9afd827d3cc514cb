// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The state machine of a connection, without descriptor and clock. Its driver reports events to it,
//! and carries out the requested effects one at a time.
//!
//! The order of effects is the order of the user's signals. An effect is complete once the driver has
//! taken it, so a handler that closes, aborts or reconnects in the middle of a sequence finds a
//! consistent state, and replaces the remaining effects.

use std::collections::VecDeque;

use crate::error::Error;

/// The state of a connection, as visible to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    #[default]
    /// There is no connection.
    Unconnected,
    /// The connection is not established yet.
    Connecting,
    /// Both ends can send and receive.
    Connected,
    /// The user has closed the connection; remaining output is sent.
    Closing,
}

/// An action or announcement that the machine requests from its driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The state has changed to this one. In `Unconnected` the descriptor is already closed.
    StateChanged(State),
    /// The user can read and write from now on.
    OpenDevice,
    /// The user can no longer read or write.
    CloseDevice,
    /// The connection is established, and the device is open.
    Connected,
    /// An established connection has ended.
    Disconnected,
    /// Bytes have arrived since the last such effect.
    ReadyRead,
    /// Replaces `ReadyRead` if the user reads messages: a message is available.
    MessageReady,
    /// The kernel has taken this many bytes since the last such effect.
    BytesWritten(usize),
    /// The write queue has crossed a water mark.
    WaterMark(Mark),
    /// An error has occurred, which may or may not end the connection.
    ErrorOccurred(Error),
    /// Nothing more will arrive.
    ReadChannelFinished,
}

/// A water mark of the write queue. The two are crossed alternately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The high-water mark, crossed upwards.
    High,
    /// The low-water mark, crossed downwards.
    Low,
}

/// A part of a sequence of effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Perform(Effect),
    /// The state changes; the effect that announces it follows later.
    Enter(State),
    /// A handler is running. The following effects are carried out after it returns, not by calls that
    /// it makes.
    AfterHandler(Handler),
}

/// The announcement whose handler is running.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Handler {
    /// Bytes have arrived or were sent. If the handler waits or runs an event loop, that detects further
    /// events itself.
    Transfer,
    /// A step of a transition to another state. Its remaining steps are not detected again.
    Transition,
}

/// The machine.
#[derive(Debug, Default)]
pub struct Connection {
    state: State,
    /// The remaining steps of the last transition, in order.
    sequence: VecDeque<Step>,
    /// Bytes have arrived that have not been announced with `ReadyRead`.
    unannounced_input: bool,
    /// Such input is announced once the running handler of `ReadyRead` has returned.
    announces_again: bool,
    /// The number of sent bytes that have not been announced with `BytesWritten`.
    unannounced_output: usize,
    /// Whether sent bytes may be announced now, or only once the turn ends.
    may_announce_output: bool,
    in_ready_read: bool,
    in_bytes_written: bool,
    /// The mark that has been crossed but not announced.
    unannounced_mark: Option<Mark>,
    in_mark: bool,
    /// The sequence ends in `Unconnected`, whatever else arrives.
    ending: bool,
}

impl Connection {
    /// The state after the effects taken so far.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the transition to `Unconnected` has begun: nothing more is received or sent.
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

    /// Whether a handler of the transition to `Unconnected` is running.
    pub fn is_in_transition(&self) -> bool {
        self.ending && self.sequence.front() == Some(&Step::AfterHandler(Handler::Transition))
    }

    /// Whether a handler of `ReadyRead` is running.
    pub fn is_announcing_input(&self) -> bool {
        self.in_ready_read
    }

    /// Whether a handler of `BytesWritten` is running.
    pub fn is_announcing_output(&self) -> bool {
        self.in_bytes_written
    }

    /// Sent bytes that are not announced yet.
    pub fn unannounced_output(&self) -> usize {
        self.unannounced_output
    }

    // Inputs.

    /// The user requests a connection, in `Unconnected`.
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

    /// The attempt has failed or timed out.
    pub fn connect_failed(&mut self, error: Error) {
        self.end([Effect::ErrorOccurred(error)]);
        // As with Qt, the device closes in the new state, before that is announced.
        self.sequence.extend([
            Step::Enter(State::Unconnected),
            Step::Perform(Effect::CloseDevice),
            Step::Perform(Effect::StateChanged(State::Unconnected)),
        ]);
    }

    /// An external descriptor is adopted: its state is set without any effect.
    pub fn adopt(&mut self, state: State) {
        *self = Self { state, ..Self::default() };
    }

    /// Bytes have arrived. As with Qt, they are not announced again to a handler of `ReadyRead` that
    /// waits or runs an event loop.
    pub fn received(&mut self) {
        self.unannounced_input = !self.in_ready_read;
    }

    /// Announces input; if a handler of `ReadyRead` is running, after it returns.
    pub fn announce_input(&mut self) {
        if self.in_ready_read {
            self.announces_again = true;
        } else if self.state != State::Unconnected {
            self.unannounced_input = true;
        }
    }

    /// Input that has not been announced has been read or dropped.
    pub fn forget_input(&mut self) {
        self.unannounced_input = false;
        self.announces_again = false;
    }

    /// Whether an effect is available that does not depend on the return of a handler.
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

    /// The write queue has crossed a mark. This cancels the other mark if it has not been announced.
    pub fn mark_passed(&mut self, mark: Mark) {
        self.unannounced_mark = match self.unannounced_mark {
            None => Some(mark),
            Some(_) => None,
        };
    }

    /// The peer has ended the connection, or it is broken; all input has been received.
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

    /// Sending has failed: as with Qt, the connection ends without `Closing`. This replaces the
    /// remaining effects of [`Connection::peer_ended`].
    pub fn send_failed(&mut self, error: Error) {
        if matches!(self.state, State::Connected | State::Closing) {
            self.end([&[Effect::ErrorOccurred(error)][..], &GONE].concat());
        }
    }

    /// The user closes the device. Remaining output is sent, see [`Connection::disconnect`].
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
            // Once the error is announced it ends anyway: nothing more can be sent.
            State::Connected | State::Closing if self.is_over() && self.ending => self.release(),
            State::Connected => {
                self.ending = false;
                self.sequence.clear();
                self.insert([Effect::StateChanged(State::Closing)]);
            }
            State::Closing | State::Unconnected => {}
        }
    }

    /// All output has been sent.
    pub fn drained(&mut self) {
        if self.state == State::Closing && !self.ending {
            self.may_announce_output = true;
            self.ending = true;
            self.insert(GONE);
        }
    }

    /// The user aborts the connection and discards unsent output.
    pub fn abort(&mut self) {
        self.forget_input();
        self.unannounced_output = 0;
        self.unannounced_mark = None;
        match self.state {
            State::Connecting => self.end(ABANDONED),
            State::Connected | State::Closing => self.end(GONE),
            // Called by a handler of this sequence: the rest follows after it, once.
            State::Unconnected => {
                self.sequence.push_front(Step::Perform(Effect::CloseDevice));
                return;
            }
        }
        self.sequence.push_back(Step::Perform(Effect::CloseDevice));
    }

    /// An error that does not affect the connection.
    pub fn report(&mut self, error: Error) {
        self.sequence.push_front(Step::Perform(Effect::ErrorOccurred(error)));
    }

    /// Effects that wait for running handlers are carried out before those return.
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

    // Outputs.

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
        // Calls made by the handlers have carried out all effects before this one.
        if matches!(self.sequence.front(), Some(Step::AfterHandler(_))) {
            self.sequence.pop_front();
        }
    }

    fn input_handled(&mut self) {
        self.in_ready_read = false;
        // Even if the connection has ended in an event loop that the handler ran.
        self.unannounced_input |= std::mem::take(&mut self.announces_again);
    }

    /// Whether effects follow after the running handler.
    pub fn is_holding(&self) -> bool {
        matches!(self.sequence.front(), Some(Step::AfterHandler(_)))
    }

    fn hold(&mut self, handler: Handler) {
        if self.sequence.is_empty() {
            // An idle connection keeps no memory for future effects.
            self.sequence = VecDeque::new();
        } else {
            self.sequence.push_front(Step::AfterHandler(handler));
        }
    }

    /// The running handlers belong to another thread, which no longer calls back.
    pub fn forget_handlers(&mut self) {
        self.input_handled();
        self.in_bytes_written = false;
        self.in_mark = false;
        self.release();
    }

    /// Inserts effects before those that wait for a handler.
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

/// The end of an established connection.
const GONE: [Effect; 3] =
    [Effect::StateChanged(State::Unconnected), Effect::ReadChannelFinished, Effect::Disconnected];

/// The end of an attempt that the user aborts.
const ABANDONED: [Effect; 2] =
    [Effect::StateChanged(State::Unconnected), Effect::ReadChannelFinished];
