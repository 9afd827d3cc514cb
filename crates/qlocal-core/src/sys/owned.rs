// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Ownership of descriptors in the whole process. A descriptor given as a bare number may belong to
//! another connection already, in whatever thread: two owners would close it under each other.

use std::num::NonZeroU64;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use qlocal_sys::{claim, Claimed};
use rustix::net::sockopt;

use super::fault::{self, Call};

/// A socket that belongs to one connection of this process.
#[derive(Debug)]
pub struct OwnedSocket(Claimed);

impl OwnedSocket {
    /// Enters a socket as owned. What its number was entered for before is closed.
    pub fn new(descriptor: OwnedFd) -> Self {
        let mark = mark(descriptor.as_fd());
        Self(Claimed::new(descriptor, mark))
    }

    /// Whether the number still stands for this socket, as far as connections of this process know.
    pub fn is_current(&self) -> bool {
        self.0.is_current()
    }
}

/// Whether a connection of this process owns the socket that this number stands for.
pub fn is_owned(descriptor: BorrowedFd<'_>) -> bool {
    claim(descriptor.as_raw_fd()).is_some_and(|owner| owner == mark(descriptor))
}

/// The kernel's number of a socket, which it never gives twice; the same for all where the kernel has
/// none (before 4.12).
fn mark(descriptor: BorrowedFd<'_>) -> NonZeroU64 {
    fault::check_on(Call::Getsockopt, descriptor)
        .and_then(|()| sockopt::socket_cookie(descriptor))
        .ok()
        .and_then(NonZeroU64::new)
        .unwrap_or(NonZeroU64::MAX)
}

impl AsFd for OwnedSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for OwnedSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
