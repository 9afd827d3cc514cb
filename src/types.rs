// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The types that Rust and C++ share. Each is declared here only: the C++ ones are generated.

#[cxx::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
    }

    /// The state of a connection; the values are those of QAbstractSocket::SocketState.
    #[repr(u32)]
    enum SocketState {
        Unconnected = 0,
        Connecting = 2,
        Connected = 3,
        Closing = 6,
    }

    /// The kind of error; the values are those of QAbstractSocket::SocketError.
    #[repr(i32)]
    enum SocketError {
        ConnectionRefused = 0,
        PeerClosed = 1,
        NotFound = 2,
        Access = 3,
        Resource = 4,
        Timeout = 5,
        Connection = 7,
        AddressInUse = 8,
        Unsupported = 10,
        Operation = 19,
        Unknown = -1,
    }

    /// The next step of a wait.
    struct WaitStep {
        /// The descriptor to poll(2); -1 when the wait is over.
        descriptor: i32,
        events: i16,
        /// For how long; -1 means forever.
        nanoseconds: i64,
        /// The result of a finished wait.
        answer: bool,
    }

    /// Where server names are looked up.
    #[repr(u32)]
    enum Place {
        /// A path, or a file in a given folder.
        Files,
        /// The abstract namespace of unix(7).
        Abstract,
        /// A file in the user's private folder.
        Private,
    }

    /// The values of `qlocal::Error::Kind`, which are also the engine's. The first and the last are
    /// declared, for compile-time comparison on both sides.
    #[repr(u32)]
    enum ErrorKind {
        None = 0,
        InvalidName = 1,
        Other = 16,
    }

    /// The values are those of QLocalServer::SocketOption, and can be combined.
    #[repr(u32)]
    enum ServerOption {
        UserAccess = 1,
        GroupAccess = 2,
        OtherAccess = 4,
        AbstractNamespace = 8,
    }

    /// The result of waiting for a connection.
    enum WaitOutcome {
        Connected,
        TimedOut,
        Failed,
    }

    /// Why a connection was refused.
    #[repr(u32)]
    enum RefusalCode {
        NotAllowed,
        TooManyConnections,
        TooManyOfUser,
    }

    /// Counters of a server.
    struct Counts {
        accepted: u64,
        refused: u64,
        failed: u64,
        open: u64,
        received: u64,
        sent: u64,
    }

    /// The credentials of a connection's peer; if they are not known, every id is 0.
    struct PeerIdentity {
        known: bool,
        uid: u32,
        gid: u32,
        /// 0 when the process is in another namespace.
        pid: u32,
        groups: Vec<u32>,
    }

    unsafe extern "C++" {
        include!("qlocal/error_parts.h");
        type ErrorParts;
        #[cxx_name = "setCause"]
        fn set_cause(
            self: Pin<&mut ErrorParts>,
            kind: ErrorKind,
            operation: &str,
            number: i32,
            number_name: &str,
        );
        #[cxx_name = "setTexts"]
        fn set_texts(self: Pin<&mut ErrorParts>, path: &QString, hint: &str, text: &str);
    }
}
