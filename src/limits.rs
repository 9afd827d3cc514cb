// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The limits of sockets and servers, which C++ reads and sets by name.
//!
//! A new one is a field of the engine's limits, a name in [`enums`](crate::enums) with its place
//! here, and an accessor with a property in the C++ class.

use qlocal_core::{ConnectionLimits, Limits};

use crate::convert::{number, size};
use crate::enums::ffi::{ServerLimit, SlowPeer, SocketLimit};
use crate::object::server::ffi::RustServer;
use crate::object::socket::ffi::RustSocket;

/// The default maximum of received, unread bytes: 64 MiB. A peer that sends more has to wait, so it
/// can't fill the memory of a program that doesn't read.
///
/// A program that waits for a larger message to be complete before it reads has to set a higher
/// limit.
pub const DEFAULT_READ_LIMIT: usize = 64 << 20;

/// A limit of a socket; 0 stands for none or the default.
pub fn socket_limit(socket: &RustSocket, limit: SocketLimit) -> i64 {
    get(socket.stream().limits(), limit)
}

/// Sets it; a negative value counts as 0.
pub fn set_socket_limit(socket: &RustSocket, limit: SocketLimit, value: i64) {
    let stream = socket.stream();
    stream.set_limits(with(stream.limits(), limit, value));
}

/// A limit of the sockets that a server admits.
pub fn admitted_limit(server: &RustServer, limit: SocketLimit) -> i64 {
    get(server.acceptor().stream_limits(), limit)
}

/// Sets it; a negative value counts as 0.
pub fn set_admitted_limit(server: &RustServer, limit: SocketLimit, value: i64) {
    let acceptor = server.acceptor();
    acceptor.set_stream_limits(with(acceptor.stream_limits(), limit, value));
}

/// A limit of a server; 0 means none.
pub fn server_limit(server: &RustServer, limit: ServerLimit) -> i64 {
    server_place(&mut server.acceptor().connection_limits(), limit).map_or(0, |it| number(*it))
}

/// Sets it; a negative value counts as 0.
pub fn set_server_limit(server: &RustServer, limit: ServerLimit, value: i64) {
    let mut limits = server.acceptor().connection_limits();
    if let Some(place) = server_place(&mut limits, limit) {
        *place = size(value);
    }
    server.acceptor().set_connection_limits(limits);
}

/// Where a limit is. A number from C++ that is not in the enum has no place.
fn socket_place(limits: &mut Limits, limit: SocketLimit) -> Option<&mut usize> {
    match limit {
        SocketLimit::QueuedBytes => Some(&mut limits.max_queued),
        SocketLimit::HighWater => Some(&mut limits.high_water),
        SocketLimit::LowWater => Some(&mut limits.low_water),
        SocketLimit::MessageSize => Some(&mut limits.max_message_size),
        SocketLimit::Descriptors => Some(&mut limits.max_descriptors),
        _ => None,
    }
}

fn server_place(limits: &mut ConnectionLimits, limit: ServerLimit) -> Option<&mut usize> {
    match limit {
        ServerLimit::Connections => Some(&mut limits.total),
        ServerLimit::ConnectionsPerUser => Some(&mut limits.per_user),
        ServerLimit::ConnectionsPerProcess => Some(&mut limits.per_process),
        _ => None,
    }
}

fn get(mut limits: Limits, limit: SocketLimit) -> i64 {
    match limit {
        SocketLimit::SlowPeer => SlowPeer::from(limits.slow_peer).repr.into(),
        _ => socket_place(&mut limits, limit).map_or(0, |place| number(*place)),
    }
}

fn with(mut limits: Limits, limit: SocketLimit, value: i64) -> Limits {
    if limit == SocketLimit::SlowPeer {
        limits.slow_peer = match value == SlowPeer::Disconnect.repr.into() {
            true => qlocal_core::SlowPeer::Disconnect,
            false => qlocal_core::SlowPeer::Refuse,
        };
    } else if let Some(place) = socket_place(&mut limits, limit) {
        *place = size(value);
    }
    limits
}

impl From<qlocal_core::SlowPeer> for SlowPeer {
    fn from(slow_peer: qlocal_core::SlowPeer) -> Self {
        match slow_peer {
            qlocal_core::SlowPeer::Refuse => Self::Refuse,
            qlocal_core::SlowPeer::Disconnect => Self::Disconnect,
        }
    }
}
