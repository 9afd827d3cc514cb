// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Ownership of descriptors in the whole process. A descriptor given as a bare number may belong to
//! another connection already, in whatever thread: two owners would close it under each other.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::net::sockopt;

use super::fault::{self, Call};

/// The sockets that connections own, by number. The cookie tells whether a number still stands for
/// the socket that it was entered for: programs close descriptors behind our back.
static OWNED: Mutex<BTreeMap<RawFd, Option<u64>>> = Mutex::new(BTreeMap::new());

/// A socket that belongs to one connection of this process.
#[derive(Debug)]
pub struct OwnedSocket {
    /// Only [`Drop`] takes it.
    descriptor: Option<OwnedFd>,
    cookie: Option<u64>,
}

impl OwnedSocket {
    /// Enters a socket as owned. What its number was entered for before is closed.
    pub fn new(descriptor: OwnedFd) -> Self {
        let cookie = cookie(descriptor.as_fd());
        owned().insert(descriptor.as_raw_fd(), cookie);
        Self { descriptor: Some(descriptor), cookie }
    }

    /// Whether the number still stands for this socket, as far as connections of this process know.
    pub fn is_current(&self) -> bool {
        owned().get(&self.as_raw_fd()) == Some(&self.cookie)
    }
}

/// Whether a connection of this process owns the socket that this number stands for.
pub fn is_owned(descriptor: BorrowedFd<'_>) -> bool {
    let entered = owned().get(&descriptor.as_raw_fd()).copied();
    entered.is_some_and(|entered| entered == cookie(descriptor))
}

/// The kernel's number of a socket, which it never gives twice; kernels before 4.12 have none.
fn cookie(descriptor: BorrowedFd<'_>) -> Option<u64> {
    fault::check_on(Call::Getsockopt, descriptor).ok()?;
    sockopt::socket_cookie(descriptor).ok()
}

fn owned() -> MutexGuard<'static, BTreeMap<RawFd, Option<u64>>> {
    // Each change of the map is a single call.
    OWNED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for OwnedSocket {
    fn drop(&mut self) {
        let Some(descriptor) = self.descriptor.take() else { return };
        let number = descriptor.as_raw_fd();
        let mut owned = owned();
        if owned.get(&number) == Some(&self.cookie) {
            owned.remove(&number);
        } else {
            // It was closed behind our back, and is another connection's by now.
            let _ = descriptor.into_raw_fd();
        }
    }
}

impl AsFd for OwnedSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_ref().expect("it is taken in drop alone").as_fd()
    }
}

impl AsRawFd for OwnedSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
