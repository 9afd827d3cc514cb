// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Error kinds, and the table that maps errno values to them.

use std::io;

use qlocal_sys::Errno;

/// The kind of failure; each kind calls for a different response. In C++, `qlocal::Error::Kind` has the
/// same names, and one for no failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The name is empty or contains a NUL byte, or a private name contains a slash.
    InvalidName,
    /// The name does not fit into a socket address.
    NameTooLong,
    /// The name does not exist, or a component of its path is missing or not a folder.
    NotFound,
    /// The name exists, but no server listens on it.
    ConnectionRefused,
    /// Permission denied.
    AccessDenied,
    /// The name is already in use.
    AddressInUse,
    /// The process or the system is out of descriptors or memory.
    ResourceExhausted,
    /// The time-out expired.
    TimedOut,
    /// A limit is exceeded: of the bytes queued for a peer that does not read, of the descriptors
    /// that the peer may pass, or of the size of a received message.
    LimitExceeded,
    /// The peer has ended the connection.
    PeerClosed,
    /// The descriptor is not connected.
    NotConnected,
    /// The call is not allowed in the current state.
    InvalidState,
    /// The message can never be sent: it exceeds the message size limit, what its prefix can
    /// represent, or the write limit, contains the delimiter, or there is no framing.
    InvalidMessage,
    /// There is no such [`Framing`](crate::Framing).
    InvalidFraming,
    /// The descriptor is not a local stream socket.
    Unsupported,
    /// The process was not socket-activated, or not with such a descriptor.
    NotActivated,
    /// Any other failure; see the system call and its error number.
    Other,
}

impl ErrorKind {
    /// The kind of a failed system call.
    pub(super) fn of(errno: Errno) -> Self {
        match errno {
            Errno::ACCESS | Errno::PERM | Errno::ROFS => Self::AccessDenied,
            Errno::NOENT | Errno::NOTDIR | Errno::LOOP => Self::NotFound,
            Errno::NAMETOOLONG => Self::NameTooLong,
            // EPROTOTYPE: a socket of a different type is bound there.
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

    /// The closest kind of the standard library.
    pub(crate) fn as_io(self) -> io::ErrorKind {
        match self {
            Self::InvalidName | Self::NameTooLong | Self::InvalidMessage | Self::InvalidFraming => {
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
            Self::InvalidName => "use a name that is not empty and contains no NUL byte",
            Self::NameTooLong => "use a shorter name, or a folder with a shorter path",
            Self::NotFound => "start the server first, and check each component of the path",
            Self::ConnectionRefused => "start the server: no server listens on this name",
            Self::AccessDenied => "check the owner and mode of the socket and its folder",
            Self::AddressInUse => {
                "use another name, or stop the server or remove the file that uses it"
            }
            Self::ResourceExhausted => "raise the descriptor limit, or close unused descriptors",
            Self::TimedOut => "use a longer time-out, or check that the peer responds",
            Self::LimitExceeded => {
                "raise the limit, or check why the peer does not read or passes too many descriptors"
            }
            Self::PeerClosed => "connect again",
            Self::NotConnected => "connect first",
            Self::InvalidState => "check the state before the call",
            Self::InvalidMessage => {
                "set a framing, keep messages within its size limits, and use no delimiter in them"
            }
            Self::InvalidFraming => {
                "use a delimiter of 1 to 63 bytes, and a prefix of 1, 2, 4 or 8 bytes"
            }
            Self::Unsupported => "use a local stream socket that is connected or listening as required",
            Self::NotActivated => {
                "start the program from a socket unit that passes this descriptor, and take each descriptor only once"
            }
            Self::Other => "look up the error number in the manual page of the system call",
        }
    }
}
