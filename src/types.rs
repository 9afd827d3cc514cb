// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The types that Rust and C++ share. Each is declared here only: the C++ ones are generated.

#[cxx::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qstringlist.h");
        type QStringList = cxx_qt_lib::QStringList;
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
    }

    extern "C++" {
        include!("qlocal/qt_enums.h");
        type SocketState;
        type SocketError;
    }

    /// QAbstractSocket::SocketState, without the states that a local socket does not have. Like all
    /// enums that are declared in C++, it is checked when the bridge is compiled.
    #[repr(u32)]
    enum SocketState {
        #[cxx_name = "UnconnectedState"]
        Unconnected = 0,
        #[cxx_name = "ConnectingState"]
        Connecting = 2,
        #[cxx_name = "ConnectedState"]
        Connected = 3,
        #[cxx_name = "ClosingState"]
        Closing = 6,
    }

    /// The errors of QAbstractSocket::SocketError that local sockets and servers have.
    #[repr(i32)]
    enum SocketError {
        #[cxx_name = "ConnectionRefusedError"]
        ConnectionRefused = 0,
        #[cxx_name = "RemoteHostClosedError"]
        PeerClosed = 1,
        #[cxx_name = "HostNotFoundError"]
        NotFound = 2,
        #[cxx_name = "SocketAccessError"]
        Access = 3,
        #[cxx_name = "SocketResourceError"]
        Resource = 4,
        #[cxx_name = "SocketTimeoutError"]
        Timeout = 5,
        #[cxx_name = "NetworkError"]
        Connection = 7,
        #[cxx_name = "AddressInUseError"]
        AddressInUse = 8,
        #[cxx_name = "UnsupportedSocketOperationError"]
        Unsupported = 10,
        #[cxx_name = "OperationError"]
        Operation = 19,
        #[cxx_name = "UnknownSocketError"]
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

    /// The result of waiting for a connection.
    enum WaitOutcome {
        Connected,
        TimedOut,
        Failed,
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

    /// What is handed over.
    struct HandOverParts {
        arguments: QStringList,
        folder: QString,
        /// Names and values in turn.
        environment: QStringList,
        #[cxx_name = "activationToken"]
        activation_token: QString,
        #[cxx_name = "startupId"]
        startup_id: QString,
        message: QByteArray,
        #[cxx_name = "hasInput"]
        has_input: bool,
        input: QByteArray,
        /// That of the standard input, or -1. To be sent it is borrowed; the receiver owns it.
        descriptor: i32,
    }

    /// An error with its details, or none.
    #[derive(Default)]
    struct ErrorParts {
        /// The name of a `qlocal::Error::Kind`. Names need no numbers that agree.
        kind: QString,
        operation: QString,
        /// The error number; 0 if the error does not come from the kernel.
        number: i32,
        #[cxx_name = "numberName"]
        number_name: QString,
        path: QString,
        hint: QString,
        text: QString,
    }
}
