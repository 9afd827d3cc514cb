// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who is at the other end of a socket, and who this process is.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::fault::{self, Call};
use super::{Errno, Result};

pub use qlocal_sys::Ids;

/// The ids of the process that has connected, or has begun to listen, at the other end.
pub fn ids(socket: impl AsFd) -> Result<Ids> {
    fault::check_on(Call::Getsockopt, &socket)?;
    qlocal_sys::peer_ids(socket).map_err(|error| errno(&error))
}

/// The supplementary groups of that process; none when the kernel does not tell.
pub fn groups(socket: impl AsFd) -> Result<Vec<u32>> {
    fault::check_on(Call::Getsockopt, &socket)?;
    match qlocal_sys::peer_groups(socket).map_err(|error| errno(&error)) {
        Err(Errno::NOPROTOOPT) => Ok(Vec::new()),
        outcome => outcome,
    }
}

/// A descriptor of that process: `ENOPROTOOPT` when the kernel has none to give.
pub fn process(socket: impl AsFd) -> Result<OwnedFd> {
    fault::check_on(Call::Getsockopt, &socket)?;
    qlocal_sys::peer_process(socket).map_err(|error| errno(&error))
}

/// The user that this process acts as.
pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}
