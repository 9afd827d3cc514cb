// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Credentials of the peer of a connection.

use std::os::fd::{BorrowedFd, OwnedFd};

use crate::error::{Error, Operation, Result};
use crate::sys::{peer, Errno};

/// The process at the other end of a connection, as the kernel saw it when it connected, or when it
/// began to listen.
///
/// Trust in users and groups, which the kernel vouches for. The process may have ended since, and
/// another one have its id: ask for a descriptor of it ([`crate::Stream::peer_process`]) to do
/// anything with it, and let no one in for the sake of a process id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PeerCredentials {
    /// The effective user.
    pub uid: u32,
    /// The effective group.
    pub gid: u32,
    /// The supplementary groups; none before Linux 4.13.
    pub groups: Vec<u32>,
    /// The process; `None` when it is none of this process's namespace.
    pub pid: Option<u32>,
}

impl PeerCredentials {
    pub(crate) fn of(socket: BorrowedFd<'_>) -> Result<Self> {
        let ids = peer::ids(socket).map_err(failed)?;
        let groups = peer::groups(socket).map_err(failed)?;
        Ok(Self { uid: ids.uid, gid: ids.gid, groups, pid: Some(ids.pid).filter(|&pid| pid != 0) })
    }

    /// Whether this is the effective group or one of the others.
    pub fn is_in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.contains(&gid)
    }
}

/// The user at the other end.
pub(crate) fn peer_uid(socket: BorrowedFd<'_>) -> Result<u32> {
    Ok(peer::ids(socket).map_err(failed)?.uid)
}

/// A descriptor of the process at the other end.
pub(crate) fn peer_process(socket: BorrowedFd<'_>) -> Result<OwnedFd> {
    peer::process(socket).map_err(failed)
}

fn failed(errno: Errno) -> Error {
    Error::from_errno(errno, Operation::Getsockopt)
}
