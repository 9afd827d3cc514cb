// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The server as a QObject: its connections come from an [`Acceptor`].
//!
//! `QLocalServer` derives from it and adds the names and types of Qt.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use cxx_qt::CxxQtType;
use cxx_qt_lib::QString;
use qlocal_core::{Acceptor, AcceptorHost, Address, Error, ErrorKind, Listener, Result};

use crate::{convert, reactor};

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
    }

    unsafe extern "C++" {
        include!("qlocal/server_base.h");
        type ServerBase;
        type SocketError = crate::socket::ffi::SocketError;
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

    extern "Rust" {
        /// Removes the socket file of this name; true when nothing has the name any more.
        #[cxx_name = "removeServer"]
        fn remove_server(name: &QString, folder: &QString) -> bool;
    }

    // What the drop-in class calls.
    unsafe extern "RustQt" {
        #[qobject]
        #[base = ServerBase]
        type RustServer = super::RustServerRust;

        /// Makes the object the host of its listener. The final class calls it in its constructor.
        #[cxx_name = "engineAttach"]
        fn engine_attach(self: Pin<&mut Self>);

        /// Listens under this name, which is a file in `folder` unless it is abstract or a path.
        /// `options` are those of [`ServerOption`].
        #[cxx_name = "engineListen"]
        fn engine_listen(
            self: Pin<&mut Self>,
            name: &QString,
            options: u32,
            folder: &QString,
            backlog: i32,
        ) -> bool;

        /// Takes over a descriptor that is bound already; one that is not is left alone.
        #[cxx_name = "engineListenOnDescriptor"]
        fn engine_listen_on_descriptor(self: Pin<&mut Self>, descriptor: i32, backlog: i32)
            -> bool;

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

        #[cxx_name = "enginePendingLimit"]
        fn engine_pending_limit(&self) -> i32;

        #[cxx_name = "engineSetPendingLimit"]
        fn engine_set_pending_limit(&self, limit: i32);

        #[cxx_name = "engineResume"]
        fn engine_resume(&self);

        #[cxx_name = "engineWait"]
        fn engine_wait(&self, msecs: i32) -> WaitOutcome;

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
    }
}

use ffi::{RustServer, ServerOption, SocketError, WaitOutcome};

/// One handle to the engine, and nothing else.
#[derive(Default)]
pub struct RustServerRust {
    acceptor: Acceptor,
}

/// The QObject as the acceptor's host.
struct ServerHost(*mut RustServer);

// SAFETY: an acceptor calls its host only from calls that were made on the object's thread.
unsafe impl Send for ServerHost {}
// SAFETY: as above.
unsafe impl Sync for ServerHost {}

impl ServerHost {
    #[expect(clippy::mut_from_ref, reason = "the server is not borrowed from the host")]
    fn server(&self) -> Pin<&mut RustServer> {
        // SAFETY: the acceptor lets go of its host in `detach`, which the final class calls in its
        // destructor; until then the object is there, and it is pinned on the heap by Qt's rules.
        unsafe { Pin::new_unchecked(&mut *self.0) }
    }
}

impl AcceptorHost for ServerHost {
    fn deliver(&self, connection: OwnedFd) {
        self.server().deliver(connection.into_raw_fd());
    }

    fn pending(&self) -> usize {
        usize::try_from(self.server().pending_count()).unwrap_or(0)
    }

    fn is_accepting(&self) -> bool {
        self.server().is_accepting()
    }

    fn set_accepting(&self, accepting: bool) {
        self.server().set_accepting(accepting);
    }

    fn accept_later(&self, after: Duration) {
        self.server().accept_later(i32::try_from(after.as_millis()).unwrap_or(i32::MAX));
    }
}

impl RustServer {
    fn acceptor(&self) -> &Acceptor {
        &self.rust().acceptor
    }

    fn engine_attach(self: Pin<&mut Self>) {
        let acceptor = self.acceptor().clone();
        // SAFETY: the pointer is kept, nothing is moved out of it.
        let object = unsafe { self.get_unchecked_mut() };
        acceptor.attach(Arc::new(ServerHost(object)));
    }

    fn engine_listen(
        self: Pin<&mut Self>,
        name: &QString,
        options: u32,
        folder: &QString,
        backlog: i32,
    ) -> bool {
        let is_abstract = options & ServerOption::AbstractNamespace.repr != 0;
        let listener = convert::address(name, is_abstract, folder)
            .and_then(|address| Listener::bind(address, convert::file_mode(options), backlog));
        self.start(name.to_string(), listener)
    }

    fn engine_listen_on_descriptor(self: Pin<&mut Self>, descriptor: i32, backlog: i32) -> bool {
        if descriptor < 0 {
            return false;
        }
        // SAFETY: it is only asked what it is. A number that is no descriptor is neither.
        let given = unsafe { BorrowedFd::borrow_raw(descriptor) };
        if Listener::is_unbound(given) {
            // As with Qt: nothing is wrong, and nobody can connect.
            return true;
        }
        if !Listener::can_adopt(given) {
            // It stays the caller's.
            let refusal = Error::new(ErrorKind::Unsupported, "getsockopt");
            return self.start(String::new(), Err(refusal));
        }
        // SAFETY: the caller gives the descriptor away, as QLocalServer::listen() says.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        let listener = Listener::adopt(descriptor, backlog);
        let name = listener.as_ref().map(|listener| convert::short_name(listener.address()));
        let name = name.unwrap_or_default().to_string();
        self.start(name, listener)
    }

    fn start(self: Pin<&mut Self>, name: String, listener: Result<Listener>) -> bool {
        let listener = self.acceptor().listen(name, listener);
        if let Ok(listener) = &listener {
            self.acceptor().join_thread(reactor::current());
            self.watch(listener.as_fd().as_raw_fd());
        }
        listener.is_ok()
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

fn remove_server(name: &QString, folder: &QString) -> bool {
    match convert::address(name, false, folder) {
        Ok(address) => qlocal_core::remove_server(&address),
        // No server can have a name that is too long; an empty one says that something is wrong.
        Err(error) => error.kind() == ErrorKind::NameTooLong,
    }
}
