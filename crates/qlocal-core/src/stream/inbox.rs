// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What has arrived and is not read yet: bytes or messages, and descriptors.

use std::os::fd::OwnedFd;
use std::time::Instant;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::poller::{self, Interest};
use qlocal_sys::socket::{self, Kind};
use qlocal_sys::Errno;

use crate::machine::Framing;

use super::input::InputBuffer;
use super::messages::Messages;
use super::passing::Incoming;

/// Received and unread bytes or messages, how much of them there may be, and whether reading is
/// paused because there is as much.
#[derive(Default)]
pub(super) struct Inbox {
    /// Empty with a framing: then all bytes are in messages.
    bytes: InputBuffer,
    /// What arrives as messages; most connections have bytes.
    framed: Option<Box<Framed>>,
    /// The most that may be received and not read; 0 is no limit.
    limit: usize,
    /// The limit is reached: nothing is received until everything is read.
    is_paused: bool,
    /// What arrives is thrown away: the user has opened for writing only.
    is_write_only: bool,
    /// How many bytes have ever arrived.
    received: u64,
    /// How often there has been more for the user to read, bytes or messages.
    arrivals: u64,
    /// Descriptors that arrive; most connections take none.
    descriptors: Option<Box<Incoming>>,
}

/// How long messages may be, and those that have arrived.
struct Framed {
    max_size: usize,
    /// Without a framing the user reads bytes.
    messages: Option<Messages>,
}

/// What reading gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// This many bytes; 0 when nothing is there yet.
    Bytes(usize),
    /// Everything that arrived is read, and nothing more will come.
    End,
}

/// What received bytes are to the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Thrown away.
    Nothing,
    /// Bytes to read.
    Bytes,
    /// Parts of messages.
    Messages {
        /// At least one has become whole.
        has_new: bool,
        /// One is longer than allowed.
        is_too_long: bool,
    },
}

impl Inbox {
    // What there is to read.

    pub fn bytes(&self) -> &InputBuffer {
        &self.bytes
    }

    pub fn bytes_mut(&mut self) -> &mut InputBuffer {
        &mut self.bytes
    }

    pub fn received(&self) -> u64 {
        self.received
    }

    pub fn arrivals(&self) -> u64 {
        self.arrivals
    }

    pub fn has_message(&self) -> bool {
        self.messages().is_some_and(|messages| !messages.is_empty())
    }

    /// Shows the next message to `take`, and forgets it.
    pub fn next_message<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.framed.as_mut()?.messages.as_mut()?.next(take)
    }

    /// Whether a message has begun that is not whole.
    pub fn has_part(&self) -> bool {
        self.messages().is_some_and(Messages::has_part)
    }

    /// Throws away what was not read. True when that may have been messages.
    pub fn clear(&mut self) -> bool {
        self.bytes.clear();
        match self.framed.as_mut().and_then(|framed| framed.messages.as_mut()) {
            Some(messages) => {
                messages.clear();
                true
            }
            None => false,
        }
    }

    /// Throws away what was not read, and how it was to be read.
    pub fn reset(&mut self) {
        self.bytes = InputBuffer::default();
        self.framed = None;
    }

    // Receiving.

    /// Makes room, and returns how much may be received next. Without a limit that is all of the
    /// block's room.
    pub fn make_room(&mut self) -> usize {
        let room = self.bytes.make_room();
        match self.limit {
            0 => room,
            limit => limit.saturating_sub(self.unread()).max(self.missing()).min(room),
        }
    }

    /// Receives up to so many bytes, or the next packet as a whole. See [`Inbox::take_in`].
    ///
    /// # Errors
    /// `EAGAIN` when there is nothing.
    pub fn receive(
        &mut self,
        socket: &OwnedSocket,
        kind: Kind,
        room: usize,
    ) -> qlocal_sys::Result<usize> {
        match kind {
            Kind::Stream => self.receive_bytes(socket, room),
            kind => self.receive_packet(socket, kind),
        }
    }

    fn receive_bytes(&mut self, socket: &OwnedSocket, room: usize) -> qlocal_sys::Result<usize> {
        match &mut self.descriptors {
            Some(descriptors) => descriptors.receive(socket, self.bytes.tail(), room),
            None => socket::receive(socket, self.bytes.tail(), room),
        }
    }

    /// Receives the next packet as a whole, however long: the kernel throws away what has no room.
    /// One without bytes is nothing to read (`EAGAIN`), and not the end.
    fn receive_packet(&mut self, socket: &OwnedSocket, kind: Kind) -> qlocal_sys::Result<usize> {
        let len = socket::packet_len(socket)?;
        if len == 0 && is_at_end(socket, kind)? {
            return Ok(0);
        }
        match self.receive_bytes(socket, len)? {
            0 => Err(Errno::AGAIN),
            count => Ok(count),
        }
    }

    /// Keeps the bytes that were just received.
    pub fn take_in(&mut self, count: usize) -> Arrival {
        if self.is_write_only {
            self.bytes.clear();
            return Arrival::Nothing;
        }
        self.received += count as u64;
        self.sort()
    }

    /// With a framing bytes become messages.
    pub fn sort(&mut self) -> Arrival {
        let messages = self.framed.as_mut().and_then(|framed| framed.messages.as_mut());
        let Some(messages) = messages else {
            self.arrivals += 1;
            return Arrival::Bytes;
        };
        let before = messages.len();
        messages.receive(&mut self.bytes);
        let has_new = messages.len() != before;
        self.arrivals += u64::from(has_new);
        Arrival::Messages { has_new, is_too_long: messages.is_too_long() }
    }

    /// Holds no more memory than what is unread is worth.
    pub fn release(&mut self) {
        self.bytes.release();
    }

    // The limit.

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Reading is paused at once when there is as much already.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        self.is_paused = limit != 0 && !self.has_room(limit);
    }

    pub fn set_readable(&mut self, readable: bool) {
        self.is_write_only = !readable;
    }

    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    pub fn pause(&mut self) {
        self.is_paused = true;
    }

    /// Another connection begins, or another thread watches.
    pub fn forget_pause(&mut self) {
        self.is_paused = false;
    }

    /// Ends a pause when there is room below the limit. True when that changes anything.
    pub fn resume_with_room(&mut self) -> bool {
        self.resume_below(self.limit)
    }

    /// Ends a pause once everything is read. True when that changes anything.
    pub fn resume_when_empty(&mut self) -> bool {
        self.resume_below(1)
    }

    fn resume_below(&mut self, limit: usize) -> bool {
        let resumes = self.is_paused && self.has_room(limit);
        if resumes {
            self.is_paused = false;
        }
        resumes
    }

    /// What the user has neither read nor looked at.
    fn unread(&self) -> usize {
        self.bytes.len() + self.messages().map_or(0, Messages::held)
    }

    /// How many bytes have to come before the user can read anything of what has begun.
    fn missing(&self) -> usize {
        self.messages().map_or(0, Messages::missing)
    }

    /// Whether more may be received: a message that is longer than the limit comes as a whole.
    fn has_room(&self, limit: usize) -> bool {
        self.unread() < limit || self.missing() > 0
    }

    // Messages.

    fn messages(&self) -> Option<&Messages> {
        self.framed.as_ref()?.messages.as_ref()
    }

    pub fn framing(&self) -> Option<Framing> {
        self.messages().map(Messages::framing)
    }

    /// Tells messages apart in another way, from the first byte on that was not read; `read_ahead`
    /// comes in front of that. Call [`Inbox::sort`] after it.
    pub fn set_framing(&mut self, framing: Option<Framing>, read_ahead: &[u8]) {
        let framed = self.framed.get_or_insert_default();
        let rest = match framed.messages.take() {
            Some(messages) => messages.into_bytes(),
            None => std::mem::take(&mut self.bytes),
        };
        framed.messages = framing.map(|framing| Messages::new(framing, framed.max_size));
        if !read_ahead.is_empty() {
            self.bytes.make_room();
            self.bytes.tail().extend_from_slice(read_ahead);
        }
        self.bytes.tail().extend_from_slice(rest.as_slice());
    }

    pub fn max_message_size(&self) -> usize {
        self.framed.as_ref().map_or(Framing::DEFAULT_MAX_SIZE, |framed| framed.max_size)
    }

    /// Sets how long a message may be. True when there is a framing: call [`Inbox::sort`] then.
    pub fn set_max_message_size(&mut self, max_size: usize) -> bool {
        let max_size = match max_size {
            0 => Framing::DEFAULT_MAX_SIZE,
            max_size => max_size.min(Framing::MAX_SIZE),
        };
        let framed = self.framed.get_or_insert_default();
        framed.max_size = max_size;
        match &mut framed.messages {
            Some(messages) => {
                messages.set_max_size(max_size);
                true
            }
            None => false,
        }
    }

    // Descriptors.

    pub fn max_descriptors(&self) -> usize {
        self.descriptors.as_ref().map_or(0, |descriptors| descriptors.max())
    }

    pub fn set_max_descriptors(&mut self, max: usize) {
        self.descriptors.get_or_insert_default().set_max(max);
    }

    pub fn take_descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.as_mut()?.take()
    }

    /// Whether more descriptors have arrived than there may be; said once.
    pub fn has_too_many_descriptors(&mut self) -> bool {
        self.descriptors.as_mut().is_some_and(|descriptors| descriptors.take_overflow())
    }

    pub fn forget_descriptors(&mut self) {
        self.descriptors.iter_mut().for_each(|descriptors| descriptors.clear());
    }
}

impl Default for Framed {
    fn default() -> Self {
        Self { max_size: Framing::DEFAULT_MAX_SIZE, messages: None }
    }
}

/// Whether a socket whose next packet has no bytes is at its end.
fn is_at_end(socket: &OwnedSocket, kind: Kind) -> qlocal_sys::Result<bool> {
    let read = Interest { read: true, write: false };
    let may_end =
        kind == Kind::Packets && poller::wait_one(socket, read, Some(Instant::now()))?.hang_up;
    Ok(may_end && socket::queued(socket)? == 0)
}
