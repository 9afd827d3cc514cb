// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `QLocalServer` calls: a QObject whose connections come from an
//! [`Acceptor`](qlocal_core::Acceptor).
//!
//! Calls are free functions, like those of sockets.

mod admission;
mod host;
mod listening;

use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;

use cxx_qt_lib::QString;
use qlocal_core::{Address, ErrorKind};

use crate::hooks::ffi::ServerHooks;
use crate::object::server::ffi::RustServer;
use crate::types::ffi::{ErrorParts, SocketError, WaitOutcome};
use crate::{convert, reactor};
use admission::*;
use host::server_attach;
use listening::*;

#[cxx::bridge(namespace = "_QLocal")]
mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qstringlist.h");
        type QStringList = cxx_qt_lib::QStringList;
    }

    unsafe extern "C++" {
        include!("qlocal/server_hooks.h");
        #[cxx_name = "_RustServer"]
        type RustServer = crate::object::server::ffi::RustServer;
        #[cxx_name = "_RustSocket"]
        type RustSocket = crate::object::socket::ffi::RustSocket;

        include!("qlocal/src/types.cxx.h");
        type Counts = crate::types::ffi::Counts;
        type ErrorParts = crate::types::ffi::ErrorParts;
        type Place = crate::types::ffi::Place;
        type QueueLimits = crate::types::ffi::QueueLimits;
        type SocketError = crate::types::ffi::SocketError;
        type WaitOutcome = crate::types::ffi::WaitOutcome;
    }

    extern "Rust" {
        /// Removes the socket file of this name; true if the name no longer exists.
        #[cxx_name = "removeServer"]
        fn remove_server(name: &QString, place: Place, folder: &QString) -> bool;

        /// The names of the descriptors received by socket activation.
        #[cxx_name = "activationNames"]
        fn activation_names() -> QStringList;

        /// Makes the object the host of its listener. Called in the constructor of the final class.
        #[cxx_name = "serverAttach"]
        fn server_attach(server: Pin<&mut RustServer>);

        /// Listens on this name, which is looked up in this place. A name in [`Place::Files`] that
        /// is not a path is a file in `folder`. `options` are those of [`ServerOption`].
        #[cxx_name = "serverListen"]
        fn server_listen(
            server: Pin<&mut RustServer>,
            name: &QString,
            options: u32,
            place: Place,
            folder: &QString,
            backlog: i32,
        ) -> bool;

        /// Listens on an unguessable name in the user's private folder.
        #[cxx_name = "serverListenOnRandomName"]
        fn server_listen_on_random_name(server: Pin<&mut RustServer>, backlog: i32) -> bool;

        /// Takes over a bound descriptor; an unbound one is left alone.
        #[cxx_name = "serverListenOnDescriptor"]
        fn server_listen_on_descriptor(
            server: Pin<&mut RustServer>,
            descriptor: i32,
            backlog: i32,
        ) -> bool;

        /// Takes over the descriptor with this name, or the first one, received by socket
        /// activation.
        #[cxx_name = "serverListenActivated"]
        fn server_listen_activated(server: Pin<&mut RustServer>, name: &QString) -> bool;

        #[cxx_name = "serverClose"]
        fn server_close(server: Pin<&mut RustServer>);

        /// No handler is called after this has returned. Called in the destructor of the final
        /// class, while the object is still complete.
        #[cxx_name = "serverDetach"]
        fn server_detach(server: Pin<&mut RustServer>);

        #[cxx_name = "serverIsListening"]
        fn server_is_listening(server: &RustServer) -> bool;

        #[cxx_name = "serverIsAbstract"]
        fn server_is_abstract(server: &RustServer) -> bool;

        #[cxx_name = "serverDescriptor"]
        fn server_descriptor(server: &RustServer) -> i32;

        #[cxx_name = "serverName"]
        fn server_name(server: &RustServer) -> QString;

        #[cxx_name = "serverFullName"]
        fn server_full_name(server: &RustServer) -> QString;

        #[cxx_name = "serverError"]
        fn server_error(server: &RustServer) -> SocketError;

        #[cxx_name = "serverErrorString"]
        fn server_error_string(server: &RustServer) -> QString;

        /// Fills in the details of the last error, if any.
        #[cxx_name = "serverDescribeError"]
        fn server_describe_error(server: &RustServer, parts: Pin<&mut ErrorParts>);

        #[cxx_name = "serverPendingLimit"]
        fn server_pending_limit(server: &RustServer) -> i32;

        #[cxx_name = "serverSetPendingLimit"]
        fn server_set_pending_limit(server: &RustServer, limit: i32);

        #[cxx_name = "serverResume"]
        fn server_resume(server: &RustServer);

        #[cxx_name = "serverWait"]
        fn server_wait(server: &RustServer, msecs: i32) -> WaitOutcome;

        /// Admits the server's own user, and those listed.
        #[cxx_name = "serverAllowListed"]
        fn server_allow_listed(server: &RustServer, users: &[u32], groups: &[u32]);

        #[cxx_name = "serverAllowAnyUser"]
        fn server_allow_any_user(server: &RustServer);

        /// Admits the peers that `allows` accepts.
        #[cxx_name = "serverAllowAsked"]
        fn server_allow_asked(server: &RustServer);

        /// The maximum number of concurrent connections; 0 means no limit.
        #[cxx_name = "serverSetConnectionLimits"]
        fn server_set_connection_limits(server: &RustServer, total: i32, per_user: i32);

        /// The limits of sockets that are admitted.
        #[cxx_name = "serverSetQueueLimits"]
        fn server_set_queue_limits(server: &RustServer, limits: QueueLimits);

        #[cxx_name = "serverQueueLimits"]
        fn server_queue_limits(server: &RustServer) -> QueueLimits;

        /// Applies the limits to a socket that has taken over a delivered connection, and counts
        /// it.
        #[cxx_name = "serverAdmit"]
        fn server_admit(server: &RustServer, socket: &RustSocket);

        #[cxx_name = "serverCounters"]
        fn server_counters(server: &RustServer) -> Counts;

        /// Connections have arrived.
        #[cxx_name = "serverAcceptReady"]
        fn server_accept_ready(server: &RustServer);

        /// The object is about to move to another thread; called on the old one.
        #[cxx_name = "serverLeaveThread"]
        fn server_leave_thread(server: &RustServer);

        /// The object has moved; called on the new thread.
        #[cxx_name = "serverJoinThread"]
        fn server_join_thread(server: &RustServer);
    }
}

fn server_close(server: Pin<&mut RustServer>) {
    let acceptor = server.acceptor().clone();
    ServerHooks::unwatch(server);
    acceptor.close();
}

fn server_detach(server: Pin<&mut RustServer>) {
    let acceptor = server.acceptor().clone();
    ServerHooks::unwatch(server);
    acceptor.detach();
}

fn server_is_listening(server: &RustServer) -> bool {
    server.acceptor().listener().is_some()
}

fn server_is_abstract(server: &RustServer) -> bool {
    let listener = server.acceptor().listener();
    listener.is_some_and(|listener| matches!(listener.address(), Address::Abstract(_)))
}

fn server_descriptor(server: &RustServer) -> i32 {
    let listener = server.acceptor().listener();
    listener.map_or(-1, |listener| listener.as_fd().as_raw_fd())
}

fn server_name(server: &RustServer) -> QString {
    QString::from(server.acceptor().name())
}

fn server_full_name(server: &RustServer) -> QString {
    let listener = server.acceptor().listener();
    listener.map(|listener| convert::full_name(listener.address())).unwrap_or_default()
}

fn server_error(server: &RustServer) -> SocketError {
    let error = server.acceptor().last_error();
    error.map_or(SocketError::Unknown, |error| error.kind().into())
}

fn server_error_string(server: &RustServer) -> QString {
    server.acceptor().last_error().map(convert::server_error_string).unwrap_or_default()
}

fn server_describe_error(server: &RustServer, parts: Pin<&mut ErrorParts>) {
    if let Some(failure) = server.acceptor().failure() {
        convert::describe(&failure, parts);
    }
}

fn server_pending_limit(server: &RustServer) -> i32 {
    i32::try_from(server.acceptor().limit()).unwrap_or(i32::MAX)
}

fn server_set_pending_limit(server: &RustServer, limit: i32) {
    // A negative limit accepts none, as with Qt.
    server.acceptor().set_limit(usize::try_from(limit).unwrap_or(0));
}

fn server_resume(server: &RustServer) {
    server.acceptor().clone().resume();
}

fn server_wait(server: &RustServer, msecs: i32) -> WaitOutcome {
    match server.acceptor().clone().wait(convert::deadline(msecs)) {
        Ok(()) => WaitOutcome::Connected,
        Err(error) if error.kind() == ErrorKind::TimedOut => WaitOutcome::TimedOut,
        Err(_) => WaitOutcome::Failed,
    }
}

fn server_accept_ready(server: &RustServer) {
    server.acceptor().clone().accept_ready();
}

fn server_leave_thread(server: &RustServer) {
    server.acceptor().leave_thread();
}

fn server_join_thread(server: &RustServer) {
    server.acceptor().join_thread(reactor::current());
}
