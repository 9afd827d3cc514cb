// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Safe functions for peer credentials, inherited descriptors, the ownership of descriptors, and the
//! identity of a process across fork(2).
//!
//! No other crate covers these: rustix supports neither the groups of a peer nor its pidfd, and
//! assumes that a process ID is never 0, which it is for a process of another PID namespace.

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

/// The IDs in `struct ucred`, as returned by the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// The process ID; 0 if the process is not visible in this PID namespace.
    pub pid: u32,
    /// The effective user ID.
    pub uid: u32,
    /// The effective group ID.
    pub gid: u32,
}

// It is read as an array of three numbers.
const _: () = assert!(size_of::<libc::ucred>() == 3 * size_of::<u32>());

/// The credentials of the peer when it connected or started to listen (`SO_PEERCRED`).
///
/// # Errors
/// Those of getsockopt(2), for example when the descriptor is not a socket.
pub fn peer_ids(socket: impl AsFd) -> io::Result<Ids> {
    let mut ids = [0; 3];
    ask(&socket, libc::SO_PEERCRED, &mut ids).map_err(|(error, _)| error)?;
    let [pid, uid, gid] = ids;
    Ok(Ids { pid, uid, gid })
}

/// The supplementary groups of the peer (`SO_PEERGROUPS`, since Linux 4.13).
///
/// # Errors
/// `ENOPROTOOPT` on older kernels, `ENODATA` if there is no peer.
pub fn peer_groups(socket: impl AsFd) -> io::Result<Vec<u32>> {
    let mut groups = vec![0; 32];
    loop {
        match ask(&socket, libc::SO_PEERGROUPS, &mut groups) {
            Ok(count) => {
                groups.truncate(count);
                return Ok(groups);
            }
            // The kernel returns the size that is needed.
            Err((error, count)) if error.raw_os_error() == Some(libc::ERANGE) => {
                groups.resize(count.max(groups.len() + 1), 0);
            }
            Err((error, _)) => return Err(error),
        }
    }
}

/// A pidfd of the peer process (`SO_PEERPIDFD`, since Linux 6.5). Unlike a process ID it never refers
/// to another process.
///
/// # Errors
/// `ENOPROTOOPT` on older kernels, `ENODATA` if there is no peer, `ESRCH` if the process has exited.
pub fn peer_process(socket: impl AsFd) -> io::Result<OwnedFd> {
    let mut descriptor = [u32::MAX];
    ask(&socket, libc::SO_PEERPIDFD, &mut descriptor).map_err(|(error, _)| error)?;
    // SAFETY: the kernel has just created this descriptor for this call, so it has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor[0] as RawFd) })
}

/// Reads an option that consists of 32-bit numbers, and returns their count. An error comes with the
/// required count, if the kernel returns it.
fn ask(socket: impl AsFd, option: c_int, into: &mut [u32]) -> Result<usize, (io::Error, usize)> {
    let descriptor = socket.as_fd().as_raw_fd();
    let mut size = size_of_val(into) as socklen_t;
    // SAFETY: the kernel writes at most `size` bytes, the size of the slice, and any bytes are valid
    // numbers. The descriptor is borrowed for the whole call.
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
    fn pair_has_ids_of_this_process() {
        let (socket, _peer) = UnixStream::pair().unwrap();
        let ids = peer_ids(&socket).unwrap();
        assert_eq!(ids.pid, std::process::id());
    }

    #[test]
    fn non_socket_has_no_peer() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(peer_ids(&file).unwrap_err().raw_os_error(), Some(libc::ENOTSOCK));
        assert_eq!(peer_groups(&file).unwrap_err().raw_os_error(), Some(libc::ENOTSOCK));
        assert_eq!(peer_process(&file).unwrap_err().raw_os_error(), Some(libc::ENOTSOCK));
    }
}
