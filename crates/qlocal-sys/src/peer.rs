// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The process at the other end of a socket, and the user of this one.
//!
//! rustix knows neither groups nor the descriptor of the process, and assumes that a process id is never
//! 0, which it is for a process of another namespace.

use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd, RawFd};

use libc::{c_int, socklen_t};

use crate::errno::{last_error, Errno, Result};
use crate::fault::{self, Call};

/// The ids of `struct ucred`, as the kernel reports them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    /// The process; 0 when it is in another namespace.
    pub pid: u32,
    /// The effective user.
    pub uid: u32,
    /// The effective group.
    pub gid: u32,
}

// It is read as three numbers.
const _: () = assert!(size_of::<libc::ucred>() == 3 * size_of::<u32>());

/// The ids of the process that has connected, or has begun to listen, at the other end (`SO_PEERCRED`).
///
/// # Errors
/// Those of getsockopt(2): the descriptor is no socket, say.
pub fn ids(socket: impl AsFd) -> Result<Ids> {
    let mut ids = [0; 3];
    read_option(&socket, libc::SO_PEERCRED, &mut ids).map_err(|(errno, _)| errno)?;
    let [pid, uid, gid] = ids;
    Ok(Ids { pid, uid, gid })
}

/// The supplementary groups of that process (`SO_PEERGROUPS`); none before Linux 4.13.
///
/// # Errors
/// `ENODATA` when there is no other end.
pub fn groups(socket: impl AsFd) -> Result<Vec<u32>> {
    let mut groups = vec![0; 32];
    loop {
        match read_option(&socket, libc::SO_PEERGROUPS, &mut groups) {
            Ok(count) => {
                groups.truncate(count);
                return Ok(groups);
            }
            // The kernel reports how many there are.
            Err((Errno::RANGE, count)) => groups.resize(count.max(groups.len() + 1), 0),
            Err((Errno::NOPROTOOPT, _)) => return Ok(Vec::new()),
            Err((errno, _)) => return Err(errno),
        }
    }
}

/// A descriptor of that process (`SO_PEERPIDFD`), which never refers to another one later, as a process id
/// may.
///
/// # Errors
/// `ENOPROTOOPT` before Linux 6.5, `ENODATA` when there is no other end, `ESRCH` when the process has
/// ended.
pub fn process(socket: impl AsFd) -> Result<OwnedFd> {
    let mut descriptor = [u32::MAX];
    read_option(&socket, libc::SO_PEERPIDFD, &mut descriptor).map_err(|(errno, _)| errno)?;
    // SAFETY: the kernel has just created this descriptor for this call, and no other code knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor[0] as RawFd) })
}

/// The user that this process acts as.
pub fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Reads an option that consists of 32-bit numbers, and returns how many there are; with an error how
/// many there would have been, if the kernel reports that.
fn read_option(
    socket: impl AsFd,
    option: c_int,
    into: &mut [u32],
) -> std::result::Result<usize, (Errno, usize)> {
    fault::check_on(Call::Getsockopt, &socket).map_err(|errno| (errno, 0))?;
    let descriptor = socket.as_fd().as_raw_fd();
    let mut size = size_of_val(into) as socklen_t;
    // SAFETY: the kernel writes at most `size` bytes, which is the size of the slice, and any bytes are
    // valid numbers. The descriptor is borrowed for the duration of the call.
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
        _ => Err((last_error(), count)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn pair_has_ids_of_this_process() {
        let (socket, _peer) = UnixStream::pair().unwrap();
        let ids = ids(&socket).unwrap();
        assert_eq!(ids.pid, std::process::id());
        assert_eq!(ids.uid, own_uid());
    }

    #[test]
    fn a_file_has_no_peer() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(ids(&file).unwrap_err(), Errno::NOTSOCK);
        assert_eq!(groups(&file).unwrap_err(), Errno::NOTSOCK);
        assert_eq!(process(&file).unwrap_err(), Errno::NOTSOCK);
    }
}
