// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The parts of a stream against naive models of them.

mod inbox;
mod link;
mod outbox;

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use qlocal_sys::owned::OwnedSocket;

/// A socket as a link owns it, and its non-blocking peer.
fn pair() -> (OwnedSocket, UnixStream) {
    let (socket, peer) = UnixStream::pair().unwrap();
    peer.set_nonblocking(true).unwrap();
    (OwnedSocket::new(OwnedFd::from(socket)), peer)
}
