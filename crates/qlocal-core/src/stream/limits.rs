// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The limits of a stream.

/// The limits of a stream; 0 means none, or the default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The maximum number of written and unsent bytes, see [`SlowPeer`].
    pub max_queued: usize,
    /// What happens to a write beyond that.
    pub slow_peer: SlowPeer,
    /// The high-water mark: when a turn leaves this many bytes unsent, that is announced once.
    pub high_water: usize,
    /// The low-water mark: when no more than this is left after that, it is announced once.
    pub low_water: usize,
    /// The maximum size of a message in either direction, up to
    /// [`Framing::MAX_SIZE`](crate::Framing::MAX_SIZE); 0 means
    /// [`Framing::DEFAULT_MAX_SIZE`](crate::Framing::DEFAULT_MAX_SIZE). A longer one from the peer
    /// ends the connection with [`LimitExceeded`](crate::ErrorKind::LimitExceeded).
    pub max_message_size: usize,
    /// The maximum number of received descriptors that are not taken yet. More of them end the
    /// connection with [`LimitExceeded`](crate::ErrorKind::LimitExceeded). With 0 none is received:
    /// the kernel closes those that arrive.
    pub max_descriptors: usize,
}

/// What happens to a write for which the queue has no room.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SlowPeer {
    /// The part that fits is queued.
    #[default]
    Refuse,
    /// Nothing is queued, and the connection ends with
    /// [`LimitExceeded`](crate::ErrorKind::LimitExceeded) at the end of the turn.
    Disconnect,
}

impl Limits {
    /// Only those of the bytes queued for writing.
    pub(super) fn of_queue(self) -> Self {
        let Self { max_queued, slow_peer, high_water, low_water, .. } = self;
        Self { max_queued, slow_peer, high_water, low_water, ..Self::default() }
    }
}
