// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a driver receives bytes and messages.

use qlocal_sys::poller::Readiness;
use qlocal_sys::socket::{self, Kind};
use qlocal_sys::Errno;

use crate::error::{Error, ErrorKind, Operation};
use crate::machine::{FramingSettings, State};
use crate::stream::inbox::{Arrival, Read};
use crate::stream::input::InputBuffer;
use crate::stream::limits::Limits;

use super::Driver;

/// How much one stream receives per turn, unless more has arrived already.
const FAIR_SHARE: usize = 256 * 1024;

impl Driver {
    /// Receives all available bytes, and detects the end.
    ///
    /// A short read shows that the kernel has no more, unless the peer has hung up: then the end of
    /// file is read too, in the same turn. Beyond the fair share it reads only what has arrived by
    /// then, so that a message that has arrived completely is announced as one.
    pub fn receive(&mut self, hang_up: bool) {
        let mut share = FAIR_SHARE;
        let mut is_extended = false;
        let mut has_received = false;
        while self.may_receive() {
            if share == 0 {
                share = if is_extended { 0 } else { self.queued() };
                is_extended = true;
                if share == 0 {
                    break;
                }
            }
            let room = self.inbox.make_room();
            if room == 0 {
                // As with Qt, reaching the limit does not pause reading yet, only finding more
                // input does.
                if share == FAIR_SHARE {
                    self.inbox.pause();
                }
                break;
            }
            let Some(socket) = self.link.socket() else { return };
            let kind = self.link.kind();
            match self.inbox.receive(socket, kind, room) {
                // Input before an unreported hang-up is announced first: the kernel reports the end
                // again.
                Ok(0) if !hang_up && has_received => break,
                Ok(0) => {
                    self.handle_end();
                    break;
                }
                Ok(count) => {
                    has_received = true;
                    self.meter.iter().for_each(|meter| meter.received(count));
                    let arrival = self.inbox.take_in(count);
                    self.arrived(arrival);
                    // As with Qt, each packet is announced separately.
                    if kind != Kind::Stream || count < room && !hang_up {
                        break;
                    }
                    share = share.saturating_sub(count);
                }
                Err(Errno::AGAIN) => break,
                Err(errno) => {
                    self.connection.peer_ended(receive_error(errno));
                    break;
                }
            }
        }
        self.inbox.release();
        if self.inbox.has_too_many_descriptors() {
            let error = Error::new(ErrorKind::LimitExceeded, Operation::Recvmsg);
            self.connection.peer_ended(error);
        }
        self.update_interest();
    }

    fn may_receive(&self) -> bool {
        let receives = match self.state() {
            State::Connected => true,
            // As with Qt, an event loop in a handler receives nothing more once everything is sent.
            State::Closing => !self.outbox.is_empty(),
            State::Unconnected | State::Connecting => false,
        };
        receives && !self.is_ending()
    }

    fn queued(&self) -> usize {
        let queued = self.link.socket().map(|socket| socket::queued(&**socket));
        queued.and_then(qlocal_sys::Result::ok).unwrap_or(0)
    }

    fn handle_end(&mut self) {
        let operation = match self.inbox.has_part() {
            true => Operation::ReceiveMessage,
            false => Operation::Recv,
        };
        self.connection.peer_ended(Error::new(ErrorKind::PeerClosed, operation));
    }

    fn arrived(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Nothing => {}
            Arrival::Bytes => self.connection.received(),
            Arrival::Messages { has_new, is_too_long } => {
                if has_new {
                    self.connection.announce_input();
                }
                if is_too_long {
                    let error = Error::new(ErrorKind::LimitExceeded, Operation::ReceiveMessage);
                    self.connection.peer_ended(error);
                }
            }
        }
    }

    // Reading.

    pub fn consume(&mut self, take: impl FnOnce(&mut InputBuffer) -> usize) -> Read {
        let input = self.inbox.bytes_mut();
        let count = take(input);
        let is_empty = input.is_empty();
        if self.inbox.is_paused() {
            // Reading resumes at the end of the turn, so that taking single bytes costs no system call
            // for each.
            self.link.defer();
        }
        if count == 0 && is_empty && self.connection.is_over() {
            return Read::End;
        }
        Read::Bytes(count)
    }

    /// Whether everything is read, and more may still arrive: reading would return nothing and
    /// change nothing.
    pub fn has_drained(&self) -> bool {
        self.inbox.bytes().is_empty()
            && !self.inbox.is_paused()
            && self.state() == State::Connected
            && !self.is_ending()
    }

    pub fn set_read_limit(&mut self, limit: usize) {
        self.inbox.set_limit(limit);
        self.update_interest();
    }

    /// Resumes reading if there is room, once the handlers have returned or when the user waits for
    /// more. Handlers may leave a part unread that is useless without the following bytes.
    pub fn use_room(&mut self) {
        if self.inbox.resume_with_room() {
            self.update_interest();
        }
    }

    /// Resumes reading once everything is read.
    pub(super) fn resume(&mut self) {
        if self.inbox.resume_when_empty() {
            self.update_interest();
        }
    }

    /// Whether a wait cannot make progress until the user reads: the read limit is reached, and
    /// there is more input or the end.
    pub fn is_stuck(&self, readiness: Readiness) -> bool {
        self.inbox.is_paused() && readiness.readable && self.outbox.is_empty()
    }

    /// Discards all unread input.
    pub(super) fn clear_input(&mut self) {
        if self.inbox.clear() {
            self.connection.forget_input();
        }
    }

    // Messages.

    pub fn set_framing(&mut self, settings: FramingSettings, read_ahead: &[u8]) {
        if !self.inbox.set_framing(settings, read_ahead) {
            return;
        }
        self.record_starts();
        self.connection.forget_input();
        if self.inbox.is_framed() {
            self.sort_input();
        } else if !self.inbox.bytes().is_empty() {
            self.connection.announce_input();
        }
        self.inbox.release();
        self.messages_read();
        self.link.defer();
    }

    pub(super) fn limit_input(&mut self, limits: Limits) {
        self.inbox.set_max_descriptors(limits.max_descriptors);
        if self.inbox.set_max_message_size(limits.max_message_size) {
            self.sort_input();
            self.link.defer();
        }
    }

    fn sort_input(&mut self) {
        let arrival = self.inbox.sort();
        self.arrived(arrival);
    }

    pub fn read_message<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let taken = self.inbox.next_message(take);
        if self.inbox.is_framed() {
            self.messages_read();
        }
        taken
    }

    /// Handlers may read one message or all of them: they are called again for the others.
    fn messages_read(&mut self) {
        if self.inbox.is_paused() {
            self.link.defer();
        }
        if self.inbox.has_message() {
            if self.connection.is_announcing_input() {
                self.connection.announce_input();
            }
        } else if self.inbox.is_framed() {
            self.connection.forget_input();
        }
    }

    /// The user ends the connection: messages that have arrived are no longer announced, but stay
    /// readable.
    pub(super) fn leave_messages(&mut self) {
        if self.inbox.is_framed() {
            self.connection.forget_input();
        }
    }
}

/// recv(2) returns `EINVAL` for a socket without a peer.
fn receive_error(errno: Errno) -> Error {
    match errno {
        Errno::INVAL => Error::new(ErrorKind::NotConnected, Operation::Recv),
        _ => Error::from_errno(errno, Operation::Recv),
    }
}
