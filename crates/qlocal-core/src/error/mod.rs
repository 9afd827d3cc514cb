// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Errors: the kind, the failed operation, and the kernel's error number.

mod kind;
mod operation;

pub use kind::ErrorKind;
pub use operation::Operation;

use std::{fmt, io};

use qlocal_sys::Errno;

/// An error: its kind, the failed operation, and the error number if it comes from the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    operation: Operation,
    errno: Option<Errno>,
}

impl Error {
    /// A failure that this library detected itself.
    pub fn new(kind: ErrorKind, operation: Operation) -> Self {
        Self { kind, operation, errno: None }
    }

    /// A failed system call.
    pub(crate) fn from_errno(errno: Errno, operation: Operation) -> Self {
        Self { kind: ErrorKind::of(errno), operation, errno: Some(errno) }
    }

    /// A failed system call of the standard library.
    pub fn from_io(error: &io::Error, operation: Operation) -> Self {
        match error.raw_os_error() {
            Some(number) => Self::from_errno(Errno::from_raw_os_error(number), operation),
            None => Self::new(ErrorKind::Other, operation),
        }
    }

    /// The kind of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The system call that failed, or the step if it was not a system call.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The kernel's error number, as in errno(3).
    pub fn raw_os_error(&self) -> Option<i32> {
        self.errno.map(Errno::raw_os_error)
    }

    /// The name of that number, such as `ECONNREFUSED`.
    pub fn errno_name(&self) -> Option<&'static str> {
        self.errno.and_then(qlocal_sys::errno::name)
    }

    /// What to try, as one sentence.
    pub fn hint(&self) -> &'static str {
        match (self.kind, self.operation) {
            (ErrorKind::LimitExceeded, Operation::ReceiveMessage) => {
                "allow longer messages, or make sure that both ends use the same framing"
            }
            (ErrorKind::PeerClosed, Operation::ReceiveMessage) => {
                "connect again: the peer closed in the middle of a message, which is lost"
            }
            (ErrorKind::InvalidMessage, Operation::ParseMessage) => {
                "check what the peer sends, and that both ends use the same framing"
            }
            (ErrorKind::TimedOut, Operation::Greeting | Operation::HandOver) => {
                "check the primary instance: its process exists, but is stopped or busy"
            }
            (ErrorKind::TimedOut, Operation::Answer) => {
                "use a longer answer time-out: the primary instance has received the hand-over"
            }
            (ErrorKind::TimedOut, Operation::Election) => {
                "check the process that holds the lock file beside the socket: it does not listen"
            }
            (ErrorKind::InvalidMessage, Operation::HandOver) => {
                "hand over less, or raise the maximum size in the primary and in the secondary"
            }
            (ErrorKind::InvalidMessage, Operation::Answer) => {
                "answer with less, or raise the maximum size in the primary and in the secondary"
            }
            (ErrorKind::AddressInUse, Operation::Greeting) => {
                "use another name: the server on this name is not an instance of this program"
            }
            (ErrorKind::AccessDenied, Operation::OtherUser) => {
                "check the owner of the folder: a server of another user has this name"
            }
            _ => self.kind.hint(),
        }
    }
}

impl Error {
    /// Writes the error without its hint.
    pub(crate) fn fmt_cause(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.errno_name(), self.raw_os_error()) {
            (Some(name), Some(number)) => write!(f, "{}: {name} ({number})", self.operation),
            (None, Some(number)) => write!(f, "{}: error {number}", self.operation),
            (_, None) => write!(f, "{}: {:?}", self.operation, self.kind),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_cause(f)?;
        write!(f, "; {}", self.hint())
    }
}

impl std::error::Error for Error {}

/// Wraps the error; see [`io::Error::get_ref`].
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind().as_io(), error)
    }
}

/// The result of a call that can fail.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_error_keeps_kind_and_source() {
        let error = Error::from_errno(Errno::CONNREFUSED, Operation::Connect);
        let outer = io::Error::from(error);
        assert_eq!(outer.kind(), io::ErrorKind::ConnectionRefused);
        let inner = outer.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        assert_eq!(inner, Some(&error));
    }

    #[test]
    fn error_text_has_operation_errno_and_hint() {
        let text = Error::from_errno(Errno::CONNREFUSED, Operation::Connect).to_string();
        assert_eq!(
            text,
            "connect: ECONNREFUSED (111); start the server: no server listens on this name"
        );
    }

    #[test]
    fn etoomanyrefs_is_resource_exhausted() {
        let error = Error::from_errno(Errno::TOOMANYREFS, Operation::Send);
        assert_eq!(error.kind(), ErrorKind::ResourceExhausted);
    }

    #[test]
    fn unnamed_errno_is_shown_as_number() {
        let error = Error::from_errno(Errno::from_raw_os_error(4000), Operation::Connect);
        assert_eq!(error.errno_name(), None);
        assert!(error.to_string().starts_with("connect: error 4000;"), "{error}");
    }
}
