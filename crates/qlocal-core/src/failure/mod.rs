// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A failure as reported to users: the error and its address.

mod hint;

pub use hint::set_environment;

use std::borrow::Cow;
use std::{fmt, io};

use crate::error::{Error, ErrorKind};
use crate::names::Address;

/// An error with the address that it concerns.
///
/// The engine itself passes around the small [`Error`]. Creating a failure does not allocate, and
/// neither does printing one that reports a lack of memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    error: Error,
    address: Address,
}

impl Failure {
    /// A failure at this address; [`Address::Unnamed`] if there is none.
    pub fn new(error: Error, address: Address) -> Self {
        Self { error, address }
    }

    /// The error without the address.
    pub fn error(&self) -> Error {
        self.error
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.error.kind()
    }

    /// The system call that failed, or the step if it was not a system call.
    pub fn operation(&self) -> &'static str {
        self.error.operation().as_str()
    }

    /// The kernel's error number, as in errno(3).
    pub fn raw_os_error(&self) -> Option<i32> {
        self.error.raw_os_error()
    }

    /// The name of that number, such as `ECONNREFUSED`.
    pub fn errno_name(&self) -> Option<&'static str> {
        self.error.errno_name()
    }

    /// The path or abstract name concerned.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// What to try, as one sentence. Checks the file system, at the time of this call, for the cause.
    pub fn hint(&self) -> Cow<'static, str> {
        hint::of(&self.error, &self.address)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.address != Address::Unnamed {
            write!(f, "{}: ", self.address)?;
        }
        self.error.fmt_cause(f)?;
        write!(f, "; {}", self.hint())
    }
}

impl std::error::Error for Failure {}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(error, Address::Unnamed)
    }
}

/// Wraps the failure; see [`io::Error::get_ref`].
impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        Self::new(failure.kind().as_io(), failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Operation;

    fn refused(address: Address) -> Failure {
        Failure::new(Error::new(ErrorKind::NotFound, Operation::Connect), address)
    }

    #[test]
    fn failure_text_starts_with_address() {
        let text = refused(Address::Pathname(b"/run/\xff/a"[..].into())).to_string();
        assert!(text.starts_with("/run/\\xff/a: connect: NotFound; "), "{text}");
        let text = refused(Address::Abstract(b"a\0"[..].into())).to_string();
        assert!(text.starts_with("@a\0: connect: "), "{text:?}");
        assert!(refused(Address::Unnamed).to_string().starts_with("connect: "));
    }

    #[test]
    fn io_error_keeps_kind_and_failure() {
        let failure = refused(Address::Pathname(b"/a"[..].into()));
        let outer = io::Error::from(failure.clone());
        assert_eq!(outer.kind(), io::ErrorKind::NotFound);
        let inner = outer.get_ref().and_then(|inner| inner.downcast_ref::<Failure>());
        assert_eq!(inner, Some(&failure));
    }
}
