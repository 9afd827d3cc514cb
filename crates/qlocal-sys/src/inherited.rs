// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Inherited descriptors, which are plain numbers until they have an owner.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

/// The numbers taken so far. A number is never taken twice, even if its descriptor was closed and the
/// number has been reused.
static TAKEN: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

/// The result of [`take_inherited`].
#[derive(Debug)]
pub enum Inherited {
    /// The caller now owns the descriptor, which has been made close-on-exec.
    Ours(OwnedFd),
    /// It is not what the caller wants, and was left as it is.
    Unsuitable,
    /// Somebody in this process owns it already.
    Taken,
}

/// Takes over a descriptor that the program was started with, if `is_suitable` says so.
///
/// Each descriptor is given to only one caller, even if several threads request it. A close-on-exec
/// descriptor counts as owned: it cannot have been inherited, and code that takes over descriptors,
/// such as sd_listen_fds(3) or Rust's standard library, sets this flag.
///
/// The number must be one that was passed to the program, as described by `LISTEN_FDS`.
///
/// # Errors
/// `EBADF` if the number is not an open descriptor, or is standard input, output or error.
pub fn take_inherited(
    number: RawFd,
    is_suitable: impl FnOnce(BorrowedFd<'_>) -> bool,
) -> io::Result<Inherited> {
    if number <= libc::STDERR_FILENO {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // The list is valid even if a thread panicked while holding the lock.
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if taken.contains(&number) {
        return Ok(Inherited::Taken);
    }
    // SAFETY: the call takes only numbers, and fails with EBADF if the descriptor is not open.
    let flags = unsafe { libc::fcntl(number, libc::F_GETFD) };
    if flags < 0 {
        return Err(io::Error::last_os_error());
    }
    if flags & libc::FD_CLOEXEC != 0 {
        return Ok(Inherited::Taken);
    }
    // SAFETY: it is open, as was just seen, and nobody in this process owns it, so nobody closes it
    // meanwhile: it came through exec, and `TAKEN` is locked.
    if !is_suitable(unsafe { BorrowedFd::borrow_raw(number) }) {
        return Ok(Inherited::Unsuitable);
    }
    // SAFETY: as for the first one.
    if unsafe { libc::fcntl(number, libc::F_SETFD, flags | libc::FD_CLOEXEC) } < 0 {
        return Err(io::Error::last_os_error());
    }
    taken.push(number);
    // SAFETY: the descriptor is open and has no owner, as above, and `TAKEN` ensures that no other
    // caller gets it.
    Ok(Inherited::Ours(unsafe { OwnedFd::from_raw_fd(number) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_input_is_not_taken() {
        for number in [libc::STDIN_FILENO, -1, RawFd::MIN] {
            let error = take_inherited(number, |_| true).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::EBADF));
        }
    }
}
