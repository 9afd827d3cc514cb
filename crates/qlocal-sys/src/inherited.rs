// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors that the program was started with, which are bare numbers until somebody owns them.

use std::io;
use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{Mutex, PoisonError};

/// What was taken here. A number is never taken twice, even if its descriptor was closed and the
/// number stands for another one by now.
static TAKEN: Mutex<Vec<RawFd>> = Mutex::new(Vec::new());

/// What came of asking for a descriptor.
#[derive(Debug)]
pub enum Inherited {
    /// It belongs to the caller, and is closed on exec from now on.
    Ours(OwnedFd),
    /// It is not what the caller wants, and was left as it is.
    Unsuitable,
    /// Somebody in this process owns it already.
    Taken,
}

/// Takes over a descriptor that the program was started with, if `is_suitable` says so.
///
/// Each is given to one caller only, whatever the number of threads that ask. One that is closed on
/// exec is owned by somebody already: no such descriptor outlives exec, and whoever takes one over
/// (sd_listen_fds(3), say) or opens one with Rust's library sets the flag.
///
/// The number has to be one that whoever started the program has given to it, as `LISTEN_FDS` says.
///
/// # Errors
/// `EBADF` when the number stands for no descriptor, or for standard input, output or error.
pub fn take_inherited(
    number: RawFd,
    is_suitable: impl FnOnce(BorrowedFd<'_>) -> bool,
) -> io::Result<Inherited> {
    if number <= libc::STDERR_FILENO {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // A list of numbers is whole, whatever became of an earlier holder.
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    if taken.contains(&number) {
        return Ok(Inherited::Taken);
    }
    // SAFETY: the call takes numbers only, and says EBADF for one that is no descriptor.
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
    // SAFETY: it is open and nobody's, as above, and being in `TAKEN` it is given to nobody else.
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
