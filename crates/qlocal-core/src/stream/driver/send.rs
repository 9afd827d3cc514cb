// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a driver queues and sends bytes, messages and descriptors.

use std::os::fd::OwnedFd;

use qlocal_sys::passing;
use qlocal_sys::socket::Kind;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::machine::State;
use crate::stream::block::SharedBytes;
use crate::stream::limits::Limits;

use super::Driver;

impl Driver {
    /// Queues bytes and returns how many; `None` when there is no connection, or this write ends
    /// it.
    #[inline(always)]
    pub fn write(&mut self, data: &[u8]) -> Option<usize> {
        let taken = self.accept(data.len())?;
        self.outbox.write(&data[..taken]);
        Some(taken)
    }

    /// As [`Driver::write`], and takes the memory if all bytes are queued.
    pub fn write_owned(&mut self, bytes: &mut Vec<u8>) -> Option<usize> {
        let taken = self.accept(bytes.len())?;
        if taken == bytes.len() {
            self.outbox.write_owned(std::mem::take(bytes));
        } else {
            self.outbox.write(&bytes[..taken]);
        }
        Some(taken)
    }

    /// As [`Driver::write_owned`], for memory that may be shared.
    pub fn write_shared(&mut self, bytes: SharedBytes) -> Option<usize> {
        let data = (*bytes).as_ref();
        let taken = self.accept(data.len())?;
        if taken == data.len() {
            self.outbox.write_shared(bytes);
        } else {
            self.outbox.write(&data[..taken]);
        }
        Some(taken)
    }

    /// How many of this many bytes are to be queued; `None` as for [`Driver::write`].
    fn accept(&mut self, wanted: usize) -> Option<usize> {
        if self.state() == State::Unconnected {
            self.last_error.forget_kind();
        }
        if !self.is_open() || !self.link.is_open() {
            return None;
        }
        self.link.defer();
        self.outbox.room_for(wanted)
    }

    /// As [`Driver::write`]; the descriptors go with the first byte. They are returned if nothing
    /// was queued or if there are too many.
    pub fn write_with_descriptors(
        &mut self,
        data: &[u8],
        descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<usize, Vec<OwnedFd>> {
        if descriptors.len() > passing::MAX_DESCRIPTORS {
            return Err(descriptors);
        }
        let position = self.outbox.end();
        match self.write(data) {
            Some(taken) if taken > 0 => {
                if !descriptors.is_empty() {
                    self.outbox.attach(position, descriptors);
                }
                Ok(taken)
            }
            _ => Err(descriptors),
        }
    }

    /// Queues all bytes or nothing.
    pub fn write_all(&mut self, bytes: &[u8]) -> Result<()> {
        let outcome = self.queue_all(bytes);
        outcome.inspect_err(|&error| self.last_error.returned(error))
    }

    fn queue_all(&mut self, bytes: &[u8]) -> Result<()> {
        if !self.is_open() || !self.link.is_open() {
            return Err(Error::new(ErrorKind::NotConnected, Operation::Write));
        }
        self.link.defer();
        if !self.outbox.write_all(&[bytes]) {
            return Err(Error::new(ErrorKind::LimitExceeded, Operation::Write));
        }
        Ok(())
    }

    /// The message that was read last is not valid for the user.
    pub fn reject_message(&mut self) -> Error {
        let error = Error::new(ErrorKind::InvalidMessage, Operation::ParseMessage);
        self.last_error.returned(error);
        error
    }

    /// Queues a whole message or nothing.
    pub fn write_message(&mut self, message: &[u8]) -> Result<()> {
        let outcome = self.queue_message(message);
        outcome.inspect_err(|&error| self.last_error.returned(error))
    }

    fn queue_message(&mut self, message: &[u8]) -> Result<()> {
        let failure = |kind| Error::new(kind, Operation::WriteMessage);
        let framing = self.inbox.framing().ok_or(failure(ErrorKind::InvalidMessage))?;
        let (prefix, suffix) = framing.frame(message, self.inbox.max_message_size())?;
        let parts = [prefix.as_ref(), message, suffix];
        let size: usize = parts.iter().map(|part| part.len()).sum();
        let max_queued = self.outbox.limits().max_queued;
        if max_queued != 0 && size > max_queued {
            return Err(failure(ErrorKind::InvalidMessage));
        }
        if !self.is_open() || !self.link.is_open() {
            return Err(failure(ErrorKind::NotConnected));
        }
        self.link.defer();
        if !self.outbox.write_all(&parts) {
            return Err(failure(ErrorKind::LimitExceeded));
        }
        Ok(())
    }

    /// Refuses any message: there is no connection.
    pub fn refuse_message(&mut self) -> Error {
        let error = Error::new(ErrorKind::NotConnected, Operation::WriteMessage);
        self.last_error.returned(error);
        error
    }

    /// Whether [`Driver::write`] would accept whatever comes until the turn ends, or something else
    /// happens.
    pub fn may_stage(&self) -> bool {
        self.state() == State::Connected
            && !self.is_ending()
            && self.link.is_deferred()
            && self.link.kind() == Kind::Stream
            && self.outbox.is_unlimited()
            && !self.inbox.is_framed()
    }

    /// Queues the bytes that the host has kept.
    pub fn unstage(&mut self) {
        if let Some(host) = &self.host {
            host.unstage(&mut |bytes| self.outbox.write(bytes));
        }
    }

    pub fn bytes_to_write(&self) -> usize {
        self.outbox.len() + self.connection.unannounced_output()
    }

    pub fn has_unsent(&self) -> bool {
        !self.outbox.is_empty() || self.outbox.has_overrun()
    }

    pub(super) fn limit_output(&mut self, limits: Limits) {
        if self.outbox.set_limits(limits) {
            // The queue is checked against them at the end of the turn.
            self.link.defer();
        }
    }

    /// Sends now, at the user's request. True when the kernel has accepted any bytes.
    pub fn flush(&mut self) -> bool {
        let before = self.outbox.sent();
        if self.state() == State::Closing && self.is_ending() && self.has_unsent() {
            // As with Qt, a handler that flushes bytes that can't be sent ends the connection at
            // once.
            self.release();
        }
        if let Err(error) = self.send() {
            self.receive_rest();
            self.connection.send_failed(error);
            return false;
        }
        self.outbox.sent() != before
    }

    /// Sends the bytes written in this turn, and when writable those that the kernel has refused
    /// before. False when there was nothing to send or to announce.
    #[inline(always)]
    pub fn end_turn(&mut self, writable: bool) -> bool {
        let may_send = !self.outbox.is_empty() && (writable || !self.outbox.is_blocked());
        if !may_send && !self.outbox.has_overrun() {
            return self.check_marks();
        }
        if let Err(error) = self.send() {
            self.fail_at_turn_end(error);
        }
        true
    }

    #[cold]
    fn fail_at_turn_end(&mut self, error: Error) {
        self.receive_rest();
        // In the event loop the read side ends the connection if it can, as with Qt.
        if !self.is_ending() {
            self.connection.send_failed(error);
        }
    }

    /// The reactor ends the turn requested by [`Link::defer`](crate::stream::link::Link::defer).
    pub fn turn_ended(&mut self) -> bool {
        if !self.link.turn_ended() {
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

    /// Sends until the kernel accepts no more, and has it announced.
    fn send(&mut self) -> Result<()> {
        if self.outbox.has_overrun() {
            return Err(Error::new(ErrorKind::LimitExceeded, Operation::Write));
        }
        self.outbox.unblock();
        while !self.outbox.is_empty() && !self.is_ending() && !self.outbox.is_blocked() {
            let Some(socket) = self.link.socket() else { break };
            match self.outbox.send(socket) {
                Ok(count) => {
                    self.meter.iter().for_each(|meter| meter.sent(count));
                    self.connection.sent(count);
                }
                Err(errno) => {
                    self.connection.announce_output();
                    return Err(Error::from_errno(errno, Operation::Send));
                }
            }
        }
        self.connection.announce_output();
        self.check_marks();
        self.update_interest();
        Ok(())
    }

    /// Has a mark announced if the queue has passed one. True if it has.
    fn check_marks(&mut self) -> bool {
        let mark = self.outbox.passed_mark();
        mark.into_iter().for_each(|mark| self.connection.mark_passed(mark));
        mark.is_some()
    }

    /// The peer receives nothing more. Receives what it has sent before, so that a write does not
    /// lose an answer that has already arrived.
    fn receive_rest(&mut self) {
        let mut before = None;
        while !self.is_ending() && before != Some(self.inbox.received()) {
            before = Some(self.inbox.received());
            self.receive(true);
        }
    }
}
