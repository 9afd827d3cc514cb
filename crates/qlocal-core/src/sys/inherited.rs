// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Listening sockets that the program was started with.

use std::os::fd::RawFd;

use super::fault::{self, Call};
use super::{socket, Errno, Result};

pub use qlocal_sys::Inherited;

/// Takes over the descriptor of this number, once in the life of the process. Wanted is a stream
/// socket of the local domain that listens.
///
/// # Errors
/// `EBADF` when there is no such descriptor.
pub fn take(number: RawFd) -> Result<Inherited> {
    fault::check(Call::Fcntl)?;
    let outcome = qlocal_sys::take_inherited(number, |descriptor| {
        socket::is_local_stream(descriptor) == Ok(true)
            && socket::is_listening(descriptor) == Ok(true)
    });
    outcome.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))
}
