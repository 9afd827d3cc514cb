// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The part of a stream's API for writing.

use std::os::fd::OwnedFd;

use crate::error::{Error, Result};

use super::block::SharedBytes;
use super::handle::Stream;

impl Stream {
    /// Queues `data`, or the part that the limit allows, and returns how much that is; `None` when
    /// there is no connection, or this write ends it.
    ///
    /// It is sent at the end of the turn, or by a flush or a wait before that.
    pub fn write(&self, data: &[u8]) -> Option<usize> {
        self.0.lock().write(data)
    }

    /// As [`Stream::write`], and takes the memory of `bytes`, which is left empty, instead of copying
    /// them; unless they are few (see [`OutputQueue::MIN_KEPT`](super::OutputQueue::MIN_KEPT)).
    ///
    /// When not all of them are queued, `bytes` is left as it is.
    pub fn write_owned(&self, bytes: &mut Vec<u8>) -> Option<usize> {
        self.0.lock().write_owned(bytes)
    }

    /// As [`Stream::write_owned`], for memory that may be shared with others. It is dropped once
    /// everything is sent or discarded; at once when not all bytes are queued.
    pub fn write_shared(&self, bytes: SharedBytes) -> Option<usize> {
        self.0.lock().write_shared(bytes)
    }

    /// As [`Stream::write`], for a host that can keep small writes itself: while
    /// [`Gauges::is_staging`](super::Gauges::is_staging) is true after this, it may accept further
    /// ones in full without calling the stream, which takes them with
    /// [`Host::unstage`](super::Host::unstage) before it does anything else. They are not in
    /// [`Stream::bytes_to_write`] until then.
    pub fn write_staged(&self, data: &[u8]) -> Option<usize> {
        self.0.write_staged(data)
    }

    /// As [`Stream::write`]; the descriptors go with the first byte.
    ///
    /// # Errors
    /// Returns the descriptors when nothing was queued, or when they are more than one byte can
    /// carry (253).
    pub fn write_with_descriptors(
        &self,
        data: &[u8],
        descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<usize, Vec<OwnedFd>> {
        self.0.lock().write_with_descriptors(data, descriptors)
    }

    /// Queues all of `data`, or nothing.
    ///
    /// # Errors
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) when the queue has no room for it, which may be
    /// what ends the connection. [`NotConnected`](crate::ErrorKind::NotConnected) when there is no
    /// connection.
    pub fn write_all(&self, data: &[u8]) -> Result<()> {
        self.0.lock().write_all(data)
    }

    /// Stores that the message that was read last is not valid for the user:
    /// [`InvalidMessage`](crate::ErrorKind::InvalidMessage), which is not announced.
    pub fn reject_message(&self) -> Error {
        self.0.lock().reject_message()
    }

    /// Queues a whole message with its framing, or nothing.
    ///
    /// # Errors
    /// [`InvalidMessage`](crate::ErrorKind::InvalidMessage) when it can never be sent: it is longer than
    /// a message may be, or than its prefix can represent, or than
    /// [`Limits::max_queued`](crate::Limits::max_queued) allows, or it contains the delimiter, or there is
    /// no framing.
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) when the queue has no room for it now, which
    /// may be what ends the connection. [`NotConnected`](crate::ErrorKind::NotConnected) when there is
    /// no connection.
    pub fn write_message(&self, message: &[u8]) -> Result<()> {
        self.0.lock().write_message(message)
    }

    /// Fails as [`Stream::write_message`] does while there is no connection.
    ///
    /// # Errors
    /// [`NotConnected`](crate::ErrorKind::NotConnected), always.
    pub fn refuse_message(&self) -> Result<()> {
        Err(self.0.lock().refuse_message())
    }

    /// The number of written bytes that are not announced as sent yet.
    pub fn bytes_to_write(&self) -> usize {
        self.0.gauges().to_write()
    }

    /// The number of bytes ever sent.
    pub fn sent(&self) -> u64 {
        self.0.lock().outbox.sent()
    }

    /// Sends what the kernel accepts now, and announces it. True when that was anything.
    pub fn flush(&self) -> bool {
        let moved = self.0.lock().flush();
        self.0.drive();
        moved
    }
}
