// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `QLocalServer` calls: a QObject whose connections come from an
//! [`Acceptor`](qlocal_core::Acceptor).
//!
//! Calls are free functions, like those of sockets.

mod admission;
mod host;
mod listening;
mod naming;

use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;

use cxx_qt_lib::QString;
use qlocal_core::{Address, ErrorKind};

use crate::hooks::ffi::ServerHooks;
use crate::limits::{admitted_limit, server_limit, set_admitted_limit, set_server_limit};
use crate::object::server::ffi::RustServer;
use crate::types::ffi::{ErrorParts, SocketError, WaitOutcome};
use crate::{accepted, convert, reactor};
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
        type SocketError = crate::types::ffi::SocketError;
        type WaitOutcome = crate::types::ffi::WaitOutcome;

        include!("qlocal/src/enums.cxx.h");
        type ServerLimit = crate::enums::ffi::ServerLimit;
        type SocketLimit = crate::enums::ffi::SocketLimit;
    }

    extern "Rust" {
        /// Removes the socket file of this name; true if the name no longer exists.
        #[cxx_name = "removeServer"]
        fn remove_server(name: &QString, place: Place, folder: &QString) -> bool;

        /// The names of the descriptors received by socket activation.
        #[cxx_name = "activationNames"]
        fn activation_names() -> QStringList;

        /// Makes the object the host of its listener. Called in the constructor of the final class.
        #[cxx_name = "attach"]
        fn server_attach(server: Pin<&mut RustServer>);

        /// Listens on this name, which is looked up in this place. A name in [`Place::Files`] that
        /// is not a path is a file in `folder`. `access` are the permission bits of a file; 0
        /// leaves them to the umask.
        #[cxx_name = "listen"]
        fn server_listen(
            server: Pin<&mut RustServer>,
            name: &QString,
            access: u32,
            place: Place,
            folder: &QString,
            backlog: i32,
        ) -> bool;

        /// Listens on an unguessable name in the user's private folder.
        #[cxx_name = "listenOnRandomName"]
        fn server_listen_on_random_name(server: Pin<&mut RustServer>, backlog: i32) -> bool;

        /// Takes over a bound descriptor; an unbound one is left alone.
        #[cxx_name = "listen"]
        fn server_listen_on_descriptor(
            server: Pin<&mut RustServer>,
            descriptor: i32,
            backlog: i32,
        ) -> bool;

        /// Takes over the descriptor with this name, or the first one, received by socket
        /// activation.
        #[cxx_name = "listenActivated"]
        fn server_listen_activated(server: Pin<&mut RustServer>, name: &QString) -> bool;

        #[cxx_name = "close"]
        fn server_close(server: Pin<&mut RustServer>);

        /// No handler is called after this has returned. Called in the destructor of the final
        /// class, while the object is still complete.
        #[cxx_name = "detach"]
        fn server_detach(server: Pin<&mut RustServer>);

        #[cxx_name = "isListening"]
        fn server_is_listening(server: &RustServer) -> bool;

        #[cxx_name = "isAbstract"]
        fn server_is_abstract(server: &RustServer) -> bool;

        #[cxx_name = "socketDescriptor"]
        fn server_descriptor(server: &RustServer) -> i32;

        #[cxx_name = "serverName"]
        fn server_name(server: &RustServer) -> QString;

        #[cxx_name = "fullServerName"]
        fn server_full_name(server: &RustServer) -> QString;

        #[cxx_name = "serverError"]
        fn server_error(server: &RustServer) -> SocketError;

        #[cxx_name = "errorString"]
        fn server_error_string(server: &RustServer) -> QString;

        #[cxx_name = "lastError"]
        fn server_last_error(server: &RustServer) -> ErrorParts;

        #[cxx_name = "maxPendingConnections"]
        fn server_pending_limit(server: &RustServer) -> i32;

        #[cxx_name = "setMaxPendingConnections"]
        fn server_set_pending_limit(server: &RustServer, limit: i32);

        #[cxx_name = "resume"]
        fn server_resume(server: &RustServer);

        #[cxx_name = "waitForNewConnection"]
        fn server_wait(server: &RustServer, msecs: i32) -> WaitOutcome;

        /// Admits the server's own user, and those listed.
        #[cxx_name = "allowListed"]
        fn server_allow_listed(server: &RustServer, users: &[u32], groups: &[u32]);

        #[cxx_name = "allowAnyUser"]
        fn server_allow_any_user(server: &RustServer);

        /// Admits the peers that `allows` accepts.
        #[cxx_name = "allowAsked"]
        fn server_allow_asked(server: &RustServer);

        #[cxx_name = "limit"]
        fn server_limit(server: &RustServer, limit: ServerLimit) -> i64;

        #[cxx_name = "setLimit"]
        fn set_server_limit(server: &RustServer, limit: ServerLimit, value: i64);

        #[cxx_name = "limit"]
        fn admitted_limit(server: &RustServer, limit: SocketLimit) -> i64;

        #[cxx_name = "setLimit"]
        fn set_admitted_limit(server: &RustServer, limit: SocketLimit, value: i64);

        /// Applies the limits to a socket that has taken over a delivered connection, and counts
        /// it.
        #[cxx_name = "admit"]
        fn server_admit(server: &RustServer, socket: &RustSocket);

        #[cxx_name = "counters"]
        fn server_counters(server: &RustServer) -> Counts;

        /// Nothing but `incomingConnection()` has seen this connection, and a socket takes it over next.
        #[cxx_name = "vouchFor"]
        fn server_vouch_for(descriptor: i32);

        /// Connections have arrived.
        #[cxx_name = "acceptReady"]
        fn server_accept_ready(server: &RustServer);

        /// The object is about to move to another thread; called on the old one.
        #[cxx_name = "leaveThread"]
        fn server_leave_thread(server: &RustServer);

        /// The object has moved; called on the new thread.
        #[cxx_name = "joinThread"]
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

fn server_last_error(server: &RustServer) -> ErrorParts {
    convert::describe(server.acceptor().failure())
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

fn server_vouch_for(descriptor: i32) {
    accepted::vouch_for(descriptor);
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
