// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The folder of private names, which only one user can access.

use qlocal_sys::folder;
use qlocal_sys::Errno;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::log::{self, Topic};

use super::address::{Address, Namespace};
use super::generated::short_name;

/// The parts of a process's environment that determine the folder of its private names.
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
    /// `XDG_RUNTIME_DIR`: the folder of the session.
    pub runtime_folder: Option<Vec<u8>>,
    /// `FLATPAK_ID`: the application ID, inside Flatpak.
    pub flatpak_id: Option<Vec<u8>>,
    /// `SNAP_USER_COMMON`: the application's folder of this user, inside a snap.
    pub snap_folder: Option<Vec<u8>>,
    /// The folder for temporary files: `TMPDIR`, or `/tmp`.
    pub temporary_folder: Vec<u8>,
    /// The parent of all session folders, which are named after user IDs: `/run/user`.
    pub sessions_folder: Vec<u8>,
    /// The owner of the files that the process creates.
    pub user: u32,
}

impl Environment {
    /// The current environment of this process, whose variables `variable` reads.
    ///
    /// The caller provides that function because other threads may change the environment meanwhile,
    /// and only the caller knows the lock that protects it.
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

    /// The folder of private names, in which only the user can create or remove files.
    ///
    /// It is the first of these that belongs to the user and is not writable for others:
    ///
    /// 1. `$XDG_RUNTIME_DIR/app/$FLATPAK_ID` inside Flatpak, which the sandbox and the host share;
    /// 2. `$XDG_RUNTIME_DIR`, which is created inside a snap if it is missing;
    /// 3. `$SNAP_USER_COMMON/run` inside a snap, which is created;
    /// 4. `/run/user/UID`, if the variable is unset or belongs to another user, as under sudo;
    /// 5. `qlocal-UID` in the folder for temporary files, which is created with mode 0700.
    ///
    /// # Errors
    /// [`ErrorKind::AccessDenied`] if there is none: the last one belongs to another user.
    pub fn private_folder(&self) -> Result<Vec<u8>> {
        let session = self.runtime_folder.as_deref().filter(|path| path.starts_with(b"/"));
        if let (Some(session), Some(id)) = (session, &self.flatpak_id) {
            // The ID must not lead to another folder.
            if !id.contains(&b'/') && !id.starts_with(b".") {
                let shared = [session, b"/app/", id].concat();
                if self.owns(&shared, true) {
                    return Ok(shared);
                }
            }
        }
        if let Some(session) = session {
            if self.snap_folder.is_some() {
                // The check below reports a failure.
                let _ = folder::make_private(session);
            }
            if self.owns(session, true) {
                return Ok(session.to_vec());
            }
            let shown = session.escape_ascii();
            log::warning(
                Topic::Server,
                format_args!("XDG_RUNTIME_DIR is not a private folder of this user: {shown}"),
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

    /// The address of a private name: the file with this name in the private folder. If its path does
    /// not fit into a socket address, the file has a short name that is derived from the name.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] if it is empty or contains a slash or a NUL byte,
    /// [`ErrorKind::NameTooLong`] if the path of the folder leaves no room even for a short name,
    /// and those of [`Environment::private_folder`].
    pub fn private_address(&self, name: &[u8]) -> Result<Address> {
        // A name must not lead out of the folder or be the folder itself.
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
        // Another user may have created it first, or may have put a link there.
        if self.owns(path, false) {
            return Ok(());
        }
        Err(Error::from_errno(Errno::ACCESS, Operation::Mkdir))
    }

    /// Whether a folder belongs to the user and is not writable for others. Folders that this library
    /// created are never links.
    fn owns(&self, path: &[u8], follow: bool) -> bool {
        let forbidden = if follow { 0o022 } else { 0o077 };
        folder::access(path, follow)
            .is_ok_and(|access| access.owner == self.user && access.mode & forbidden == 0)
    }
}
