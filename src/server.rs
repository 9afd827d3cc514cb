// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The server as a QObject: its connections come from an [`Acceptor`].
//!
//! `QLocalServer` derives from it and adds the names and types of Qt.

mod admission;
mod host;
mod listening;

use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;

use cxx_qt::CxxQtType;
use cxx_qt_lib::QString;
use qlocal_core::{Acceptor, Address, ErrorKind};

use crate::peer::{peer_of, peer_process_of, PeerIdentity};
use crate::{convert, reactor};
use ffi::{ErrorParts, RustServer, SocketError, WaitOutcome};
use listening::{activation_names, remove_server};

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qstringlist.h");
        type QStringList = cxx_qt_lib::QStringList;
    }

    unsafe extern "C++" {
        include!("qlocal/server_base.h");
        type ServerBase;
        type SocketError = crate::socket::ffi::SocketError;
        include!("qlocal/src/socket.cxxqt.h");
        type Place = crate::socket::ffi::Place;
        type QueueLimits = crate::socket::ffi::QueueLimits;
        type RustSocket = crate::socket::ffi::RustSocket;

        include!("qlocal/error_parts.h");
        type ErrorParts = crate::socket::ffi::ErrorParts;
    }

    /// The values are those of QLocalServer::SocketOption, and can be combined.
    #[repr(u32)]
    enum ServerOption {
        UserAccess = 1,
        GroupAccess = 2,
        OtherAccess = 4,
        AbstractNamespace = 8,
    }

    /// What came of waiting for a connection.
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

    /// What a server has done so far.
    struct Counts {
        accepted: u64,
        refused: u64,
        failed: u64,
        open: u64,
        received: u64,
        sent: u64,
    }

    extern "Rust" {
        /// Who is at the other end of a connection, if that is known.
        type PeerIdentity;

        #[cxx_name = "isKnown"]
        fn is_known(&self) -> bool;
        fn uid(&self) -> u32;
        fn gid(&self) -> u32;
        fn groups(&self) -> &[u32];
        /// 0 when the process is none of this namespace.
        fn pid(&self) -> u32;

        #[cxx_name = "peerOf"]
        fn peer_of(socket: &RustSocket) -> Box<PeerIdentity>;

        /// A descriptor of the process at the other end, which the caller owns, or -1.
        #[cxx_name = "peerProcessOf"]
        fn peer_process_of(socket: &RustSocket) -> i32;

        /// Removes the socket file of this name; true when nothing has the name any more.
        #[cxx_name = "removeServer"]
        fn remove_server(name: &QString, place: Place, folder: &QString) -> bool;

        /// The names of the descriptors that socket activation has given to this process.
        #[cxx_name = "activationNames"]
        fn activation_names() -> QStringList;
    }

    // What the drop-in class calls.
    unsafe extern "RustQt" {
        #[qobject]
        #[base = ServerBase]
        type RustServer = super::RustServerRust;

        /// Makes the object the host of its listener. The final class calls it in its constructor.
        #[cxx_name = "engineAttach"]
        fn engine_attach(self: Pin<&mut Self>);

        /// Listens under this name, which is looked up in this place. A name in [`Place::Files`] that
        /// is no path is a file in `folder`. `options` are those of [`ServerOption`].
        #[cxx_name = "engineListen"]
        fn engine_listen(
            self: Pin<&mut Self>,
            name: &QString,
            options: u32,
            place: Place,
            folder: &QString,
            backlog: i32,
        ) -> bool;

        /// Listens on a name in the user's private folder that nobody can guess.
        #[cxx_name = "engineListenOnRandomName"]
        fn engine_listen_on_random_name(self: Pin<&mut Self>, backlog: i32) -> bool;

        /// Takes over a descriptor that is bound already; one that is not is left alone.
        #[cxx_name = "engineListenOnDescriptor"]
        fn engine_listen_on_descriptor(self: Pin<&mut Self>, descriptor: i32, backlog: i32)
            -> bool;

        /// Takes over a descriptor of this name, or the first one, that socket activation has given.
        #[cxx_name = "engineListenActivated"]
        fn engine_listen_activated(self: Pin<&mut Self>, name: &QString) -> bool;

        #[cxx_name = "engineClose"]
        fn engine_close(self: Pin<&mut Self>);

        /// No handler is called once this has returned. The final class calls it in its
        /// destructor, while it still is what it is.
        #[cxx_name = "engineDetach"]
        fn engine_detach(self: Pin<&mut Self>);

        #[cxx_name = "engineIsListening"]
        fn engine_is_listening(&self) -> bool;

        #[cxx_name = "engineIsAbstract"]
        fn engine_is_abstract(&self) -> bool;

        #[cxx_name = "engineDescriptor"]
        fn engine_descriptor(&self) -> i32;

        #[cxx_name = "engineName"]
        fn engine_name(&self) -> QString;

        #[cxx_name = "engineFullName"]
        fn engine_full_name(&self) -> QString;

        #[cxx_name = "engineError"]
        fn engine_error(&self) -> SocketError;

        #[cxx_name = "engineErrorString"]
        fn engine_error_string(&self) -> QString;

        /// Writes down the last error with all that is known of it, if there was one.
        #[cxx_name = "engineDescribeError"]
        fn engine_describe_error(&self, parts: Pin<&mut ErrorParts>);

        #[cxx_name = "enginePendingLimit"]
        fn engine_pending_limit(&self) -> i32;

        #[cxx_name = "engineSetPendingLimit"]
        fn engine_set_pending_limit(&self, limit: i32);

        #[cxx_name = "engineResume"]
        fn engine_resume(&self);

        #[cxx_name = "engineWait"]
        fn engine_wait(&self, msecs: i32) -> WaitOutcome;

        /// Lets in the own user, and those who are listed.
        #[cxx_name = "engineAllowListed"]
        fn engine_allow_listed(&self, users: &[u32], groups: &[u32]);

        #[cxx_name = "engineAllowEverybody"]
        fn engine_allow_everybody(&self);

        /// Lets in whom `allows` does.
        #[cxx_name = "engineAllowAsked"]
        fn engine_allow_asked(&self);

        /// How many connections there may be at once; 0 is no limit.
        #[cxx_name = "engineSetConnectionLimits"]
        fn engine_set_connection_limits(&self, total: i32, per_user: i32);

        /// The limits that sockets are given when they are admitted.
        #[cxx_name = "engineSetQueueLimits"]
        fn engine_set_queue_limits(&self, limits: QueueLimits);

        #[cxx_name = "engineQueueLimits"]
        fn engine_queue_limits(&self) -> QueueLimits;

        /// Makes a socket that has taken over a delivered connection one that is limited and counted.
        #[cxx_name = "engineAdmit"]
        fn engine_admit(&self, socket: &RustSocket);

        #[cxx_name = "engineCounters"]
        fn engine_counters(&self) -> Counts;

        #[cxx_override]
        #[cxx_name = "acceptReady"]
        fn accept_ready(self: Pin<&mut Self>);

        #[cxx_override]
        #[cxx_name = "leaveThread"]
        fn leave_thread(self: Pin<&mut Self>);

        #[cxx_override]
        #[cxx_name = "joinThread"]
        fn join_thread(self: Pin<&mut Self>);
    }

    // What the hand-written base offers.
    unsafe extern "RustQt" {
        #[inherit]
        fn watch(self: Pin<&mut RustServer>, descriptor: i32);

        #[inherit]
        fn unwatch(self: Pin<&mut RustServer>);

        #[inherit]
        #[cxx_name = "isAccepting"]
        fn is_accepting(self: &RustServer) -> bool;

        #[inherit]
        #[cxx_name = "setAccepting"]
        fn set_accepting(self: Pin<&mut RustServer>, accepting: bool);

        #[inherit]
        #[cxx_name = "acceptLater"]
        fn accept_later(self: Pin<&mut RustServer>, msecs: i32);

        #[inherit]
        fn deliver(self: Pin<&mut RustServer>, descriptor: i32);

        #[inherit]
        #[cxx_name = "pendingCount"]
        fn pending_count(self: &RustServer) -> i32;

        #[inherit]
        fn allows(self: &RustServer, peer: &PeerIdentity) -> bool;

        #[inherit]
        #[cxx_name = "announceRefused"]
        fn announce_refused(self: Pin<&mut RustServer>, peer: &PeerIdentity, code: RefusalCode);

        #[inherit]
        #[cxx_name = "announceAcceptFailed"]
        fn announce_accept_failed(self: Pin<&mut RustServer>, error: SocketError);
    }
}

/// One handle to the engine, and nothing else.
#[derive(Default)]
pub struct RustServerRust {
    acceptor: Acceptor,
}

impl RustServer {
    fn acceptor(&self) -> &Acceptor {
        &self.rust().acceptor
    }

    fn engine_close(self: Pin<&mut Self>) {
        let acceptor = self.acceptor().clone();
        self.unwatch();
        acceptor.close();
    }

    fn engine_detach(self: Pin<&mut Self>) {
        let acceptor = self.acceptor().clone();
        self.unwatch();
        acceptor.detach();
    }

    fn engine_is_listening(&self) -> bool {
        self.acceptor().listener().is_some()
    }

    fn engine_is_abstract(&self) -> bool {
        let listener = self.acceptor().listener();
        listener.is_some_and(|listener| matches!(listener.address(), Address::Abstract(_)))
    }

    fn engine_descriptor(&self) -> i32 {
        let listener = self.acceptor().listener();
        listener.map_or(-1, |listener| listener.as_fd().as_raw_fd())
    }

    fn engine_name(&self) -> QString {
        QString::from(self.acceptor().name())
    }

    fn engine_full_name(&self) -> QString {
        let listener = self.acceptor().listener();
        listener.map(|listener| convert::full_name(listener.address())).unwrap_or_default()
    }

    fn engine_error(&self) -> SocketError {
        let error = self.acceptor().last_error();
        error.map_or(SocketError::Unknown, |error| error.kind().into())
    }

    fn engine_error_string(&self) -> QString {
        self.acceptor().last_error().map(convert::server_error_string).unwrap_or_default()
    }

    fn engine_describe_error(&self, parts: Pin<&mut ErrorParts>) {
        if let Some(failure) = self.acceptor().failure() {
            convert::describe(&failure, parts);
        }
    }

    fn engine_pending_limit(&self) -> i32 {
        i32::try_from(self.acceptor().limit()).unwrap_or(i32::MAX)
    }

    fn engine_set_pending_limit(&self, limit: i32) {
        // A negative limit accepts none, as with Qt.
        self.acceptor().set_limit(usize::try_from(limit).unwrap_or(0));
    }

    fn engine_resume(&self) {
        self.acceptor().clone().resume();
    }

    fn engine_wait(&self, msecs: i32) -> WaitOutcome {
        match self.acceptor().clone().wait(convert::deadline(msecs)) {
            Ok(()) => WaitOutcome::Connected,
            Err(error) if error.kind() == ErrorKind::TimedOut => WaitOutcome::TimedOut,
            Err(_) => WaitOutcome::Failed,
        }
    }

    fn accept_ready(self: Pin<&mut Self>) {
        self.acceptor().clone().accept_ready();
    }

    fn leave_thread(self: Pin<&mut Self>) {
        self.acceptor().leave_thread();
    }

    fn join_thread(self: Pin<&mut Self>) {
        self.acceptor().join_thread(reactor::current());
    }
}
