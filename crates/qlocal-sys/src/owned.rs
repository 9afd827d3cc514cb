// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Ownership of descriptors in the whole process. A descriptor given as a bare number may belong to
//! another connection already, in whatever thread: two owners would close it under each other.

use std::num::NonZeroU64;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::net::sockopt;

use crate::claimed::{claim, Claimed};
use crate::fault::{self, Call};

/// A socket that belongs to one connection of this process.
#[derive(Debug)]
pub struct OwnedSocket(Claimed);

impl OwnedSocket {
    /// Registers a socket as owned. The socket that had its number before is closed.
    pub fn new(descriptor: OwnedFd) -> Self {
        let mark = mark(descriptor.as_fd());
        Self(Claimed::new(descriptor, mark))
    }

    /// Whether the number still stands for this socket, as far as connections of this process know.
    #[inline]
    pub fn is_current(&self) -> bool {
        self.0.is_current()
    }
}

/// Whether a connection of this process owns the socket that this number stands for.
pub fn is_owned(descriptor: BorrowedFd<'_>) -> bool {
    claim(descriptor.as_raw_fd()).is_some_and(|owner| owner == mark(descriptor))
}

/// The kernel's cookie of a socket, which is unique; the same for all sockets before Linux 4.12.
fn mark(descriptor: BorrowedFd<'_>) -> NonZeroU64 {
    fault::check_on(Call::Getsockopt, descriptor)
        .and_then(|()| sockopt::socket_cookie(descriptor))
        .ok()
        .and_then(NonZeroU64::new)
        .unwrap_or(NonZeroU64::MAX)
}

impl AsFd for OwnedSocket {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for OwnedSocket {
    #[inline]
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
