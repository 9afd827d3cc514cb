// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a driver does with bytes that were written.

use super::Driver;
use crate::error::{Error, Operation, Result};
use crate::machine::State;
use crate::mutation;
use crate::sys::{socket, Errno};

impl Driver {
    /// How much was taken; `None` when there is no connection to write to, or this write ends it.
    pub(crate) fn write(&mut self, data: &[u8]) -> Option<usize> {
        if self.state() == State::Unconnected {
            // As with Qt: that is an error which has no name.
            self.last_error = None;
        }
        let is_open = matches!(self.state(), State::Connected | State::Closing);
        if !is_open || self.descriptor.is_none() {
            return None;
        }
        self.defer();
        let taken = self.room_to_write(data.len())?;
        self.output.write(&data[..taken]);
        Some(taken)
    }

    pub(crate) fn bytes_to_write(&self) -> usize {
        self.output.len() + self.connection.unannounced_output()
    }

    /// How many bytes the kernel has ever taken.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    pub(crate) fn has_unsent(&self) -> bool {
        !self.output.is_empty() || self.has_overrun()
    }

    /// Sends now, for the user: true when the kernel took anything.
    pub(crate) fn flush(&mut self) -> bool {
        let before = self.sent;
        if self.state() == State::Closing && self.is_ending() && self.has_unsent() {
            // As with Qt, a handler that wants to send what can't be sent ends it at once.
            self.release();
        }
        if let Err(error) = self.send() {
            self.receive_rest();
            self.connection.send_failed(error);
            return false;
        }
        self.sent != before || mutation::is("flush-always-true")
    }

    /// Sends the turn's writes, or what the kernel has taken no more of until now; false when there
    /// is nothing to send, nor to announce.
    pub(crate) fn end_turn(&mut self, writable: bool) -> bool {
        let may_send = !self.output.is_empty() && (writable || !self.blocked);
        if !may_send && !self.has_overrun() {
            return self.look_at_marks();
        }
        if let Err(error) = self.send() {
            self.receive_rest();
            // With the event loop it is the read side that ends a connection if it can, as with Qt.
            if !self.is_ending() {
                self.connection.send_failed(error);
            }
        }
        true
    }

    /// The reactor ends the turn that [`Driver::defer`] asked for.
    pub(crate) fn turn_ended(&mut self) -> bool {
        let was_deferred = self.deferred.take().is_some();
        if !std::mem::take(&mut self.wants_turn) && !was_deferred {
            return false;
        }
        self.resume();
        let released = self.release_transfer();
        let sent = self.end_turn(false);
        if std::mem::take(&mut self.ends_in_turn) {
            self.close_when_drained();
        }
        sent || released || self.is_ending() || self.connection.is_due()
    }

    /// Sends until the kernel takes no more, and lets that be announced.
    fn send(&mut self) -> Result<()> {
        self.check_overrun()?;
        self.blocked = false;
        while !self.output.is_empty() && !self.is_ending() && !self.blocked {
            let Some(descriptor) = &self.descriptor else { break };
            let mut offered = 0;
            let outcome = self.output.send(|slices| {
                if let Some(passing) = &mut self.passing {
                    let outcome;
                    (offered, outcome) = passing.send(self.sent, descriptor, slices);
                    return outcome;
                }
                offered = slices.iter().map(|slice| slice.len()).sum();
                match socket::send(descriptor, slices) {
                    // A socket of packets takes all in one or nothing: so it gets less at a time.
                    Err(Errno::MSGSIZE) if slices.len() > 1 => {
                        offered = slices[0].len();
                        socket::send(descriptor, &slices[..1])
                    }
                    outcome => outcome,
                }
            });
            match outcome {
                Ok(count) => {
                    self.sent += count as u64;
                    self.meter.iter().for_each(|meter| meter.sent(count));
                    self.connection.sent(count);
                    self.blocked = count < offered;
                }
                Err(Errno::AGAIN) => self.blocked = true,
                Err(errno) => {
                    self.connection.announce_output();
                    return Err(Error::from_errno(errno, Operation::Send));
                }
            }
        }
        self.connection.announce_output();
        self.look_at_marks();
        self.update_interest();
        Ok(())
    }

    /// The peer takes nothing more. What it sent before is received, so that an answer is not lost
    /// because something was written after it.
    pub(super) fn receive_rest(&mut self) {
        let mut before = None;
        while !self.is_ending() && before != Some(self.received) {
            before = Some(self.received);
            self.receive(true);
        }
    }

    /// Asks for the end of the turn.
    pub(super) fn defer(&mut self) {
        if self.is_served {
            self.wants_turn = true;
            return;
        }
        if self.deferred.is_some() {
            return;
        }
        if let (Some(reactor), Some(me)) = (&self.reactor, self.me()) {
            self.deferred = Some(reactor.defer(me));
        }
    }

    /// The reactor calls this stream, and ends its turn afterwards.
    pub(crate) fn begin_service(&mut self) {
        let ends_turns = self.reactor.as_ref().is_some_and(|reactor| reactor.ends_turns());
        self.is_served = self.registration.is_some() && ends_turns;
    }

    /// The handlers have returned that the reactor's call was for.
    pub(crate) fn end_service(&mut self) {
        self.is_served = false;
        self.wants_turn = false;
    }

    /// A handler has interrupted the call that was under way: what is left is for the end of the turn.
    pub(crate) fn go_on_later(&mut self) {
        self.end_service();
        self.defer();
    }

    /// The reactor no longer ends the turn of its call without being asked.
    pub(crate) fn interrupt_service(&mut self) {
        self.is_served = false;
        if std::mem::take(&mut self.wants_turn) {
            self.defer();
        }
    }
}
