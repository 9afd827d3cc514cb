// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The operations that can fail.

use std::fmt;

macro_rules! operations {
    ($($name:ident => $text:literal,)*) => {
        /// The system call that failed, or the step if it was not a system call.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[allow(missing_docs, reason = "the names are those of the system calls, and the texts describe the rest")]
        pub enum Operation {
            $($name,)*
        }

        impl Operation {
            /// The text shown to users.
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
    ParseMessage => "parse message",
    ReceiveMessage => "receive message",
    SetDelimiter => "set delimiter",
    SetPrefixSize => "set prefix size",
    Wait => "wait",
    Write => "write",
    WriteMessage => "write message",

    // Single instances.
    Answer => "answer",
    Election => "election",
    Greeting => "greeting",
    HandOver => "hand over",
    OtherUser => "the server belongs to another user",

    // Descriptors from outside.
    OwnedDescriptor => "the descriptor belongs to another socket of this process",
    UnfitDescriptor => "the descriptor is not a listening local stream socket",
    TakenDescriptor => "the descriptor is already taken",

    // Socket activation.
    NoPid => "LISTEN_PID is not set",
    InvalidPid => "LISTEN_PID is not a process ID",
    OtherPid => "LISTEN_PID is the ID of another process",
    NoCount => "LISTEN_FDS is not set",
    InvalidCount => "LISTEN_FDS is not a number of descriptors",
    ZeroCount => "LISTEN_FDS is 0",
    MismatchedNames => "LISTEN_FDNAMES does not name each of the LISTEN_FDS descriptors",
    UnknownName => "LISTEN_FDNAMES does not contain this name",
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
