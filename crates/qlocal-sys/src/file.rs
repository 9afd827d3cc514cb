// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The file of a socket: its type, identity and mode, its removal, and the lock around changes to its folder.

use std::fmt;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{
    self, AtFlags, FileType, FlockOperation, Mode, OFlags, RenameFlags, Stat, Timespec, Timestamps,
    CWD, UTIME_NOW,
};
use rustix::process::geteuid;

use crate::errno::{Errno, Result};
use crate::fault::{self, Call};
use crate::{defect, folder, socket};

/// Identifies a file, whatever its name. No other file has the same identity while this one exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
}

/// The numbers of its device and inode, as stat(1) shows them.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.device, self.inode)
    }
}

/// The type of a file. A symbolic link at the end of its path is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The file of a socket.
    Socket(Identity),
    /// An empty regular file of this process's user: removing it loses nothing.
    Empty(Identity),
    /// Anything else, a symbolic link included.
    Other,
}

/// Whether this process may access the files in a folder.
pub fn may_search(folder: &Path) -> bool {
    fs::accessat(CWD, folder, fs::Access::EXEC_OK, AtFlags::EACCESS).is_ok()
}

/// Whether there is a file of any type, a symbolic link included.
pub fn exists(path: &[u8]) -> bool {
    fault::check(Call::Stat).is_ok() && fs::lstat(path).is_ok()
}

/// A file that is held open, so that no other file gets its identity.
#[derive(Debug)]
pub struct Held {
    /// Its type.
    pub kind: Kind,
    descriptor: OwnedFd,
}

/// A name in a folder, which stays the one that the path has led to, even if the path changes meanwhile.
#[derive(Debug)]
pub struct Place<'a> {
    path: &'a [u8],
    /// `None` when no descriptor was free: then the path is used instead.
    folder: Option<OwnedFd>,
}

impl<'a> Place<'a> {
    /// The place that a path leads to now.
    pub fn new(path: &'a [u8]) -> Self {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let (folder, _) = split(path);
        Self { path, folder: open(CWD, folder, flags).ok() }
    }

    /// The type of the file there.
    ///
    /// # Errors
    /// `ENOENT` when there is none, and those of stat(2).
    pub fn inspect(&self) -> Result<Kind> {
        self.inspect_name(self.name())
    }

    /// Holds the file there.
    ///
    /// # Errors
    /// As [`Place::inspect`].
    pub fn hold(&self) -> Result<Held> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let descriptor = open(self.at(), self.name(), flags)?;
        fault::check_on(Call::Stat, &descriptor)?;
        Ok(Held { kind: kind_of(&fs::fstat(&descriptor)?), descriptor })
    }

    /// The permission bits of the file there, if it is the given one.
    ///
    /// # Errors
    /// As [`Place::touch`].
    pub fn mode(&self, meant: Kind) -> Result<u32> {
        fault::check(Call::Stat)?;
        let stat = fs::statat(self.at(), self.name(), AtFlags::SYMLINK_NOFOLLOW)?;
        if kind_of(&stat) != meant {
            return Err(Errno::STALE);
        }
        Ok(stat.st_mode & 0o777)
    }

    /// Sets the times of the file there to the present, if it is the given one.
    ///
    /// # Errors
    /// `ESTALE` when it is another one, and those of stat(2) and utimensat(2).
    pub fn touch(&self, meant: Kind) -> Result<()> {
        if self.inspect()? != meant {
            return Err(Errno::STALE);
        }
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let times = Timestamps { last_access: now, last_modification: now };
        fault::check(Call::Utimensat)?;
        fs::utimensat(self.at(), self.name(), &times, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Removes the file there if it still is the given one.
    ///
    /// # Errors
    /// `ESTALE` when it is another one, and those of rename(2) and unlink(2).
    pub fn remove(&self, meant: Kind) -> Result<()> {
        if self.inspect()? != meant {
            return Err(Errno::STALE);
        }
        let aside = self.aside()?;
        match self.rename(self.name(), &aside) {
            // Not every file system can do that.
            Err(Errno::INVAL | Errno::NOSYS) => {
                return self.unlink(self.name());
            }
            outcome => outcome?,
        }
        // Only now can no other process put another file in its place.
        if self.inspect_name(&aside)? == meant {
            return self.unlink(&aside);
        }
        self.rename(&aside, self.name())?;
        Err(Errno::STALE)
    }

    /// Locks the folder against all other changes made through this library, and waits at most
    /// `timeout` for another holder of either lock.
    ///
    /// There are two locks, of which one is enough: on the folder itself, which needs permission to
    /// read it, and on a name in the abstract namespace. Any process can hold either forever, so
    /// neither alone may keep others out.
    ///
    /// # Errors
    /// `EADDRINUSE` when both remain locked, `EMFILE` and the like when no descriptor is free for either.
    pub fn lock(&self, timeout: Duration) -> Result<Lock> {
        let folder = self.lock_folder(Instant::now() + timeout);
        let name = self.lock_name(Instant::now() + timeout);
        match (folder, name) {
            (Err(_), Err(errno)) => Err(errno),
            (folder, name) => Ok(Lock { _folder: folder.ok(), _name: name.ok() }),
        }
    }

    fn lock_folder(&self, deadline: Instant) -> Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = self.folder.as_ref().map_or(split(self.path).0, |_| b".");
        let folder = open(self.at(), path, flags)?;
        retry_until(deadline, || {
            fault::check_on(Call::Flock, &folder)?;
            fs::flock(&folder, FlockOperation::NonBlockingLockExclusive)
        })?;
        Ok(folder)
    }

    fn lock_name(&self, deadline: Instant) -> Result<OwnedFd> {
        fault::check(Call::Stat)?;
        let stat = fs::fstat(self.folder.as_ref().ok_or(Errno::MFILE)?)?;
        let name = format!("qlocal folder {}:{}", stat.st_dev, stat.st_ino);
        let address = socket::abstract_address(name.as_bytes())?;
        let holder = socket::datagram()?;
        retry_until(deadline, || socket::bind(&holder, &address))?;
        Ok(holder)
    }

    /// A unique name in the same folder.
    fn aside(&self) -> Result<Vec<u8>> {
        let mut bytes = [0; 8];
        folder::random(&mut bytes)?;
        let name = format!(".qlocal-{:016x}", u64::from_ne_bytes(bytes)).into_bytes();
        Ok(match &self.folder {
            Some(_) => name,
            None => [split(self.path).0, b"/", &name].concat(),
        })
    }

    fn rename(&self, from: &[u8], to: &[u8]) -> Result<()> {
        fault::check(Call::Rename)?;
        fs::renameat_with(self.at(), from, self.at(), to, RenameFlags::NOREPLACE)
    }

    fn unlink(&self, name: &[u8]) -> Result<()> {
        fault::check(Call::Unlink)?;
        defect::removed(|| fs::unlinkat(self.at(), name, AtFlags::empty()))
    }

    fn inspect_name(&self, name: &[u8]) -> Result<Kind> {
        fault::check(Call::Stat)?;
        Ok(kind_of(&fs::statat(self.at(), name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    fn at(&self) -> BorrowedFd<'_> {
        self.folder.as_ref().map_or(CWD, AsFd::as_fd)
    }

    fn name(&self) -> &[u8] {
        self.folder.as_ref().map_or(self.path, |_| split(self.path).1)
    }
}

impl Held {
    /// Sets the permission bits of the file.
    ///
    /// # Errors
    /// Those of chmod(2).
    pub fn set_mode(&self, bits: u32) -> Result<()> {
        let link = format!("/proc/self/fd/{}", self.descriptor.as_raw_fd());
        fault::check(Call::Chmod)?;
        fs::chmod(link, Mode::from_raw_mode(bits))
    }
}

/// An advisory lock on a folder, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _folder: Option<OwnedFd>,
    _name: Option<OwnedFd>,
}

fn open(at: BorrowedFd<'_>, path: &[u8], flags: OFlags) -> Result<OwnedFd> {
    fault::check(Call::Open)?;
    fs::openat(at, path, flags, Mode::empty())
}

/// The folder of a path, and the name in it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(end) if end + 1 == path.len() => (path, b"."),
        Some(0) => (b"/", &path[1..]),
        Some(end) => (&path[..end], &path[end + 1..]),
        None => (b".", path),
    }
}

fn kind_of(stat: &Stat) -> Kind {
    let identity = Identity { device: stat.st_dev, inode: stat.st_ino };
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Socket => Kind::Socket(identity),
        FileType::RegularFile if stat.st_size == 0 && stat.st_uid == geteuid().as_raw() => {
            Kind::Empty(identity)
        }
        _ => Kind::Other,
    }
}

/// Retries until the lock is free, which the kernel does not report.
fn retry_until(deadline: Instant, attempt: impl Fn() -> Result<()>) -> Result<()> {
    loop {
        match attempt() {
            Err(Errno::WOULDBLOCK | Errno::ADDRINUSE | Errno::INTR)
                if Instant::now() < deadline =>
            {
                std::thread::sleep(Duration::from_millis(1));
            }
            outcome => return outcome,
        }
    }
}
