// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Server names in the Rust API.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use qlocal_core::{Address, Namespace};

use crate::environment::environment;
use crate::error::{Error, Result};
use crate::qt;

/// The permission bits of a private name's file.
pub(crate) const PRIVATE: u32 = 0o600;

/// The name of a server. Strings and paths convert into one: a string that starts with `/` is a
/// path, any other a private name.
///
/// ```
/// use std::path::Path;
///
/// use qlocal::ServerName;
///
/// assert_eq!(ServerName::from("chat"), ServerName::Private("chat"));
/// assert_eq!(ServerName::from("/run/chat"), ServerName::File("/run/chat".as_ref()));
/// // Where QLocalServer and QLocalSocket look it up, in a folder shared by all users.
/// assert_eq!(ServerName::from(Path::new("chat")), ServerName::File("chat".as_ref()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerName<'a> {
    /// A file in the user's private folder, where no other user can claim the name: the first
    /// folder owned by the user and writable by no other of `$XDG_RUNTIME_DIR/app/$FLATPAK_ID`
    /// (inside Flatpak), `$XDG_RUNTIME_DIR`, `$SNAP_USER_COMMON/run` (inside a snap),
    /// `/run/user/UID`, and `qlocal-UID` in the folder for temporary files. A name that is too long
    /// for a socket path gets a short file name.
    Private(&'a str),
    /// A file: the path if it starts with `/`, otherwise a file in the folder for temporary files
    /// (`QDir::tempPath()`), as with `QLocalServer`.
    File(&'a OsStr),
    /// A name in Linux's abstract namespace: no file, and every byte counts.
    Abstract(&'a [u8]),
}

impl ServerName<'_> {
    pub(crate) fn resolve(self) -> Result<Address> {
        let folder;
        let (name, namespace) = match self {
            Self::Private(private) => {
                let address = environment().private_address(private.as_bytes());
                let intended = Address::Pathname(private.as_bytes().into());
                return address.map_err(|error| Error::new(error, intended));
            }
            Self::File(file) => {
                folder = qt::temp_path();
                (file.as_bytes(), Namespace::Files { folder: folder.as_bytes() })
            }
            Self::Abstract(name) => (name, Namespace::Abstract),
        };
        let address = Address::resolve(name, namespace);
        address.map_err(|error| Error::new(error, Address::expand(name, namespace)))
    }

    /// The permission bits of its file; `None` leaves them to the umask.
    pub(crate) fn mode(self) -> Option<u32> {
        matches!(self, Self::Private(_)).then_some(PRIVATE)
    }
}

impl<'a> From<&'a str> for ServerName<'a> {
    fn from(name: &'a str) -> Self {
        if name.starts_with('/') {
            Self::File(name.as_ref())
        } else {
            Self::Private(name)
        }
    }
}

impl<'a> From<&'a String> for ServerName<'a> {
    fn from(name: &'a String) -> Self {
        name.as_str().into()
    }
}

impl<'a> From<&'a OsStr> for ServerName<'a> {
    fn from(name: &'a OsStr) -> Self {
        Self::File(name)
    }
}

impl<'a> From<&'a Path> for ServerName<'a> {
    fn from(path: &'a Path) -> Self {
        Self::File(path.as_os_str())
    }
}
