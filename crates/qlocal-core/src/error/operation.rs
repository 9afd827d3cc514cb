// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What was being done when something failed.

use std::fmt;

macro_rules! operations {
    ($($name:ident => $text:literal,)*) => {
        /// What was being done: the system call that failed, or the step when it was none.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the names are those of the calls, the texts say the rest")]
        pub enum Operation {
            $($name,)*
        }

        impl Operation {
            /// As users see it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

operations! {
    // System calls.
    Accept => "accept",
    Bind => "bind",
    Chmod => "chmod",
    Connect => "connect",
    EpollCreate => "epoll_create1",
    EpollCtl => "epoll_ctl",
    EpollWait => "epoll_wait",
    Eventfd => "eventfd",
    Fchmod => "fchmod",
    Fcntl => "fcntl",
    Getrandom => "getrandom",
    Getsockname => "getsockname",
    Getsockopt => "getsockopt",
    Listen => "listen",
    Mkdir => "mkdir",
    Open => "open",
    Poll => "poll",
    Recv => "recv",
    Recvmsg => "recvmsg",
    Send => "send",
    Socket => "socket",
    Unlink => "unlink",

    // Steps of this library.
    Adopt => "adopt",
    Flush => "flush",
    Lock => "lock",
    Name => "name",
    ReceiveMessage => "receive message",
    Wait => "wait",
    Write => "write",
    WriteMessage => "write message",

    // Descriptors from outside.
    OwnedDescriptor => "the descriptor belongs to another socket of this process",
    UnfitDescriptor => "the descriptor is not a local stream socket that listens",
    TakenDescriptor => "the descriptor is taken already",

    // Socket activation.
    NoPid => "LISTEN_PID is not set",
    InvalidPid => "LISTEN_PID is not the number of a process",
    OtherPid => "LISTEN_PID is that of another process",
    NoCount => "LISTEN_FDS is not set",
    InvalidCount => "LISTEN_FDS is not a number of descriptors",
    ZeroCount => "LISTEN_FDS is 0",
    MismatchedNames => "LISTEN_FDNAMES does not have a name for each of LISTEN_FDS",
    UnknownName => "LISTEN_FDNAMES does not have this name",
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
