// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The peer of a stream, and limits on the memory that it may use.

use std::os::fd::OwnedFd;

use qlocal_core::{Limits, PeerCredentials, Result};

use super::LocalStream;

impl LocalStream {
    /// The credentials of the peer: the process that connected or is listening.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) when there is no connection.
    pub fn peer_credentials(&self) -> Result<PeerCredentials> {
        self.engine().peer_credentials()
    }

    /// A descriptor of the peer process (a pidfd), which, unlike a process id, never refers to
    /// another process. It becomes readable when the process ends.
    ///
    /// # Errors
    /// As for [`peer_credentials`](Self::peer_credentials); also before Linux 6.5.
    pub fn peer_process(&self) -> Result<OwnedFd> {
        self.engine().peer_process()
    }

    /// The limits on bytes queued for writing, on messages, and on received descriptors.
    pub fn limits(&self) -> Limits {
        self.engine().limits()
    }

    /// Sets these limits. Bytes already queued stay.
    ///
    /// ```no_run
    /// use qlocal::{Limits, LocalStream, SlowPeer};
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let stream = LocalStream::connect("greeter")?;
    /// stream.set_limits(Limits {
    ///     max_queued: 1 << 20,
    ///     slow_peer: SlowPeer::Disconnect,
    ///     ..stream.limits()
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_limits(&self, limits: Limits) {
        self.engine().set_limits(limits);
    }

    /// Calls `handler` when a turn leaves [`high_water`](Limits::high_water) bytes or more unsent:
    /// the peer reads more slowly than this end writes.
    pub fn on_high_water(&self, handler: impl FnMut(&Self) + 'static) {
        self.shared.high_water.set(Box::new(handler));
    }

    /// Calls `handler` when, after that, [`low_water`](Limits::low_water) bytes or fewer are left.
    pub fn on_low_water(&self, handler: impl FnMut(&Self) + 'static) {
        self.shared.low_water.set(Box::new(handler));
    }

    /// The maximum number of received, unread bytes:
    /// [`DEFAULT_READ_LIMIT`](crate::DEFAULT_READ_LIMIT) by default; 0 means no limit.
    pub fn read_limit(&self) -> usize {
        self.engine().read_limit()
    }

    /// Sets that limit. Further bytes stay in the kernel until everything is read, and the peer has
    /// to wait.
    pub fn set_read_limit(&self, limit: usize) {
        self.engine().set_read_limit(limit);
    }

    /// The total number of received bytes.
    pub fn bytes_received(&self) -> u64 {
        self.engine().received()
    }

    /// The total number of bytes that the kernel has accepted.
    pub fn bytes_sent(&self) -> u64 {
        self.engine().sent()
    }
}
