// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kinds of failures, and the one table from the kernel's numbers to them.

use std::io;

use crate::sys::Errno;

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
    pub(super) fn of(errno: Errno) -> Self {
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
