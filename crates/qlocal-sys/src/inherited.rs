// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors that the program was started with, which are plain numbers until they get an owner.

use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

use crate::errno::{last_error, Errno, Result};
use crate::fault::{self, Call};
use crate::socket;

/// The numbers handed out. None is handed out twice, even if its descriptor was closed and the number
/// stands for another one by now.
static TAKEN: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

/// The outcome of taking over a descriptor.
#[derive(Debug)]
pub enum Inherited {
    /// It belongs to the caller, and is close-on-exec from now on.
    Ours(OwnedFd),
    /// It is no listening stream socket of the local domain, and was left as it is.
    Unsuitable,
    /// It has an owner in this process already.
    Taken,
}

/// Takes over a listening socket that the program was started with, once in the life of the process,
/// whatever the number of threads that ask.
///
/// A close-on-exec descriptor has an owner already: it cannot have been inherited through exec, and any
/// code that takes over an inherited one (sd_listen_fds(3), say) or opens one with Rust's library sets
/// the flag.
///
/// The number must be one that the parent has assigned to this program, see `LISTEN_FDS`.
///
/// # Errors
/// `EBADF` when the number stands for no descriptor, or for standard input, output or error.
pub fn take(number: RawFd) -> Result<Inherited> {
    fault::check(Call::Fcntl)?;
    if number <= libc::STDERR_FILENO {
        return Err(Errno::BADF);
    }
    // A list of numbers is valid even if an earlier holder has panicked.
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if taken.contains(&number) {
        return Ok(Inherited::Taken);
    }
    // SAFETY: the call takes numbers only, and returns EBADF for one that is no descriptor.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags < 0 {
        return Err(last_error());
    }
    if flags & libc::FD_CLOEXEC != 0 {
        return Ok(Inherited::Taken);
    }
    // SAFETY: it is open, as was just seen, and has no owner in this process that could close it
    // meanwhile: it came through exec, and `TAKEN` is locked.
    if !is_suitable(unsafe { BorrowedFd::borrow_raw(number) }) {
        return Ok(Inherited::Unsuitable);
    }
    // SAFETY: as for the first call.
    if unsafe { libc::fcntl(number, libc::F_SETFD, flags | libc::FD_CLOEXEC) } < 0 {
        return Err(last_error());
    }
    taken.push(number);
    // SAFETY: it is open and without an owner, as above, and being in `TAKEN` it is handed out once.
    Ok(Inherited::Ours(unsafe { OwnedFd::from_raw_fd(number) }))
}

fn is_suitable(descriptor: BorrowedFd<'_>) -> bool {
    socket::is_local_stream(descriptor) == Ok(true) && socket::is_listening(descriptor) == Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_is_not_taken() {
        for number in [libc::STDIN_FILENO, -1, RawFd::MIN] {
            assert_eq!(take(number).unwrap_err(), Errno::BADF);
        }
    }
}
