// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is known of a descriptor before a stream adopts it.

use std::os::fd::BorrowedFd;

use qlocal_sys::owned;
use qlocal_sys::socket::{self, Kind};

use crate::error::{Error, ErrorKind, Operation, Result};

/// A descriptor that a stream can adopt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Adoptable {
    kind: Kind,
    is_prepared: bool,
}

impl Adoptable {
    /// A connection that a [`Listener`](crate::Listener) of this process has accepted, and that nothing has
    /// changed since. The kernel need not be asked about it.
    pub const ACCEPTED: Self = Self { kind: Kind::Stream, is_prepared: true };

    /// Checks a descriptor from elsewhere.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when it is no socket, or belongs to a stream of this process already.
    pub fn check(descriptor: BorrowedFd<'_>) -> Result<Self> {
        if owned::is_owned(descriptor) {
            return Err(Error::new(ErrorKind::Unsupported, Operation::OwnedDescriptor));
        }
        Self::examine(descriptor)
    }

    /// As [`Adoptable::check`], for one that has no other owner.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] when it is no socket.
    pub(super) fn examine(descriptor: BorrowedFd<'_>) -> Result<Self> {
        let kind = socket::kind(descriptor);
        kind.map(|kind| Self { kind, is_prepared: false })
            .map_err(|errno| Error::from_errno(errno, Operation::Getsockopt))
    }

    pub(super) fn kind(self) -> Kind {
        self.kind
    }

    /// Makes the descriptor non-blocking and close-on-exec, unless it is. The engine's own calls never block;
    /// this is for code that uses the descriptor directly.
    pub(super) fn prepare(self, descriptor: BorrowedFd<'_>) -> Result<()> {
        if self.is_prepared {
            return Ok(());
        }
        socket::adopt(descriptor).map_err(|errno| Error::from_errno(errno, Operation::Fcntl))
    }
}
