// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a user of a stream can do to send.

use std::os::fd::OwnedFd;

use crate::error::Result;

use super::handle::Stream;
use super::pressure::WriteLimits;

impl Stream {
    /// Queues everything, or what a limit has room for, and returns how much that is; `None` when
    /// there is no connection to write to, or this write is what ends it.
    ///
    /// Nothing is sent before the turn ends, or a flush or a wait sends it.
    pub fn write(&self, data: &[u8]) -> Option<usize> {
        self.0.lock().write(data)
    }

    /// As [`Stream::write`]; the descriptors go with the first byte.
    ///
    /// # Errors
    /// Gives them back when nothing was taken, and when they are more than one byte can carry (253).
    pub fn write_with_descriptors(
        &self,
        data: &[u8],
        descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<usize, Vec<OwnedFd>> {
        self.0.lock().write_with_descriptors(data, descriptors)
    }

    /// Queues a whole message with what frames it, or nothing.
    ///
    /// # Errors
    /// [`InvalidMessage`](crate::ErrorKind::InvalidMessage) when it can never be sent: it is longer than a message may be, or
    /// than [`WriteLimits::max_size`] allows, or it is no line in [`Framing::Lines`](crate::Framing::Lines), or there is no
    /// framing. [`LimitExceeded`](crate::ErrorKind::LimitExceeded) when the queue has no room for it now, which may be what
    /// ends the connection. [`NotConnected`](crate::ErrorKind::NotConnected) when there is no connection.
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

    /// What bounds the bytes that are written and not sent.
    pub fn write_limits(&self) -> WriteLimits {
        self.0.lock().outbox.limits()
    }

    /// Sets these bounds. What is queued already stays.
    pub fn set_write_limits(&self, limits: WriteLimits) {
        self.0.lock().set_write_limits(limits);
    }

    /// How many written bytes are not announced as written yet.
    pub fn bytes_to_write(&self) -> usize {
        self.0.bytes_to_write()
    }

    /// How many bytes the kernel has ever taken.
    pub fn sent(&self) -> u64 {
        self.0.lock().outbox.sent()
    }

    /// Sends what the kernel takes now, and announces it; true when that was anything.
    pub fn flush(&self) -> bool {
        let moved = self.0.lock().flush();
        self.0.drive();
        moved
    }
}
