// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names and the addresses that they resolve to.

use std::fmt;
use std::sync::Arc;

use qlocal_sys::socket::{self, Name, SocketAddress};

use crate::error::{Error, ErrorKind, Operation, Result};

/// The namespace in which a name is resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Namespace<'a> {
    /// The file system. Names that do not start with `/` are files in `folder`.
    Files {
        /// The folder of relative names, in the encoding of the file system.
        folder: &'a [u8],
    },
    /// The abstract namespace, see unix(7). Every byte is significant.
    Abstract,
}

/// A resolved address. Clones share the bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A path in the file system, in the encoding of the file system.
    Pathname(Arc<[u8]>),
    /// A name in the abstract namespace, without its leading NUL byte.
    Abstract(Arc<[u8]>),
    /// Not bound, such as the connecting end of most connections.
    Unnamed,
}

impl Address {
    /// Resolves a name as given by the user.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] if it is empty or a path that contains a NUL byte,
    /// [`ErrorKind::NameTooLong`] if it does not fit into a socket address.
    pub fn resolve(name: &[u8], namespace: Namespace<'_>) -> Result<Self> {
        if name.is_empty() {
            return Err(Error::new(ErrorKind::InvalidName, Operation::Name));
        }
        let address = Self::expand(name, namespace);
        if matches!(&address, Self::Pathname(path) if path.contains(&0)) {
            return Err(Error::new(ErrorKind::InvalidName, Operation::Name));
        }
        address.to_socket_address().map(|_| address)
    }

    /// The address of a name, without checking that it can be used.
    pub fn expand(name: &[u8], namespace: Namespace<'_>) -> Self {
        match namespace {
            Namespace::Abstract => Self::Abstract(name.into()),
            Namespace::Files { .. } if name.starts_with(b"/") => Self::Pathname(name.into()),
            Namespace::Files { folder } => {
                let folder = folder.strip_suffix(b"/").unwrap_or(folder);
                Self::Pathname([folder, b"/", name].concat().into())
            }
        }
    }

    /// The path, if the address is one.
    pub fn path(&self) -> Option<&[u8]> {
        match self {
            Self::Pathname(path) => Some(path),
            Self::Abstract(_) | Self::Unnamed => None,
        }
    }

    /// The full name as shown to users: the path, or the abstract name without its NUL byte.
    pub fn full_name(&self) -> &[u8] {
        match self {
            Self::Pathname(bytes) | Self::Abstract(bytes) => bytes,
            Self::Unnamed => &[],
        }
    }

    /// The short name as shown to users: the last component of a path, or the whole abstract name.
    pub fn short_name(&self) -> &[u8] {
        match self {
            Self::Pathname(path) => path.rsplit(|&byte| byte == b'/').next().unwrap_or(path),
            Self::Abstract(_) | Self::Unnamed => self.full_name(),
        }
    }

    pub(crate) fn to_socket_address(&self) -> Result<SocketAddress> {
        match self {
            Self::Pathname(path) => socket::path_address(path),
            Self::Abstract(name) => socket::abstract_address(name),
            Self::Unnamed => Ok(SocketAddress::new_unnamed()),
        }
        .map_err(|errno| Error::from_errno(errno, Operation::Name))
    }
}

/// Escapes bytes that are not UTF-8, and shows the leading NUL byte of an abstract name as `@`, like
/// ss(8) and lsof(8).
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if matches!(self, Self::Abstract(_)) {
            f.write_str("@")?;
        }
        for chunk in self.full_name().utf8_chunks() {
            f.write_str(chunk.valid())?;
            write!(f, "{}", chunk.invalid().escape_ascii())?;
        }
        Ok(())
    }
}

impl From<Name> for Address {
    fn from(name: Name) -> Self {
        match name {
            Name::Pathname(path) => Self::Pathname(path.into()),
            Name::Abstract(name) => Self::Abstract(name.into()),
            Name::Unnamed => Self::Unnamed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TMP: Namespace<'_> = Namespace::Files { folder: b"/tmp" };

    #[test]
    fn relative_name_is_file_in_folder() {
        let address = Address::resolve(b"a", TMP).unwrap();
        assert_eq!(address, Address::Pathname(b"/tmp/a"[..].into()));
        assert_eq!(address.short_name(), b"a");
    }

    #[test]
    fn slash_at_start_makes_path() {
        assert_eq!(Address::resolve(b"/x/y", TMP).unwrap().full_name(), b"/x/y");
    }

    #[test]
    fn every_byte_of_abstract_name_counts() {
        let address = Address::resolve(b"a\0", Namespace::Abstract).unwrap();
        assert_eq!(address.full_name(), b"a\0");
    }

    #[test]
    fn path_of_maximum_length_fits() {
        let path = [b"/".as_slice(), &[b'x'; 105]].concat();
        assert!(Address::resolve(&path, TMP).is_ok());
        let path = [b"/".as_slice(), &[b'x'; 106]].concat();
        assert_eq!(Address::resolve(&path, TMP).unwrap_err().kind(), ErrorKind::NameTooLong);
    }

    #[test]
    fn too_long_abstract_name_fails() {
        assert!(Address::resolve(&[b'x'; 106], Namespace::Abstract).is_ok());
        let long = Address::resolve(&[b'x'; 107], Namespace::Abstract);
        assert_eq!(long.unwrap_err().kind(), ErrorKind::NameTooLong);
    }

    #[test]
    fn empty_name_is_invalid() {
        assert_eq!(Address::resolve(b"", TMP).unwrap_err().kind(), ErrorKind::InvalidName);
    }

    #[test]
    fn path_with_nul_byte_is_invalid() {
        assert_eq!(Address::resolve(b"a\0b", TMP).unwrap_err().kind(), ErrorKind::InvalidName);
    }
}
