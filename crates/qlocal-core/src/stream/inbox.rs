// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Received and unread bytes or messages, and descriptors.

use std::os::fd::OwnedFd;
use std::time::Instant;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::poller::{self, Interest};
use qlocal_sys::socket::{self, Kind};
use qlocal_sys::Errno;

use crate::machine::{Framing, FramingSettings};

use super::input::InputBuffer;
use super::messages::Messages;
use super::passing::Incoming;

/// Received and unread bytes or messages, their limit, and the pause that it causes.
#[derive(Default)]
pub(super) struct Inbox {
    /// Empty with a framing, since all bytes are in messages then.
    bytes: InputBuffer,
    /// The messages; most connections have bytes.
    framed: Option<Box<Framed>>,
    /// The maximum number of unread bytes; 0 means no limit.
    limit: usize,
    /// The limit is reached: nothing more is received until everything is read.
    is_paused: bool,
    /// Input is discarded: the user has opened the device for writing only.
    is_write_only: bool,
    /// The number of bytes ever received.
    received: u64,
    /// The number of times that more bytes or messages became readable.
    arrivals: u64,
    /// Received descriptors; most connections accept none.
    descriptors: Option<Box<Incoming>>,
}

/// Messages, their maximum length, and the framing with what it does not use.
struct Framed {
    max_size: usize,
    settings: FramingSettings,
    /// None when the user reads bytes.
    messages: Option<Messages>,
}

/// The result of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// This many bytes; 0 when there are none yet.
    Bytes(usize),
    /// Everything is read, and nothing more will arrive.
    End,
}

/// What has become of received bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrival {
    /// They were discarded.
    Nothing,
    /// Bytes to read.
    Bytes,
    /// Parts of messages.
    Messages {
        /// At least one has become complete.
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

    /// Passes the next message to `take`, and removes it.
    pub fn next_message<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.framed.as_mut()?.messages.as_mut()?.next(take)
    }

    /// Whether there is an incomplete message.
    pub fn has_part(&self) -> bool {
        self.messages().is_some_and(Messages::has_part)
    }

    /// Discards unread input. True when that may have been messages.
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

    /// Discards unread input, and the framing.
    pub fn reset(&mut self) {
        self.bytes = InputBuffer::default();
        self.framed = None;
    }

    // Receiving.

    /// Makes room, and returns how much may be received next. Without a limit that is the spare
    /// capacity of the block.
    pub fn make_room(&mut self) -> usize {
        let room = self.bytes.make_room();
        match self.limit {
            0 => room,
            limit => limit.saturating_sub(self.unread()).max(self.missing()).min(room),
        }
    }

    /// Receives at most `room` bytes, or the next packet as a whole. See [`Inbox::take_in`].
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

    #[inline(always)]
    fn receive_bytes(&mut self, socket: &OwnedSocket, room: usize) -> qlocal_sys::Result<usize> {
        match self.descriptors {
            Some(_) => self.receive_descriptors(socket, room),
            None => socket::receive(socket, self.bytes.tail(), room),
        }
    }

    #[inline(never)]
    fn receive_descriptors(
        &mut self,
        socket: &OwnedSocket,
        room: usize,
    ) -> qlocal_sys::Result<usize> {
        let descriptors = self.descriptors.get_or_insert_default();
        descriptors.receive(socket, self.bytes.tail(), room)
    }

    /// Receives the next packet as a whole, regardless of its length, since the kernel discards
    /// what does not fit. An empty packet is nothing to read (`EAGAIN`), and not the end.
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

    /// Releases memory that the unread bytes do not need.
    pub fn release(&mut self) {
        self.bytes.release();
    }

    // The limit.

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Reading is paused at once if the limit is reached already.
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

    /// Another connection begins, or another thread takes over.
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

    /// The number of unread bytes, including the framing.
    fn unread(&self) -> usize {
        self.bytes.len() + self.messages().map_or(0, Messages::held)
    }

    /// How many bytes are missing until the message that has begun is complete.
    fn missing(&self) -> usize {
        self.messages().map_or(0, Messages::missing)
    }

    /// Whether more may be received: a message longer than the limit is received as a whole.
    fn has_room(&self, limit: usize) -> bool {
        self.unread() < limit || self.missing() > 0
    }

    // Messages.

    fn messages(&self) -> Option<&Messages> {
        self.framed.as_ref()?.messages.as_ref()
    }

    #[inline]
    pub fn is_framed(&self) -> bool {
        self.messages().is_some()
    }

    pub fn framing(&self) -> Option<&Framing> {
        self.messages().map(Messages::framing)
    }

    pub fn framing_settings(&self) -> FramingSettings {
        self.framed.as_ref().map(|framed| framed.settings).unwrap_or_default()
    }

    /// Changes the framing, from the first unread byte on; `read_ahead` is put before that. True
    /// when that changes anything: call [`Inbox::sort`] then.
    pub fn set_framing(&mut self, settings: FramingSettings, read_ahead: &[u8]) -> bool {
        let framing = settings.framing();
        let is_new = framing.as_ref() != self.framing() || !read_ahead.is_empty();
        if settings != self.framing_settings() || is_new {
            self.framed.get_or_insert_default().settings = settings;
        }
        if is_new {
            self.frame(framing, read_ahead);
        }
        is_new
    }

    fn frame(&mut self, framing: Option<Framing>, read_ahead: &[u8]) {
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

    /// Sets the maximum length of a message. True when that changes anything and there is a
    /// framing: call [`Inbox::sort`] then.
    pub fn set_max_message_size(&mut self, max_size: usize) -> bool {
        let max_size = match max_size {
            0 => Framing::DEFAULT_MAX_SIZE,
            max_size => max_size.min(Framing::MAX_SIZE),
        };
        if max_size == self.max_message_size() {
            return false;
        }
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
        if max != self.max_descriptors() {
            self.descriptors.get_or_insert_default().set_max(max);
        }
    }

    pub fn take_descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.as_mut()?.take()
    }

    /// Whether more descriptors have arrived than allowed; true once.
    #[inline]
    pub fn has_too_many_descriptors(&mut self) -> bool {
        self.descriptors.as_mut().is_some_and(|descriptors| descriptors.take_overflow())
    }

    pub fn forget_descriptors(&mut self) {
        self.descriptors.iter_mut().for_each(|descriptors| descriptors.clear());
    }
}

impl Default for Framed {
    fn default() -> Self {
        Self {
            max_size: Framing::DEFAULT_MAX_SIZE,
            settings: FramingSettings::default(),
            messages: None,
        }
    }
}

/// Whether a socket whose next packet is empty is at its end.
fn is_at_end(socket: &OwnedSocket, kind: Kind) -> qlocal_sys::Result<bool> {
    let read = Interest { read: true, write: false };
    let may_end =
        kind == Kind::Packets && poller::wait_one(socket, read, Some(Instant::now()))?.hang_up;
    Ok(may_end && socket::queued(socket)? == 0)
}
