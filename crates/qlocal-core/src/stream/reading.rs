// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a user of a stream can do about what arrives.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use crate::machine::Framing;

use super::handle::Stream;
use super::inbox::Read;
use super::input::InputBuffer;

impl Stream {
    /// Whether received bytes are kept; otherwise they are thrown away unannounced.
    pub fn set_readable(&self, readable: bool) {
        self.0.lock().inbox.set_readable(readable);
    }

    /// Moves received bytes to `into`, whose room need not be initialised.
    pub fn read(&self, into: &mut [MaybeUninit<u8>]) -> Read {
        self.consume(|input| input.read(into))
    }

    /// As [`Stream::read`], into room that is initialised.
    pub fn read_slice(&self, into: &mut [u8]) -> Read {
        self.consume(|input| input.read_slice(into))
    }

    /// Moves all received bytes out.
    pub fn read_all(&self) -> Vec<u8> {
        let mut all = Vec::new();
        self.consume(|input| {
            all.extend_from_slice(input.as_slice());
            input.skip(all.len())
        });
        all
    }

    /// Moves received bytes to `into`, up to and with the next newline.
    pub fn read_line(&self, into: &mut [MaybeUninit<u8>]) -> Read {
        self.consume(|input| {
            let count = input.line_len().unwrap_or(input.len()).min(into.len());
            input.read(&mut into[..count])
        })
    }

    /// Throws away up to `count` received bytes.
    pub fn skip(&self, count: usize) -> Read {
        self.consume(|input| input.skip(count))
    }

    fn consume(&self, take: impl FnOnce(&mut InputBuffer) -> usize) -> Read {
        self.0.lock().consume(take)
    }

    /// How many received bytes are not read yet.
    pub fn bytes_available(&self) -> usize {
        self.0.bytes_available()
    }

    /// Whether a whole line can be read.
    pub fn has_line(&self) -> bool {
        self.0.lock().inbox.bytes_mut().line_len().is_some()
    }

    /// How many bytes have ever arrived.
    pub fn received(&self) -> u64 {
        self.0.lock().inbox.received()
    }

    /// The most that is received before it is read, in bytes; 0 is no limit.
    pub fn read_limit(&self) -> usize {
        self.0.lock().inbox.limit()
    }

    /// Sets how many bytes may be received before they are read; 0 is no limit. At the limit nothing is
    /// received until everything is read.
    pub fn set_read_limit(&self, limit: usize) {
        self.0.lock().set_read_limit(limit);
    }

    /// How messages are told apart; `None`, the default, when the user reads bytes.
    pub fn framing(&self) -> Option<Framing> {
        self.0.lock().inbox.framing()
    }

    /// Sets that, from the first byte on that was not read. Those that a host has read ahead go in
    /// front of what is here.
    ///
    /// With a framing [`Stream::read`] and the like give nothing, and [`Effect::MessageReady`] comes in
    /// place of [`Effect::ReadyRead`]; for what is there already it comes as the turn ends.
    ///
    /// [`Effect::MessageReady`]: crate::Effect::MessageReady
    /// [`Effect::ReadyRead`]: crate::Effect::ReadyRead
    pub fn set_framing(&self, framing: Option<Framing>, read_ahead: &[u8]) {
        self.0.lock().set_framing(framing, read_ahead);
    }

    /// How long a message may be, in bytes.
    pub fn message_limit(&self) -> usize {
        self.0.lock().inbox.max_message_size()
    }

    /// Sets how long a message may be, up to [`Framing::MAX_SIZE`]; 0 stands for
    /// [`Framing::DEFAULT_MAX_SIZE`]. A longer one from the peer ends the connection with
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    pub fn set_message_limit(&self, max_size: usize) {
        self.0.lock().set_message_limit(max_size);
    }

    /// Whether a message can be read.
    pub fn has_message(&self) -> bool {
        self.0.lock().inbox.has_message()
    }

    /// Shows the next message to `take`, and forgets it. `take` must not call the stream.
    pub fn read_message<T>(&self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.0.lock().read_message(take)
    }

    /// How many descriptors may have arrived and not been taken; 0 when none is received.
    pub fn descriptor_limit(&self) -> usize {
        self.0.lock().inbox.max_descriptors()
    }

    /// Receives descriptors from now on, up to so many that are not taken. More of them end the
    /// connection with [`LimitExceeded`](crate::ErrorKind::LimitExceeded). With 0, as without this, the kernel closes those
    /// that arrive.
    pub fn set_descriptor_limit(&self, limit: usize) {
        self.0.lock().inbox.set_max_descriptors(limit);
    }

    /// The next descriptor that has arrived: at the latest with the bytes that it went with.
    pub fn take_descriptor(&self) -> Option<OwnedFd> {
        self.0.lock().inbox.take_descriptor()
    }
}
