// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Calls from an acceptor to its QObject.

use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use qlocal_core::{AcceptorHost, Error, Listener, NameLoss, PeerCredentials, Refusal};

use crate::hooks::ffi::ServerHooks;
use crate::object::server::ffi::RustServer;
use crate::{accepted, convert};

/// The QObject as the acceptor's host.
struct ServerHost(*mut RustServer);

// SAFETY: an acceptor calls its host only from calls made on the object's thread.
unsafe impl Send for ServerHost {}
// SAFETY: as above.
unsafe impl Sync for ServerHost {}

impl ServerHost {
    #[allow(clippy::mut_from_ref, reason = "the server is not borrowed from the host")]
    fn server(&self) -> Pin<&mut RustServer> {
        // SAFETY: the acceptor drops its host in `detach`, which the final class calls in its
        // destructor; until then the object exists, and by Qt's rules stays pinned on the heap.
        unsafe { Pin::new_unchecked(&mut *self.0) }
    }
}

impl AcceptorHost for ServerHost {
    fn deliver(&self, connection: OwnedFd) {
        accepted::deliver(connection.into_raw_fd(), |descriptor| {
            ServerHooks::deliver(self.server(), descriptor);
        });
    }

    fn pending(&self) -> usize {
        usize::try_from(ServerHooks::pending_count(&self.server())).unwrap_or(0)
    }

    fn is_accepting(&self) -> bool {
        ServerHooks::is_accepting(&self.server())
    }

    fn set_accepting(&self, accepting: bool) {
        ServerHooks::set_accepting(self.server(), accepting);
    }

    fn accept_later(&self, after: Duration) {
        let msecs = i32::try_from(after.as_millis()).unwrap_or(i32::MAX);
        ServerHooks::accept_later(self.server(), msecs);
    }

    fn loop_found(&self) {
        let listener = self.server().acceptor().listener();
        if let Some(listener) = listener {
            ServerHooks::watch(self.server(), listener.as_fd().as_raw_fd());
        }
    }

    fn allows(&self, peer: &PeerCredentials) -> bool {
        ServerHooks::allows(&self.server(), &Some(peer.clone()).into())
    }

    fn refused(&self, refusal: Refusal) {
        let reason = convert::name_of(refusal.reason);
        ServerHooks::refused(self.server(), &refusal.peer.into(), &reason);
    }

    fn accept_failed(&self, error: Error) {
        ServerHooks::accept_failed(self.server(), error.kind().into());
    }

    fn listener_replaced(&self, listener: &Arc<Listener>) {
        let is_accepting = ServerHooks::is_accepting(&self.server());
        ServerHooks::unwatch(self.server());
        ServerHooks::watch(self.server(), listener.as_fd().as_raw_fd());
        ServerHooks::set_accepting(self.server(), is_accepting);
    }

    fn listener_gone(&self) {
        ServerHooks::unwatch(self.server());
    }

    fn name_lost(&self, loss: NameLoss) {
        ServerHooks::name_lost(self.server(), &convert::name_of(loss));
    }

    fn name_regained(&self) {
        ServerHooks::name_regained(self.server());
    }

    fn handed_over(&self) {
        ServerHooks::handed_over(self.server());
    }
}

pub(super) fn server_attach(server: Pin<&mut RustServer>) {
    let acceptor = server.acceptor().clone();
    // SAFETY: nothing is moved out of the pinned object.
    let object = unsafe { server.get_unchecked_mut() };
    acceptor.attach(Arc::new(ServerHost(object)));
}
