// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reading and writing bytes.

use std::io;

use qlocal_core::{ErrorKind, Operation, Read, State};

use super::LocalStream;
use crate::error::Error;

impl LocalStream {
    /// Calls `handler` when bytes have arrived.
    ///
    /// Bytes that it leaves unread stay readable, and are not announced again; new bytes are. It is
    /// not called recursively, even if it runs an event loop.
    ///
    /// ```no_run
    /// # fn main() -> qlocal::Result<()> {
    /// # let stream = qlocal::LocalStream::connect("greeter")?;
    /// let mut received = Vec::new();
    /// stream.on_ready_read(move |stream| {
    ///     received.extend(stream.read_to_vec());
    ///     if received.ends_with(b"\n") {
    ///         stream.disconnect();
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_ready_read(&self, handler: impl FnMut(&Self) + 'static) {
        self.shared.ready_read.set(Box::new(handler));
    }

    /// Calls `handler` with the number of bytes that the kernel has accepted since the last call.
    pub fn on_bytes_written(&self, handler: impl FnMut(&Self, usize) + 'static) {
        self.shared.bytes_written.set(Box::new(handler));
    }

    /// How many received bytes are unread.
    pub fn bytes_available(&self) -> usize {
        self.engine().bytes_available()
    }

    /// Moves received bytes to `into`, and returns their number; 0 means end of file, unless `into`
    /// is empty.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when nothing is available yet.
    pub fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        match self.engine().read_slice(into) {
            Read::Bytes(0) if !into.is_empty() => Err(io::ErrorKind::WouldBlock.into()),
            Read::Bytes(count) => Ok(count),
            Read::End => Ok(0),
        }
    }

    /// All received, unread bytes.
    ///
    /// If they are many, this is the memory into which they were received, and may be passed on with
    /// [`write_owned`](Self::write_owned): such a relay does not copy them.
    pub fn read_to_vec(&self) -> Vec<u8> {
        self.engine().read_all()
    }

    /// Queues `data`, and returns its length, or how much of it fits under a limit.
    ///
    /// It is sent when the handler returns, or before the event loop waits: bytes written in one
    /// handler arrive together. The queue has no limit except that of
    /// [`set_limits`](Self::set_limits).
    ///
    /// # Errors
    /// [`io::ErrorKind::NotConnected`] when the connection has ended, or ends because of this
    /// write; [`io::ErrorKind::WouldBlock`] when it is not established yet, and when the queue is
    /// full.
    pub fn write(&self, data: &[u8]) -> io::Result<usize> {
        self.written(self.engine().write(data), data.is_empty())
    }

    /// Like [`write`](Self::write), and takes the memory of `bytes` instead of copying it, if all of
    /// it is queued: then `bytes` is empty afterwards. Otherwise it is left as it is.
    ///
    /// The memory is kept until everything is sent. Less than 16 KiB are copied nevertheless.
    ///
    /// ```no_run
    /// # fn main() -> qlocal::Result<()> {
    /// # let (source, target) = (qlocal::LocalStream::connect("source")?, qlocal::LocalStream::connect("target")?);
    /// // A relay that does not copy large parts.
    /// source.on_ready_read(move |source| {
    ///     if target.write_owned(&mut source.read_to_vec()).is_err() {
    ///         source.abort();
    ///     }
    /// });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`write`](Self::write).
    pub fn write_owned(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let is_empty = bytes.is_empty();
        self.written(self.engine().write_owned(bytes), is_empty)
    }

    fn written(&self, queued: Option<usize>, was_empty: bool) -> io::Result<usize> {
        match (queued, self.state()) {
            (Some(0), _) if !was_empty => Err(io::ErrorKind::WouldBlock.into()),
            (Some(count), _) => Ok(count),
            (None, State::Connecting) => Err(io::ErrorKind::WouldBlock.into()),
            (None, _) => Err(not_connected(Operation::Write)),
        }
    }

    /// How many bytes have not been announced as written yet.
    pub fn bytes_to_write(&self) -> usize {
        self.engine().bytes_to_write()
    }

    /// Sends what the kernel accepts now.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when bytes are left, which are sent automatically as the peer
    /// reads; [`io::ErrorKind::NotConnected`] when the connection has ended.
    pub fn flush(&self) -> io::Result<()> {
        // A handler called by this may write again: what counts is what is left at the end.
        self.engine().flush();
        match self.state() {
            State::Unconnected => Err(not_connected(Operation::Flush)),
            _ if self.bytes_to_write() > 0 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Ok(()),
        }
    }
}

impl io::Read for &LocalStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        LocalStream::read(self, into)
    }
}

impl io::Write for &LocalStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        LocalStream::write(self, data)
    }

    fn flush(&mut self) -> io::Result<()> {
        LocalStream::flush(self)
    }
}

impl io::Read for LocalStream {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        LocalStream::read(self, into)
    }
}

impl io::Write for LocalStream {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        LocalStream::write(self, data)
    }

    fn flush(&mut self) -> io::Result<()> {
        LocalStream::flush(self)
    }
}

fn not_connected(operation: Operation) -> io::Error {
    Error::from(qlocal_core::Error::new(ErrorKind::NotConnected, operation)).into()
}
