// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A lock that one process holds for as long as it lives, on a file of its own.

use std::os::fd::OwnedFd;

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags, CWD};
use rustix::io::retry_on_intr;
use rustix::process::geteuid;

use crate::errno::{Errno, Result};
use crate::fault::{self, Call};

/// How often the file is opened again, because it was removed in between.
const ATTEMPTS: usize = 100;

/// The lock on a file, held until it is dropped in this process and in all that were forked from it. The
/// kernel releases it when the last of them ends, however that happens.
#[derive(Debug)]
pub struct FileLock {
    _descriptor: OwnedFd,
}

impl FileLock {
    /// Locks the file, which is created if it is missing and never removed: a process that has opened a
    /// removed one would lock that. `None` when another descriptor holds the lock.
    ///
    /// # Errors
    /// `EACCES` when the file belongs to another user or is no regular one, and those of open(2) and
    /// flock(2).
    pub fn acquire(path: &[u8]) -> Result<Option<Self>> {
        for _ in 0..ATTEMPTS {
            let descriptor = open(path)?;
            fault::check_on(Call::Stat, &descriptor)?;
            let file = fs::fstat(&descriptor)?;
            let is_ours = file.st_uid == geteuid().as_raw()
                && FileType::from_raw_mode(file.st_mode) == FileType::RegularFile;
            if !is_ours {
                return Err(Errno::ACCESS);
            }
            let locked = retry_on_intr(|| {
                fault::check_on(Call::Flock, &descriptor)?;
                fs::flock(&descriptor, FlockOperation::NonBlockingLockExclusive)
            });
            match locked {
                Err(Errno::WOULDBLOCK) => return Ok(None),
                outcome => outcome?,
            }
            fault::check(Call::Stat)?;
            match fs::statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(found) if (found.st_dev, found.st_ino) == (file.st_dev, file.st_ino) => {
                    return Ok(Some(Self { _descriptor: descriptor }));
                }
                // Removed, and perhaps created again, since it was opened: the next one counts.
                Ok(_) | Err(Errno::NOENT) => {}
                Err(errno) => return Err(errno),
            }
        }
        Err(Errno::STALE)
    }
}

fn open(path: &[u8]) -> Result<OwnedFd> {
    // Not blocked by a pipe that was put there.
    let flags =
        OFlags::RDONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    // The sticky bit keeps cleaners away from files in `XDG_RUNTIME_DIR`.
    let mode = Mode::RUSR | Mode::WUSR | Mode::SVTX;
    fault::check(Call::Open)?;
    retry_on_intr(|| fs::openat(CWD, path, flags, mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no flock")]
    fn only_one_descriptor_holds_the_lock() {
        let path = std::env::temp_dir().join(format!("qlocal-lock-{}", std::process::id()));
        let bytes = path.as_os_str().as_encoded_bytes();
        let first = FileLock::acquire(bytes).unwrap();
        assert!(first.is_some());
        assert!(FileLock::acquire(bytes).unwrap().is_none());
        drop(first);
        assert!(FileLock::acquire(bytes).unwrap().is_some());
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_link_is_not_locked() {
        let path = std::env::temp_dir().join(format!("qlocal-lock-link-{}", std::process::id()));
        std::os::unix::fs::symlink("/nonexistent", &path).unwrap();
        let outcome = FileLock::acquire(path.as_os_str().as_encoded_bytes());
        std::fs::remove_file(path).unwrap();
        assert_eq!(outcome.unwrap_err(), Errno::LOOP);
    }
}
