// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Peer credentials.

use std::os::fd::{BorrowedFd, OwnedFd};

use qlocal_sys::peer::{self, Ids};
use qlocal_sys::Errno;

use crate::error::{Error, Operation, Result};

/// The process at the other end of a connection, as recorded by the kernel when that process connected
/// or started to listen.
///
/// Base decisions on the user and groups, which the kernel guarantees, never on the process ID: the
/// process may have exited, and its ID may have been reused. To act on the process, get a descriptor
/// of it with [`crate::Stream::peer_process`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct PeerCredentials {
    /// The effective user ID.
    pub uid: u32,
    /// The effective group ID.
    pub gid: u32,
    /// The supplementary groups; empty before Linux 4.13.
    pub groups: Vec<u32>,
    /// The process ID; `None` if the process is not visible in this PID namespace.
    pub pid: Option<u32>,
}

impl PeerCredentials {
    pub(crate) fn of(socket: BorrowedFd<'_>) -> Result<Self> {
        let ids = peer_ids(socket)?;
        let groups = peer::groups(socket).map_err(failed)?;
        Ok(Self { uid: ids.uid, gid: ids.gid, groups, pid: Some(ids.pid).filter(|&pid| pid != 0) })
    }

    /// Whether the process is in this group: the effective group or a supplementary one.
    pub fn is_in_group(&self, gid: u32) -> bool {
        self.gid == gid || self.groups.contains(&gid)
    }
}

/// The user, group and process of the peer, without the supplementary groups.
pub(crate) fn peer_ids(socket: BorrowedFd<'_>) -> Result<Ids> {
    peer::ids(socket).map_err(failed)
}

/// A descriptor (pidfd) of the peer process.
pub(crate) fn peer_process(socket: BorrowedFd<'_>) -> Result<OwnedFd> {
    peer::process(socket).map_err(failed)
}

fn failed(errno: Errno) -> Error {
    Error::from_errno(errno, Operation::Getsockopt)
}
