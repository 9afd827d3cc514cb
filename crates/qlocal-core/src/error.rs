// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What can go wrong, and the one table from the kernel's numbers to it.

use std::{fmt, io};

use crate::framing;
use crate::sys::{self, Errno};

/// The kind of a failure, fine enough that each calls for another answer. The values are those of `qlocal::Error::Kind` in
/// C++, where 0 is no failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u32)]
pub enum ErrorKind {
    /// No name was given, or it has a NUL byte in it.
    InvalidName = 1,
    /// The name does not fit into a socket address.
    NameTooLong,
    /// Nothing has this name, or a part of the way to it is missing or no folder.
    NotFound,
    /// Something has this name, but no server listens there.
    ConnectionRefused,
    /// A permission is missing.
    AccessDenied,
    /// The name is taken.
    AddressInUse,
    /// The process or the system has no more descriptors or memory.
    ResourceExhausted,
    /// The time-out passed.
    TimedOut,
    /// A limit that was set is reached: of what may be queued for a peer that takes less than is
    /// written, of the descriptors that a peer may pass, or of the size of a message that it sends.
    LimitExceeded,
    /// The peer has ended the connection.
    PeerClosed,
    /// There is no connection at this end of the descriptor.
    NotConnected,
    /// The call does not fit the present state.
    InvalidState,
    /// The message can never be sent: it is longer than a message may be, or than may be queued, or no
    /// single line where lines are messages, or there is no framing.
    InvalidMessage,
    /// The descriptor is not a local stream socket.
    Unsupported,
    /// The process was not started by socket activation, or not with such a descriptor.
    NotActivated,
    /// Anything else: the system call and its number say more.
    Other,
}

impl ErrorKind {
    /// The kind of a failed system call.
    fn of(errno: Errno) -> Self {
        match errno {
            Errno::ACCESS | Errno::PERM | Errno::ROFS => Self::AccessDenied,
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Self::NotFound,
            Errno::NAMETOOLONG => Self::NameTooLong,
            // EPROTOTYPE: a socket of another type is bound there.
            Errno::CONNREFUSED | Errno::INVAL | Errno::PROTOTYPE => Self::ConnectionRefused,
            Errno::ADDRINUSE => Self::AddressInUse,
            Errno::MFILE
            | Errno::NFILE
            | Errno::NOMEM
            | Errno::NOBUFS
            | Errno::NOSPC
            | Errno::DQUOT
            | Errno::TOOMANYREFS => Self::ResourceExhausted,
            Errno::TIMEDOUT | Errno::AGAIN => Self::TimedOut,
            Errno::PIPE | Errno::CONNRESET | Errno::CONNABORTED => Self::PeerClosed,
            Errno::NOTCONN => Self::NotConnected,
            Errno::NOTSOCK | Errno::BADF | Errno::OPNOTSUPP | Errno::AFNOSUPPORT => {
                Self::Unsupported
            }
            _ => Self::Other,
        }
    }

    /// The nearest kind of the standard library.
    pub(crate) fn as_io(self) -> io::ErrorKind {
        match self {
            Self::InvalidName | Self::NameTooLong | Self::InvalidMessage => {
                io::ErrorKind::InvalidInput
            }
            Self::NotFound => io::ErrorKind::NotFound,
            Self::ConnectionRefused => io::ErrorKind::ConnectionRefused,
            Self::AccessDenied => io::ErrorKind::PermissionDenied,
            Self::AddressInUse => io::ErrorKind::AddrInUse,
            Self::TimedOut => io::ErrorKind::TimedOut,
            Self::PeerClosed => io::ErrorKind::BrokenPipe,
            Self::NotConnected => io::ErrorKind::NotConnected,
            Self::Unsupported => io::ErrorKind::Unsupported,
            Self::ResourceExhausted
            | Self::LimitExceeded
            | Self::InvalidState
            | Self::NotActivated
            | Self::Other => io::ErrorKind::Other,
        }
    }

    /// What to try, in one sentence.
    pub fn hint(self) -> &'static str {
        match self {
            Self::InvalidName => "give a name that is not empty and has no NUL byte in it",
            Self::NameTooLong => "use a shorter name, or a folder with a shorter path",
            Self::NotFound => "start the server first, and look at each part of the path",
            Self::ConnectionRefused => "start the server: no server listens under this name",
            Self::AccessDenied => "look at the owner and mode of the socket and of its folder",
            Self::AddressInUse => {
                "use another name, or stop the server or remove the file that has it"
            }
            Self::ResourceExhausted => "raise the descriptor limit, or close what is not needed",
            Self::TimedOut => "wait longer, or look whether the peer still works",
            Self::LimitExceeded => {
                "raise the limit, or look why the peer does not read, or passes so much"
            }
            Self::PeerClosed => "connect again",
            Self::NotConnected => "connect first",
            Self::InvalidState => "look at the state before the call",
            Self::InvalidMessage => {
                "set a framing, keep within its size limit, and leave newlines out of lines"
            }
            Self::Unsupported => "give a local stream socket, which is connected or listens as needed",
            Self::NotActivated => {
                "start the program by a socket unit that gives it this descriptor, and take that once"
            }
            Self::Other => "look up the error number in the manual of the system call",
        }
    }
}

/// A failure: its kind, what was being done, and the kernel's number if it came from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    operation: &'static str,
    errno: Option<Errno>,
}

impl Error {
    /// A failure that this library found by itself.
    pub fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self { kind, operation, errno: None }
    }

    /// A failed system call.
    pub(crate) fn from_errno(errno: Errno, operation: &'static str) -> Self {
        Self { kind: ErrorKind::of(errno), operation, errno: Some(errno) }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The system call that failed, or the step when it was none.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The kernel's error number, as in errno(3).
    pub fn raw_os_error(&self) -> Option<i32> {
        self.errno.map(Errno::raw_os_error)
    }

    /// The name of that number, such as `ECONNREFUSED`.
    pub fn errno_name(&self) -> Option<&'static str> {
        self.errno.and_then(sys::errno::name)
    }

    /// What to try, in one sentence.
    pub fn hint(&self) -> &'static str {
        match (self.kind, self.operation) {
            (ErrorKind::LimitExceeded, framing::RECEIVE) => {
                "allow longer messages, or see to it that both ends have the same framing"
            }
            (ErrorKind::PeerClosed, framing::RECEIVE) => {
                "connect again: the peer ended in the middle of a message, which is lost"
            }
            _ => self.kind.hint(),
        }
    }
}

impl Error {
    /// Writes what failed, without a hint.
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

/// The error itself stays inside, see [`io::Error::get_ref`].
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind().as_io(), error)
    }
}

/// The outcome of a call that can fail.
pub type Result<T> = std::result::Result<T, Error>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_io_error_keeps_the_kind_and_the_error_inside() {
        let error = Error::from_errno(Errno::CONNREFUSED, "connect");
        let outer = io::Error::from(error);
        assert_eq!(outer.kind(), io::ErrorKind::ConnectionRefused);
        let inner = outer.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        assert_eq!(inner, Some(&error));
    }

    #[test]
    fn an_error_says_what_failed_with_which_number_and_what_to_try() {
        let text = Error::from_errno(Errno::CONNREFUSED, "connect").to_string();
        assert_eq!(
            text,
            "connect: ECONNREFUSED (111); start the server: no server listens under this name"
        );
    }

    #[test]
    fn too_many_descriptors_on_their_way_are_a_lack_of_descriptors() {
        let error = Error::from_errno(Errno::TOOMANYREFS, "send");
        assert_eq!(error.kind(), ErrorKind::ResourceExhausted);
    }

    #[test]
    fn a_number_without_a_name_is_said_as_a_number() {
        let error = Error::from_errno(Errno::from_raw_os_error(4000), "connect");
        assert_eq!(error.errno_name(), None);
        assert!(error.to_string().starts_with("connect: error 4000;"), "{error}");
    }
}
