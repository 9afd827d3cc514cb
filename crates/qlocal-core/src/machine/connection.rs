// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The state machine of a connection. It has no descriptor and no clock: its driver reports events to it,
//! and carries out the effects that it requests, one at a time.
//!
//! The order of effects is the order of signals that a user sees. An effect counts as having happened when
//! the driver takes it, so a handler that closes, aborts or connects again in the middle of a sequence
//! finds a consistent state, and its input replaces what was still to come.

use crate::error::Error;

use super::effect::{Effect, Mark, State};
use super::sequence::{Handler, Sequence};

/// The machine.
#[derive(Debug, Default)]
pub struct Connection {
    state: State,
    sequence: Sequence,
    /// Bytes have arrived that no `ReadyRead` has announced.
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
    /// The sequence ends in `Unconnected`, regardless of other events.
    ending: bool,
}

impl Connection {
    /// The state, as far as effects were taken.
    pub fn state(&self) -> State {
        self.state
    }

    /// Whether the sequence to `Unconnected` has begun: nothing more is received or sent.
    pub fn is_ending(&self) -> bool {
        self.ending
    }

    /// Whether the user knows that nothing more will arrive.
    pub fn is_over(&self) -> bool {
        match self.state {
            State::Unconnected | State::Closing => true,
            State::Connecting | State::Connected => self.ending && !self.sequence.has_error(),
        }
    }

    /// Whether the next effect is the end.
    pub fn ends_next(&self) -> bool {
        self.sequence.starts_with(Effect::StateChanged(State::Unconnected))
    }

    /// Whether a handler on the way to `Unconnected` runs.
    pub fn is_in_transition(&self) -> bool {
        self.ending && self.sequence.is_held_by(Handler::Transition)
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

    // Input.

    /// The user requests a connection, in `Unconnected`.
    pub fn start_connecting(&mut self) {
        self.sequence.insert([Effect::StateChanged(State::Connecting)]);
    }

    /// The attempt has succeeded.
    pub fn connect_succeeded(&mut self) {
        self.sequence.insert([
            Effect::StateChanged(State::Connected),
            Effect::OpenDevice,
            Effect::Connected,
        ]);
    }

    /// The attempt has failed or timed out.
    pub fn connect_failed(&mut self, error: Error) {
        self.end([Effect::ErrorOccurred(error)]);
        // As with Qt, the device closes by itself in the state that is announced after it.
        self.sequence.enter_at_end(State::Unconnected);
        self.sequence.push_back(Effect::CloseDevice);
        self.sequence.push_back(Effect::StateChanged(State::Unconnected));
    }

    /// A connected descriptor is adopted: the state is set without any effect.
    pub fn adopt(&mut self, state: State) {
        *self = Self { state, ..Self::default() };
    }

    /// Bytes have arrived. As with Qt, they are not announced again to a handler of `ReadyRead` that
    /// waits or runs an event loop.
    pub fn received(&mut self) {
        self.unannounced_input = !self.in_ready_read;
    }

    /// There is input to announce, after the handler of `ReadyRead` if one runs.
    pub fn announce_input(&mut self) {
        if self.in_ready_read {
            self.announces_again = true;
        } else if self.state != State::Unconnected {
            self.unannounced_input = true;
        }
    }

    /// There is no input to announce any more.
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
            || self.sequence.is_due()
    }

    /// The kernel has taken bytes.
    pub fn sent(&mut self, count: usize) {
        self.unannounced_output += count;
    }

    /// The turn in which bytes were sent has ended: they can be announced.
    pub fn announce_output(&mut self) {
        self.may_announce_output = true;
    }

    /// The queue of written bytes has passed a mark. This cancels the other one, if it is not announced
    /// yet.
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

    /// Sending has failed: the connection ends without a `Closing`, as with Qt. This replaces the effects of
    /// [`Connection::peer_ended`] that are not taken yet.
    pub fn send_failed(&mut self, error: Error) {
        if matches!(self.state, State::Connected | State::Closing) {
            self.end([&[Effect::ErrorOccurred(error)][..], &GONE].concat());
        }
    }

    /// The user closes the device. Written bytes are still sent, see [`Connection::disconnect`].
    pub fn close(&mut self) {
        self.disconnect();
        self.sequence.push_front(Effect::CloseDevice);
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
                self.sequence.insert([Effect::StateChanged(State::Closing)]);
            }
            State::Closing | State::Unconnected => {}
        }
    }

    /// All output has been sent.
    pub fn drained(&mut self) {
        if self.state == State::Closing && !self.ending {
            self.may_announce_output = true;
            self.ending = true;
            self.sequence.insert(GONE);
        }
    }

    /// The user aborts the connection. Unsent bytes are lost.
    pub fn abort(&mut self) {
        self.forget_input();
        self.unannounced_output = 0;
        self.unannounced_mark = None;
        match self.state {
            State::Connecting => self.end(ABANDONED),
            State::Connected | State::Closing => self.end(GONE),
            // Called by a handler of this sequence: the rest follows after it, once.
            State::Unconnected => {
                self.sequence.push_front(Effect::CloseDevice);
                return;
            }
        }
        self.sequence.push_back(Effect::CloseDevice);
    }

    /// An error that does not affect the connection.
    pub fn report(&mut self, error: Error) {
        self.sequence.push_front(Effect::ErrorOccurred(error));
    }

    /// The effects that wait for running handlers no longer do.
    pub fn release(&mut self) {
        self.sequence.release();
    }

    /// As [`Connection::release`], if the handler that runs is one of a transfer. True if it is.
    pub fn release_transfer(&mut self) -> bool {
        self.sequence.is_held_by(Handler::Transfer) && self.sequence.resume()
    }

    // Effects.

    /// Whether there may be an effect to take. False only if there is none.
    #[inline]
    pub fn has_effects(&self) -> bool {
        self.unannounced_input
            || self.may_announce_output
            || self.unannounced_mark.is_some()
            || !self.sequence.is_empty()
    }

    /// As [`Connection::next_effect`], if that is `ReadyRead` and there are no others.
    #[inline]
    pub fn take_input(&mut self) -> bool {
        let is_next = self.unannounced_input && self.sequence.is_vacant() && !self.ending;
        if is_next {
            self.unannounced_input = false;
            self.in_ready_read = true;
        }
        is_next
    }

    /// Whether `BytesWritten` is the only effect, and nothing depends on it.
    #[inline]
    pub fn has_only_output(&self) -> bool {
        self.may_announce_output
            && !self.in_bytes_written
            && !self.unannounced_input
            && self.unannounced_mark.is_none()
            && self.sequence.is_vacant()
            && self.state == State::Connected
            && !self.ending
    }

    /// The sent bytes count as announced.
    #[inline]
    pub fn forget_output(&mut self) {
        self.may_announce_output = false;
        self.unannounced_output = 0;
    }

    /// Takes the next effect. Call [`Connection::handled`] after carrying it out.
    pub fn next_effect(&mut self) -> Option<Effect> {
        if std::mem::take(&mut self.unannounced_input) {
            self.in_ready_read = true;
            self.sequence.hold(Handler::Transfer);
            return Some(Effect::ReadyRead);
        }
        if self.may_announce_output && !self.in_bytes_written {
            self.may_announce_output = false;
            let count = std::mem::take(&mut self.unannounced_output);
            if count > 0 {
                self.in_bytes_written = true;
                self.sequence.hold(Handler::Transfer);
                return Some(Effect::BytesWritten(count));
            }
        }
        if let Some(mark) = self.unannounced_mark {
            if !self.in_bytes_written && !self.in_mark {
                self.unannounced_mark = None;
                self.in_mark = true;
                self.sequence.hold(Handler::Transfer);
                return Some(Effect::WaterMark(mark));
            }
        }
        if let Some(state) = self.sequence.enter() {
            self.state = state;
        }
        let effect = self.sequence.take()?;
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

    /// The effect was carried out: its handlers have returned.
    #[inline(always)]
    pub fn handled(&mut self, effect: Effect) {
        match effect {
            Effect::ReadyRead | Effect::MessageReady => self.input_handled(),
            Effect::BytesWritten(_) => self.in_bytes_written = false,
            Effect::WaterMark(_) => self.in_mark = false,
            _ => {}
        }
        self.sequence.resume();
    }

    #[inline]
    fn input_handled(&mut self) {
        self.in_ready_read = false;
        // Even if the connection has ended in an event loop that the handler ran.
        self.unannounced_input |= std::mem::take(&mut self.announces_again);
    }

    /// Whether any effect waits for the handler that runs.
    pub fn is_holding(&self) -> bool {
        self.sequence.is_held()
    }

    /// The running handlers belong to another thread, which no longer calls back.
    pub fn forget_handlers(&mut self) {
        self.input_handled();
        self.in_bytes_written = false;
        self.in_mark = false;
        self.release();
    }

    fn end(&mut self, sequence: impl IntoIterator<Item = Effect>) {
        self.ending = true;
        self.sequence.replace(sequence);
    }
}

/// The end of an established connection.
const GONE: [Effect; 3] =
    [Effect::StateChanged(State::Unconnected), Effect::ReadChannelFinished, Effect::Disconnected];

/// The end of an attempt that the user aborts.
const ABANDONED: [Effect; 2] =
    [Effect::StateChanged(State::Unconnected), Effect::ReadChannelFinished];
