// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Folders that belong to one user, and randomness for names in them.

use rustix::fs::{self, Mode, OFlags, CWD};
use rustix::io::retry_on_intr;
use rustix::rand::{self, GetRandomFlags};

use crate::errno::{Errno, Result};
use crate::fault::{self, Call};

/// The owner and mode of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The user that owns it.
    pub owner: u32,
    /// The permission bits.
    pub mode: u32,
}

/// The owner of the files that this process creates.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Reads the owner and mode of a folder. A symbolic link at the end of the path is followed on request.
///
/// # Errors
/// `ENOTDIR` when it is no folder (a link that is not followed included), and those of open(2).
pub fn access(path: &[u8], follow: bool) -> Result<Access> {
    let mut flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    fault::check(Call::Open)?;
    let stat = fs::fstat(fs::openat(CWD, path, flags, Mode::empty())?)?;
    Ok(Access { owner: stat.st_uid, mode: stat.st_mode & 0o7777 })
}

/// Creates a folder that only this user can access. An existing one is not changed.
///
/// # Errors
/// Those of mkdir(2).
pub fn make_private(path: &[u8]) -> Result<()> {
    match fs::mkdirat(CWD, path, Mode::RWXU) {
        Err(Errno::EXIST) => Ok(()),
        outcome => outcome,
    }
}

/// Fills `bytes` from the kernel's generator.
///
/// # Errors
/// `ENOSYS` when the kernel has none.
pub fn random(bytes: &mut [u8]) -> Result<()> {
    // Up to 256 bytes are never split (getrandom(2)).
    match retry_on_intr(|| rand::getrandom(&mut *bytes, GetRandomFlags::empty()))? {
        count if count == bytes.len() => Ok(()),
        _ => Err(Errno::IO),
    }
}
