// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The file of a socket: what it is, whose it is, and the lock around changes to it.

use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags, CWD};

use super::{Errno, Result};

/// Which file a path leads to: it stays the same under any other name, and no other file has it
/// while this one exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// What a path leads to, without following a symbolic link at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The file of a socket.
    Socket(Identity),
    /// Anything else, a symbolic link included.
    Other,
}

/// Looks at a path.
///
/// # Errors
/// `ENOENT` when nothing is there, and whatever stat(2) says of the way to it.
pub fn look(path: &[u8]) -> Result<Kind> {
    let stat = fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(match FileType::from_raw_mode(stat.st_mode) {
        FileType::Socket => Kind::Socket(Identity { device: stat.st_dev, inode: stat.st_ino }),
        _ => Kind::Other,
    })
}

/// Gives the file at a path just these permission bits, if it is still the one that is meant.
///
/// # Errors
/// `ESTALE` when another file has taken the path, and whatever chmod(2) says.
pub fn set_mode(path: &[u8], of: Identity, bits: u32) -> Result<()> {
    // A descriptor pins the file, so that no link put in its place meanwhile can be changed.
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let pinned = fs::openat(CWD, path, flags, Mode::empty())?;
    let stat = fs::fstat(&pinned)?;
    if (Identity { device: stat.st_dev, inode: stat.st_ino }) != of {
        return Err(Errno::STALE);
    }
    let link = format!("/proc/self/fd/{}", pinned.as_raw_fd());
    fs::chmod(link, Mode::from_raw_mode(bits))
}

/// Removes a socket's file.
pub fn remove(path: &[u8]) -> Result<()> {
    fs::unlinkat(CWD, path, AtFlags::empty())
}

/// An advisory lock on the folder of a socket, held until it is dropped.
#[derive(Debug)]
pub struct FolderLock(#[allow(dead_code, reason = "closing it is what releases the lock")] OwnedFd);

impl FolderLock {
    /// Locks the folder that holds `path`, and waits for another holder no longer than `patience`.
    ///
    /// `None` when the folder cannot be locked (no permission to read it, a holder that does not
    /// let go): the lock keeps starters from racing each other, and must not let one keep others
    /// out for ever.
    pub fn around(path: &[u8], patience: Duration) -> Option<Self> {
        let folder = match path.iter().rposition(|&byte| byte == b'/') {
            Some(0) => &b"/"[..],
            Some(end) => &path[..end],
            None => &b"."[..],
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = fs::openat(CWD, folder, flags, Mode::empty()).ok()?;
        let deadline = Instant::now() + patience;
        loop {
            match fs::flock(&folder, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Some(Self(folder)),
                Err(Errno::WOULDBLOCK | Errno::INTR) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(_) => return None,
            }
        }
    }
}
