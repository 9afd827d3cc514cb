// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What became of a listener's socket file, and a new one of the same name.

use qlocal_sys::file::{Kind, Place};
use qlocal_sys::{folder, Errno};

use crate::error::{Error, Operation, Result};
use crate::machine::NameLoss;

use super::listener::{failed, Listener};

impl Listener {
    /// What became of its file, if it has lost it. A listener without a file of its own loses nothing.
    ///
    /// # Errors
    /// When that cannot be said, for lack of memory or permission.
    pub(super) fn loss(&self) -> Result<Option<NameLoss>> {
        let (Some(path), Some(file)) = (self.address().path(), self.file()) else {
            return Ok(None);
        };
        match Place::new(path).inspect() {
            Ok(Kind::Socket(found)) if found == file => Ok(None),
            Ok(_) => Ok(Some(NameLoss::Replaced)),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(Some(match has_folder(path) {
                true => NameLoss::Removed,
                false => NameLoss::FolderGone,
            })),
            Err(errno) => Err(Error::from_errno(errno, Operation::Open)),
        }
    }

    /// Sets the times of its file to the present.
    pub(super) fn touch(&self) -> qlocal_sys::Result<()> {
        let (Some(path), Some(file)) = (self.address().path(), self.file()) else { return Ok(()) };
        Place::new(path).touch(Kind::Socket(file))
    }

    /// The permission bits of its file, or if that is lost those that it was created with; `None` if the
    /// umask has determined those.
    pub(super) fn file_mode(&self) -> Option<u32> {
        let (Some(path), Some(file)) = (self.address().path(), self.file()) else { return None };
        Place::new(path).mode(Kind::Socket(file)).ok().or(self.mode())
    }

    /// A new listener with the same name and settings.
    ///
    /// # Errors
    /// As [`Listener::bind`], and when the folder could not be created.
    pub(super) fn bind_again(&self, mode: Option<u32>, creates_folder: bool) -> Result<Self> {
        if let Some(path) = self.address().path().filter(|_| creates_folder) {
            create_folder(path)?;
        }
        Self::bind_unlogged(self.address().clone(), mode, self.backlog())
    }
}

fn folder_of(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|&byte| byte == b'/');
    slash.map_or(b".", |slash| &path[..slash.max(1)])
}

fn has_folder(path: &[u8]) -> bool {
    // Any other error comes from a folder that exists.
    !matches!(folder::access(folder_of(path), true), Err(Errno::NOENT | Errno::NOTDIR))
}

/// Creates the folder of a path if there is none. Another user may have been faster: then it is not used.
fn create_folder(path: &[u8]) -> Result<()> {
    if has_folder(path) {
        return Ok(());
    }
    let folder = folder_of(path);
    folder::make_private(folder).map_err(failed(Operation::Mkdir))?;
    let access = folder::access(folder, false).map_err(failed(Operation::Mkdir))?;
    match access.owner == folder::user() {
        true => Ok(()),
        false => Err(Error::from_errno(Errno::ACCESS, Operation::Mkdir)),
    }
}
