// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The descriptor that a wait watches.

use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Instant;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::poller::{self, Interest, Readiness};

/// What the caller of a wait blocks for between two steps.
#[derive(Debug, Clone, Copy)]
pub struct Blocking {
    /// The descriptor, which stays open until the next step.
    pub descriptor: RawFd,
    /// The readiness to block for.
    pub interest: Interest,
    /// The deadline.
    pub deadline: Option<Instant>,
}

/// A descriptor that a wait shares with the driver. It stays open as long as this exists.
#[derive(Debug)]
pub(super) struct Watched {
    descriptor: Arc<OwnedSocket>,
    interest: Interest,
    is_due: bool,
}

impl Watched {
    /// `is_due` if there is something to do without blocking.
    pub fn new(descriptor: Arc<OwnedSocket>, interest: Interest, is_due: bool) -> Self {
        Self { descriptor, interest, is_due }
    }

    /// Waits for this descriptor; nothing is ready when the deadline has passed.
    pub fn wait(&self, deadline: Option<Instant>) -> qlocal_sys::Result<Readiness> {
        poller::wait_one(&*self.descriptor, self.interest, self.blocking(deadline).deadline)
    }

    /// What the caller blocks for itself, instead of calling [`Watched::wait`].
    pub fn blocking(&self, deadline: Option<Instant>) -> Blocking {
        Blocking {
            descriptor: self.descriptor.as_raw_fd(),
            interest: self.interest,
            deadline: if self.is_due { Some(Instant::now()) } else { deadline },
        }
    }

    /// The readiness to process after such a wait.
    pub fn completed(self, readiness: Readiness) -> Readiness {
        Readiness { writable: readiness.writable || self.is_due, ..readiness }
    }
}
