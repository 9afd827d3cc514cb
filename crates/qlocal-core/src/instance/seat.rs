// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What makes a process the primary: the lock, and the name that it listens on.

use qlocal_sys::file_lock::FileLock;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::names::Address;
use crate::server::Listener;

/// The permission bits of the socket file.
const PRIVATE: u32 = 0o600;

/// The kernel's backlog: how many secondaries it keeps for a primary that is busy.
const BACKLOG: i32 = 128;

/// The place of the primary. Dropping it gives up the name first, and then the lock; in a child of fork(2)
/// it only closes the copies.
#[derive(Debug)]
pub struct Seat {
    pub(super) listener: Listener,
    pub(super) lock: FileLock,
}

/// The lock of this name; `None` when another process has it.
pub(super) fn lock(address: &Address) -> Result<Option<FileLock>> {
    // Another namespace has no folder that only this user can write to.
    let path = address.path().ok_or(Error::new(ErrorKind::InvalidName, Operation::Name))?;
    let path = [path, b".lock"].concat();
    FileLock::acquire(&path).map_err(|errno| Error::from_errno(errno, Operation::Lock))
}

impl Seat {
    /// Binds the name; `None` when a process without the lock listens there.
    pub(super) fn take(address: &Address, lock: FileLock) -> Result<Option<Self>> {
        match Listener::bind_unlogged(address.clone(), Some(PRIVATE), BACKLOG) {
            Ok(listener) => Ok(Some(Self { listener: listener.owned_by_this_process(), lock })),
            Err(error) if error.kind() == ErrorKind::AddressInUse => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The address that it listens on.
    pub fn address(&self) -> &Address {
        self.listener.address()
    }
}
