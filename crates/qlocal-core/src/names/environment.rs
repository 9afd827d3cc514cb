// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Where names are that belong to one user.

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::log::{self, Topic};
use crate::sys::folder;
use crate::sys::Errno;

use super::address::{Address, Namespace};
use super::generated::short_name;

/// What of a process decides where its private names are.
///
/// ```
/// use qlocal_core::Environment;
///
/// let session = |name: &str| (name == "XDG_RUNTIME_DIR").then(|| b"/run/user/1000".to_vec());
/// let environment = Environment::new(session, b"/tmp".to_vec());
/// assert_eq!(environment.flatpak_id, None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `XDG_RUNTIME_DIR`: the folder of the user's session.
    pub runtime_folder: Option<Vec<u8>>,
    /// `FLATPAK_ID`: the application, inside Flatpak.
    pub flatpak_id: Option<Vec<u8>>,
    /// `SNAP_USER_COMMON`: the user's folder of the application, inside a snap.
    pub snap_folder: Option<Vec<u8>>,
    /// The folder for temporary files: `TMPDIR`, or `/tmp`.
    pub temporary_folder: Vec<u8>,
    /// Where the system keeps the folders of all sessions by user number: `/run/user`.
    pub sessions_folder: Vec<u8>,
    /// The user as whom the process makes files.
    pub user: u32,
}

impl Environment {
    /// What it is now for this process, whose variables `variable` reads.
    ///
    /// The caller chooses how: a program may change its environment while another of its threads
    /// reads it, and only the caller knows the lock that both take.
    pub fn new(
        variable: impl Fn(&str) -> Option<Vec<u8>>,
        temporary_folder: impl Into<Vec<u8>>,
    ) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            runtime_folder: variable("XDG_RUNTIME_DIR"),
            flatpak_id: variable("FLATPAK_ID"),
            snap_folder: variable("SNAP_USER_COMMON"),
            temporary_folder: temporary_folder.into(),
            sessions_folder: b"/run/user".to_vec(),
            user: folder::user(),
        }
    }

    /// The folder of private names. Only the user can make or remove anything in it.
    ///
    /// It is the first of these that belongs to the user and that no other user can write:
    ///
    /// 1. `$XDG_RUNTIME_DIR/app/$FLATPAK_ID` inside Flatpak, which sandbox and host share;
    /// 2. `$XDG_RUNTIME_DIR`, which is made inside a snap, whose part of it may be missing;
    /// 3. `$SNAP_USER_COMMON/run` inside a snap, which is made;
    /// 4. `/run/user/UID`, when the variable is missing, or is another user's as under sudo;
    /// 5. `qlocal-UID` in the folder for temporary files, which is made with mode 0700.
    ///
    /// # Errors
    /// [`ErrorKind::AccessDenied`] when there is none: another user has the last one already.
    pub fn private_folder(&self) -> Result<Vec<u8>> {
        let session = self.runtime_folder.as_deref().filter(|path| path.starts_with(b"/"));
        if let (Some(session), Some(id)) = (session, &self.flatpak_id) {
            // The name of an application, never a way to another place.
            if !id.contains(&b'/') && !id.starts_with(b".") {
                let shared = [session, b"/app/", id].concat();
                if self.owns(&shared, true) {
                    return Ok(shared);
                }
            }
        }
        if let Some(session) = session {
            if self.snap_folder.is_some() {
                // A failure shows below.
                let _ = folder::make_private(session);
            }
            if self.owns(session, true) {
                return Ok(session.to_vec());
            }
            let shown = session.escape_ascii();
            log::warning(
                Topic::Server,
                format_args!("XDG_RUNTIME_DIR is no folder of this user alone: {shown}"),
            );
        }
        if let Some(snap) = self.snap_folder.as_deref().filter(|path| path.starts_with(b"/")) {
            let own = [snap, b"/run"].concat();
            if self.make(&own).is_ok() {
                return Ok(own);
            }
        }
        let number = self.user.to_string();
        let session = [&self.sessions_folder, &b"/"[..], number.as_bytes()].concat();
        if self.owns(&session, true) {
            return Ok(session);
        }
        let own = [&self.temporary_folder, &b"/qlocal-"[..], number.as_bytes()].concat();
        self.make(&own).map(|()| own)
    }

    /// The address of a private name: the file of this name in the private folder. If a socket
    /// address can't hold its path, the file has a short name instead, the same for the same name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] when it is empty or has a slash or a NUL byte in it,
    /// [`ErrorKind::NameTooLong`] when the path of the folder leaves no room for a short name
    /// either, and those of [`Environment::private_folder`].
    pub fn private_address(&self, name: &[u8]) -> Result<Address> {
        // Neither a way out of the folder nor the folder itself.
        if name.is_empty() || name.contains(&b'/') || name == b"." || name == b".." {
            return Err(Error::new(ErrorKind::InvalidName, Operation::Name));
        }
        let folder = self.private_folder()?;
        let namespace = Namespace::Files { folder: &folder };
        match Address::resolve(name, namespace) {
            Err(error) if error.kind() == ErrorKind::NameTooLong => {
                Address::resolve(short_name(name).as_bytes(), namespace)
            }
            address => address,
        }
    }

    fn make(&self, path: &[u8]) -> Result<()> {
        folder::make_private(path).map_err(|errno| Error::from_errno(errno, Operation::Mkdir))?;
        // Another user may have been faster, or have put a link there.
        if self.owns(path, false) {
            return Ok(());
        }
        Err(Error::from_errno(Errno::ACCESS, Operation::Mkdir))
    }

    /// Whether a folder is the user's, and no other user can write it. One of our own is never a link.
    fn owns(&self, path: &[u8], follow: bool) -> bool {
        let forbidden = if follow { 0o022 } else { 0o077 };
        folder::access(path, follow)
            .is_ok_and(|access| access.owner == self.user && access.mode & forbidden == 0)
    }
}
