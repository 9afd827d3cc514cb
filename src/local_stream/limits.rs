// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The peer of a stream, and how much memory it may take.

use std::os::fd::OwnedFd;

use qlocal_core::{PeerCredentials, Result, WriteLimits};

use super::LocalStream;

/// How much a stream receives before it is read, in bytes, unless it is told otherwise: 64 MiB. A peer
/// that sends more waits, so that it can't fill the memory of a program that doesn't read.
///
/// A program that waits for a larger message to be whole before it reads has to set a higher limit.
pub const DEFAULT_READ_LIMIT: usize = 64 << 20;

impl LocalStream {
    /// The credentials of the peer: the process that connected, or that listens.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) when there is no connection.
    pub fn peer_credentials(&self) -> Result<PeerCredentials> {
        self.engine().peer_credentials()
    }

    /// A descriptor of the process at the other end (a pidfd), which is never taken for another one,
    /// as a process id may be. It becomes readable when the process ends.
    ///
    /// # Errors
    /// As [`peer_credentials`](Self::peer_credentials); also before Linux 6.5, which has none.
    pub fn peer_process(&self) -> Result<OwnedFd> {
        self.engine().peer_process()
    }

    /// What bounds the bytes that are written and not sent; nothing by default.
    pub fn write_limits(&self) -> WriteLimits {
        self.engine().write_limits()
    }

    /// Bounds the bytes that are written and not sent, and says what happens to more of them.
    ///
    /// What is queued already stays.
    ///
    /// ```no_run
    /// use qlocal::{LocalStream, SlowPeer, WriteLimits};
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let stream = LocalStream::connect("greeter")?;
    /// stream.set_write_limits(WriteLimits {
    ///     most: 1 << 20,
    ///     slow_peer: SlowPeer::Disconnect,
    ///     ..WriteLimits::default()
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_write_limits(&self, limits: WriteLimits) {
        self.engine().set_write_limits(limits);
    }

    /// Calls `handler` when a turn leaves as many bytes unsent as
    /// [`high`](WriteLimits::high) says: the peer reads more slowly than this end writes.
    pub fn on_high_water(&self, handler: impl FnMut(&Self) + 'static) {
        self.shared.high_water.set(Box::new(handler));
    }

    /// Calls `handler` when, after that, no more than [`low`](WriteLimits::low) are left.
    pub fn on_low_water(&self, handler: impl FnMut(&Self) + 'static) {
        self.shared.low_water.set(Box::new(handler));
    }

    /// The most that is received before it is read, in bytes: [`DEFAULT_READ_LIMIT`] unless another one
    /// was set; 0 is no limit.
    pub fn read_limit(&self) -> usize {
        self.engine().read_limit()
    }

    /// Sets that limit. The rest waits in the kernel until everything is read, and the peer with it.
    pub fn set_read_limit(&self, limit: usize) {
        self.engine().set_read_limit(limit);
    }

    /// How many bytes have ever arrived.
    pub fn bytes_received(&self) -> u64 {
        self.engine().received()
    }

    /// How many bytes the kernel has ever taken.
    pub fn bytes_sent(&self) -> u64 {
        self.engine().sent()
    }
}
