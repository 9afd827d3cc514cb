// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The part of a stream's API for reading.

use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;

use crate::error::Error;
use crate::machine::{Framing, FramingSettings};

use super::handle::Stream;
use super::inbox::Read;
use super::input::InputBuffer;

impl Stream {
    /// Sets whether received bytes are kept; otherwise they are discarded without an effect.
    pub fn set_readable(&self, readable: bool) {
        self.0.lock().inbox.set_readable(readable);
    }

    /// Moves received bytes to `into`, which need not be initialised.
    pub fn read(&self, into: &mut [MaybeUninit<u8>]) -> Read {
        self.consume(|input| input.read(into))
    }

    /// As [`Stream::read`], into an initialised slice.
    pub fn read_slice(&self, into: &mut [u8]) -> Read {
        self.consume(|input| input.read_slice(into))
    }

    /// Moves all received bytes out, see [`InputBuffer::take_all`].
    pub fn read_all(&self) -> Vec<u8> {
        let mut all = Vec::new();
        self.consume(|input| {
            all = input.take_all();
            all.len()
        });
        all
    }

    /// Moves received bytes to `into`, up to and including the next newline.
    pub fn read_line(&self, into: &mut [MaybeUninit<u8>]) -> Read {
        self.consume(|input| {
            let count = input.line_len().unwrap_or(input.len()).min(into.len());
            input.read(&mut into[..count])
        })
    }

    /// Discards up to `count` received bytes.
    pub fn skip(&self, count: usize) -> Read {
        self.consume(|input| input.skip(count))
    }

    fn consume(&self, take: impl FnOnce(&mut InputBuffer) -> usize) -> Read {
        self.0.consume(take)
    }

    /// The number of received and unread bytes.
    pub fn bytes_available(&self) -> usize {
        self.0.gauges().available()
    }

    /// Whether a complete line can be read.
    pub fn has_line(&self) -> bool {
        self.0.lock().inbox.bytes_mut().line_len().is_some()
    }

    /// The number of bytes ever received.
    pub fn received(&self) -> u64 {
        self.0.lock().inbox.received()
    }

    /// The maximum number of unread bytes; 0 means no limit.
    pub fn read_limit(&self) -> usize {
        self.0.lock().inbox.limit()
    }

    /// Sets the maximum number of unread bytes; 0 means no limit. At the limit nothing more is
    /// received until everything is read.
    pub fn set_read_limit(&self, limit: usize) {
        self.0.lock().set_read_limit(limit);
    }

    /// The framing; `None`, the default, when the user reads bytes.
    pub fn framing(&self) -> Option<Framing> {
        self.0.lock().inbox.framing().copied()
    }

    /// The framing with what it does not use at present.
    pub fn framing_settings(&self) -> FramingSettings {
        self.0.lock().inbox.framing_settings()
    }

    /// Sets the framing, from the first unread byte on. Bytes that a host has read ahead are put
    /// before that. Unread messages become bytes again, with what framed them, and are then framed
    /// as the new framing says.
    ///
    /// With a framing [`Stream::read`] and the like return nothing, and [`Effect::MessageReady`]
    /// replaces [`Effect::ReadyRead`]; for messages that are there already it comes at the end of
    /// the turn.
    ///
    /// [`Effect::MessageReady`]: crate::Effect::MessageReady
    /// [`Effect::ReadyRead`]: crate::Effect::ReadyRead
    pub fn set_framing(&self, framing: Option<Framing>, read_ahead: &[u8]) {
        let mut driver = self.0.lock();
        let settings = driver.inbox.framing_settings().with(framing);
        driver.set_framing(settings, read_ahead);
    }

    /// As [`Stream::set_framing`].
    pub fn set_framing_settings(&self, settings: FramingSettings, read_ahead: &[u8]) {
        self.0.lock().set_framing(settings, read_ahead);
    }

    /// Stores an error that is returned to the user, for [`Stream::failure`].
    pub fn set_last_error(&self, error: Error) {
        self.0.lock().last_error.returned(error);
    }

    /// Whether a complete message can be read.
    pub fn has_message(&self) -> bool {
        self.0.lock().inbox.has_message()
    }

    /// Passes the next message to `take`, and removes it. `take` must not call the stream.
    pub fn read_message<T>(&self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        self.0.lock().read_message(take)
    }

    /// The next descriptor. It arrives no later than the byte that it was sent with.
    pub fn take_descriptor(&self) -> Option<OwnedFd> {
        self.0.lock().inbox.take_descriptor()
    }
}
