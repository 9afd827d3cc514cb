// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names of servers, as Rust users give them.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use qlocal_core::{Address, Namespace, Result};

use crate::qt;

/// The name of a server. Strings and paths turn into one by themselves.
///
/// ```
/// use qlocal::ServerName;
///
/// assert_eq!(ServerName::from("chat"), ServerName::File("chat".as_ref()));
/// let hidden = ServerName::Abstract(b"chat");
/// # let _ = hidden;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ServerName<'a> {
    /// A file: the path if it starts with `/`, otherwise a file in the folder for temporary files
    /// (`QDir::tempPath()`), as with `QLocalServer`.
    File(&'a OsStr),
    /// A name in Linux's abstract namespace: no file, and every byte counts.
    Abstract(&'a [u8]),
}

impl ServerName<'_> {
    pub(crate) fn resolve(self) -> Result<Address> {
        match self {
            Self::File(name) => {
                let folder = qt::temp_path();
                Address::resolve(name.as_bytes(), Namespace::Files { folder: folder.as_bytes() })
            }
            Self::Abstract(name) => Address::resolve(name, Namespace::Abstract),
        }
    }
}

impl<'a> From<&'a str> for ServerName<'a> {
    fn from(name: &'a str) -> Self {
        Self::File(name.as_ref())
    }
}

impl<'a> From<&'a String> for ServerName<'a> {
    fn from(name: &'a String) -> Self {
        Self::File(name.as_ref())
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
