// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the kernel says of the other end of a local socket, descriptors that the program was started
//! with, and which of a process's descriptors are whose, as safe functions.
//!
//! No other crate has all of these: rustix knows neither groups nor the descriptor of the process,
//! and takes the process id for one that is never 0, which it is for a process of another
//! namespace.

#![warn(missing_debug_implementations, missing_docs, rust_2018_idioms)]

mod claimed;
mod inherited;
mod process;

use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use libc::{c_int, socklen_t};

pub use claimed::{claim, Claimed};
pub use inherited::{take_inherited, Inherited};
pub use process::Process;

/// The ids of `struct ucred`, as the kernel gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// The process; 0 when it is none of this namespace.
    pub pid: u32,
    /// The effective user.
    pub uid: u32,
    /// The effective group.
    pub gid: u32,
}

// It is read as three numbers.
const _: () = assert!(size_of::<libc::ucred>() == 3 * size_of::<u32>());

/// Who has connected, or has begun to listen, at the other end (`SO_PEERCRED`).
///
/// # Errors
/// What getsockopt(2) says: the descriptor is no socket, say.
pub fn peer_ids(socket: impl AsFd) -> io::Result<Ids> {
    let mut ids = [0; 3];
    ask(&socket, libc::SO_PEERCRED, &mut ids).map_err(|(error, _)| error)?;
    let [pid, uid, gid] = ids;
    Ok(Ids { pid, uid, gid })
}

/// The supplementary groups of the other end (`SO_PEERGROUPS`, since Linux 4.13).
///
/// # Errors
/// `ENOPROTOOPT` when the kernel is older, `ENODATA` when there is no other end.
pub fn peer_groups(socket: impl AsFd) -> io::Result<Vec<u32>> {
    let mut groups = vec![0; 32];
    loop {
        match ask(&socket, libc::SO_PEERGROUPS, &mut groups) {
            Ok(count) => {
                groups.truncate(count);
                return Ok(groups);
            }
            // It says how many there are.
            Err((error, count)) if error.raw_os_error() == Some(libc::ERANGE) => {
                groups.resize(count.max(groups.len() + 1), 0);
            }
            Err((error, _)) => return Err(error),
        }
    }
}

/// A descriptor of the process at the other end (`SO_PEERPIDFD`, since Linux 6.5), which is never
/// taken for another one, as a process id may be.
///
/// # Errors
/// `ENOPROTOOPT` when the kernel is older, `ENODATA` when there is no other end, `ESRCH` when the
/// process has ended.
pub fn peer_process(socket: impl AsFd) -> io::Result<OwnedFd> {
    let mut descriptor = [u32::MAX];
    ask(&socket, libc::SO_PEERPIDFD, &mut descriptor).map_err(|(error, _)| error)?;
    // SAFETY: the kernel has just made this descriptor for us, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor[0] as RawFd) })
}

/// Reads an option that consists of 32-bit numbers, and returns how many there are; with an error
/// how many there would have been, if the kernel says so.
fn ask(socket: impl AsFd, option: c_int, into: &mut [u32]) -> Result<usize, (io::Error, usize)> {
    let descriptor = socket.as_fd().as_raw_fd();
    let mut size = size_of_val(into) as socklen_t;
    // SAFETY: the kernel writes at most `size` bytes, which is what the slice has room for, and any
    // bytes are valid numbers. The descriptor is borrowed until after the call.
    let outcome = unsafe {
        libc::getsockopt(
            descriptor,
            libc::SOL_SOCKET,
            option,
            into.as_mut_ptr().cast(),
            &raw mut size,
        )
    };
    let count = size as usize / size_of::<u32>();
    match outcome {
        0 => Ok(count.min(into.len())),
        _ => Err((io::Error::last_os_error(), count)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_pair_has_the_ids_of_this_process() {
        let (socket, _peer) = UnixStream::pair().unwrap();
        let ids = peer_ids(&socket).unwrap();
        assert_eq!(ids.pid, std::process::id());
    }

    #[test]
    fn what_is_no_socket_has_no_peer() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(peer_ids(&file).unwrap_err().raw_os_error(), Some(libc::ENOTSOCK));
        assert_eq!(peer_groups(&file).unwrap_err().raw_os_error(), Some(libc::ENOTSOCK));
        assert_eq!(peer_process(&file).unwrap_err().raw_os_error(), Some(libc::ENOTSOCK));
    }
}
