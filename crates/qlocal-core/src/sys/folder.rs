// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Folders that belong to one user, and randomness for names in them.

use rustix::fs::{self, Mode, OFlags, CWD};
use rustix::io::retry_on_intr;
use rustix::rand::{self, GetRandomFlags};

use super::fault::{self, Call};
use super::{Errno, Result};

/// Whose a folder is, and who else may do what in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The user that has it.
    pub owner: u32,
    /// The permission bits.
    pub mode: u32,
}

/// The user as whom this process makes files.
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Looks at a folder; through a symbolic link at its end only on request.
///
/// # Errors
/// `ENOTDIR` when it is none (a link that is not followed included), and whatever open(2) says.
pub fn access(path: &[u8], follow: bool) -> Result<Access> {
    let mut flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    fault::check(Call::Open)?;
    let stat = fs::fstat(fs::openat(CWD, path, flags, Mode::empty())?)?;
    Ok(Access { owner: stat.st_uid, mode: stat.st_mode & 0o7777 })
}

/// Makes a folder that only this user can enter. One that is there already stays as it is.
///
/// # Errors
/// Whatever mkdir(2) says.
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
    // So few bytes come in one piece (getrandom(2)), unless nothing at all comes.
    match retry_on_intr(|| rand::getrandom(&mut *bytes, GetRandomFlags::empty()))? {
        count if count == bytes.len() => Ok(()),
        _ => Err(Errno::IO),
    }
}
