// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a driver does with bytes that arrive.

use std::time::Instant;

use super::passing::Passing;
use super::Driver;
use crate::error::{Error, ErrorKind, Operation};
use crate::machine::State;
use crate::mutation;
use crate::stream::input::InputBuffer;
use crate::sys::owned::OwnedSocket;
use crate::sys::poller::{self, Interest, Readiness};
use crate::sys::socket::{self, Kind};
use crate::sys::{self, Errno};

/// What reading gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// This many bytes; 0 when nothing is there yet.
    Bytes(usize),
    /// Everything that arrived is read, and nothing more will come.
    End,
}

/// How much one stream receives before the others get their turn, unless more has arrived already.
const FAIR_SHARE: usize = 256 * 1024;

impl Driver {
    pub(crate) fn input(&self) -> &InputBuffer {
        &self.input
    }

    pub(crate) fn has_line(&mut self) -> bool {
        self.input.line_len().is_some()
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals
    }

    pub(crate) fn read_limit(&self) -> usize {
        self.read_limit
    }

    pub(crate) fn set_read_limit(&mut self, limit: usize) {
        self.read_limit = limit;
        if limit == 0 || self.has_room(limit) {
            self.paused = false;
        } else {
            self.pause_reading();
        }
        self.update_interest();
    }

    pub(crate) fn set_readable(&mut self, readable: bool) {
        self.write_only = !readable;
    }

    pub(crate) fn consume(&mut self, take: impl FnOnce(&mut InputBuffer) -> usize) -> Read {
        let count = take(&mut self.input);
        if self.paused {
            // Room is looked for as the turn ends: a reader of single bytes costs no system call for each.
            self.defer();
        }
        if count == 0 && self.input.is_empty() && self.connection.is_over() {
            return Read::End;
        }
        Read::Bytes(count)
    }

    /// What the user has neither read nor looked at.
    fn unread(&self) -> usize {
        self.input.len() + self.held()
    }

    /// Whether more may be received: a message that is longer than the limit comes as a whole.
    fn has_room(&self, limit: usize) -> bool {
        self.unread() < limit || self.missing() > 0
    }

    /// The handlers of what arrived have returned, or the user waits for more: if there is room,
    /// more is received. A part may be left unread that only makes sense with what comes next.
    pub(crate) fn use_room(&mut self) {
        self.resume_below(self.read_limit);
    }

    fn resume_below(&mut self, limit: usize) {
        if self.paused && self.has_room(limit) {
            self.paused = false;
            self.update_interest();
        }
    }

    /// Receives again once everything is read.
    pub(super) fn resume(&mut self) {
        self.resume_below(1);
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    fn pause_reading(&mut self) {
        self.paused = true;
    }

    /// Nothing happens here before the user reads: the limit is reached, and there is more, or the
    /// peer is gone.
    pub(crate) fn is_stuck(&self, readiness: Readiness) -> bool {
        self.paused && readiness.readable && self.output.is_empty()
    }

    /// Receives what is there, and notices the end.
    ///
    /// A short read says that the kernel has no more, unless the peer has hung up: then the end of
    /// file is read too, in the same turn. Beyond the fair share it goes on with what is there at
    /// that moment, so that a message that has arrived as a whole is announced as a whole.
    pub(crate) fn receive(&mut self, hang_up: bool) {
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
            let room = self.make_room();
            if room == 0 {
                // As with Qt, reaching the limit does not pause yet: finding more there does.
                if share == FAIR_SHARE {
                    self.pause_reading();
                }
                break;
            }
            let Some(descriptor) = &self.descriptor else { return };
            let (input, passing) = (&mut self.input, &mut self.passing);
            let outcome = match self.kind {
                Kind::Stream => receive_bytes(descriptor, passing, input, room),
                kind => receive_packet(kind, descriptor, passing, input),
            };
            match outcome {
                // Input that comes with an unreported hang-up is announced first: the end is reported again.
                Ok(0) if !hang_up && has_received => break,
                Ok(0) => {
                    self.lose_input_for_a_test();
                    let operation =
                        if self.has_part() { Operation::ReceiveMessage } else { Operation::Recv };
                    self.connection.peer_ended(Error::new(ErrorKind::PeerClosed, operation));
                    break;
                }
                Ok(count) => {
                    has_received = true;
                    self.meter.iter().for_each(|meter| meter.received(count));
                    if self.write_only {
                        self.input.clear();
                    } else {
                        self.received += count as u64;
                        match &self.framed {
                            None => self.bytes_arrived(),
                            Some(_) => self.sort_input(),
                        }
                    }
                    // As with Qt each packet is announced by itself.
                    if self.kind != Kind::Stream || count < room && !hang_up {
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
        self.input.release();
        self.check_descriptors();
        self.update_interest();
    }

    fn queued(&self) -> usize {
        let queued = self.descriptor.as_ref().map(|descriptor| socket::queued(&**descriptor));
        queued.and_then(sys::Result::ok).unwrap_or(0)
    }

    pub(super) fn bytes_arrived(&mut self) {
        self.arrivals += 1;
        self.connection.received();
    }

    fn lose_input_for_a_test(&mut self) {
        if mutation::is("input-dropped") {
            self.input.clear();
        } else if mutation::is("byte-lost-at-end") {
            self.input.truncate(self.input.len().saturating_sub(1));
        }
    }

    fn may_receive(&self) -> bool {
        let receives = match self.state() {
            State::Connected => true,
            // As with Qt: once everything is sent, an event loop in a handler takes nothing more.
            State::Closing => !self.output.is_empty(),
            State::Unconnected | State::Connecting => false,
        };
        receives && !self.is_ending()
    }

    /// How much may be received next. Without a limit that is all of the block's room.
    fn make_room(&mut self) -> usize {
        let room = self.input.make_room();
        match self.read_limit {
            0 => room,
            limit => limit.saturating_sub(self.unread()).max(self.missing()).min(room),
        }
    }

    pub(crate) fn report(&mut self, error: Error) {
        self.connection.report(error);
    }
}

fn receive_bytes(
    descriptor: &OwnedSocket,
    passing: &mut Option<Box<Passing>>,
    input: &mut InputBuffer,
    room: usize,
) -> sys::Result<usize> {
    match passing {
        Some(passing) => passing.receive(descriptor, input.tail(), room),
        None => socket::receive(descriptor, input.tail(), room),
    }
}

/// Receives the next packet as a whole, however long: the kernel throws away what has no room. One
/// without bytes is nothing to read (`EAGAIN`), and not the end.
fn receive_packet(
    kind: Kind,
    descriptor: &OwnedSocket,
    passing: &mut Option<Box<Passing>>,
    input: &mut InputBuffer,
) -> sys::Result<usize> {
    let len = socket::packet_len(descriptor)?;
    if len == 0 && is_at_end(kind, descriptor)? {
        return Ok(0);
    }
    match receive_bytes(descriptor, passing, input, len)? {
        0 => Err(Errno::AGAIN),
        count => Ok(count),
    }
}

/// Whether a socket whose next packet has no bytes is at its end.
fn is_at_end(kind: Kind, descriptor: &OwnedSocket) -> sys::Result<bool> {
    let read = Interest { read: true, write: false };
    let may_end =
        kind == Kind::Packets && poller::wait_one(descriptor, read, Some(Instant::now()))?.hang_up;
    Ok(may_end && socket::queued(descriptor)? == 0)
}

/// recv(2) says `EINVAL` of a socket that has no other end.
fn receive_error(errno: Errno) -> Error {
    match errno {
        Errno::INVAL => Error::new(ErrorKind::NotConnected, Operation::Recv),
        _ => Error::from_errno(errno, Operation::Recv),
    }
}
