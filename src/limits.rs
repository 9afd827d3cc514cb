// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The limits of sockets and servers, which C++ reads and sets by name.
//!
//! A new one is a field of the engine's limits, a name and its place here, and an accessor with a
//! property in the C++ class.

use qlocal_core::{ConnectionLimits, SlowPeer, WriteLimits};

use crate::convert::{number, size};
use crate::object::server::ffi::RustServer;
use crate::object::socket::ffi::RustSocket;
use ffi::Limit;

#[cxx::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    /// The name of a limit. Inline functions of the classes contain the values, so new ones go to
    /// the end.
    #[repr(u32)]
    enum Limit {
        QueuedBytes,
        /// Whether a write beyond that ends the connection; otherwise what fits is accepted.
        SlowPeer,
        HighWater,
        LowWater,
        MessageSize,
        Descriptors,
        Connections,
        ConnectionsPerUser,
    }
}

/// The default maximum of received, unread bytes: 64 MiB. A peer that sends more has to wait, so it
/// can't fill the memory of a program that doesn't read.
///
/// A program that waits for a larger message to be complete before it reads has to set a higher
/// limit.
pub const DEFAULT_READ_LIMIT: usize = 64 << 20;

/// A limit of a socket; 0 stands for none or the default.
pub fn socket_limit(socket: &RustSocket, limit: Limit) -> i64 {
    let stream = socket.stream();
    match limit {
        Limit::MessageSize => number(stream.message_limit()),
        Limit::Descriptors => number(stream.descriptor_limit()),
        _ => queue_limit(stream.write_limits(), limit),
    }
}

/// Sets it; a negative value counts as 0.
pub fn set_socket_limit(socket: &RustSocket, limit: Limit, value: i64) {
    let stream = socket.stream();
    match limit {
        Limit::MessageSize => stream.set_message_limit(size(value)),
        Limit::Descriptors => stream.set_descriptor_limit(size(value)),
        _ => stream.set_write_limits(with_limit(stream.write_limits(), limit, value)),
    }
}

/// A limit of a server, or of the sockets that it admits.
pub fn server_limit(server: &RustServer, limit: Limit) -> i64 {
    let acceptor = server.acceptor();
    match limit {
        Limit::Connections => number(acceptor.connection_limits().total),
        Limit::ConnectionsPerUser => number(acceptor.connection_limits().per_user),
        _ => queue_limit(acceptor.write_limits(), limit),
    }
}

/// Sets it; a negative value counts as 0.
pub fn set_server_limit(server: &RustServer, limit: Limit, value: i64) {
    let acceptor = server.acceptor();
    let limits = acceptor.connection_limits();
    match limit {
        Limit::Connections => {
            acceptor.set_connection_limits(ConnectionLimits { total: size(value), ..limits });
        }
        Limit::ConnectionsPerUser => {
            acceptor.set_connection_limits(ConnectionLimits { per_user: size(value), ..limits });
        }
        _ => acceptor.set_write_limits(with_limit(acceptor.write_limits(), limit, value)),
    }
}

fn queue_limit(limits: WriteLimits, limit: Limit) -> i64 {
    match limit {
        Limit::QueuedBytes => number(limits.max_size),
        Limit::SlowPeer => (limits.slow_peer == SlowPeer::Disconnect).into(),
        Limit::HighWater => number(limits.high),
        Limit::LowWater => number(limits.low),
        _ => 0,
    }
}

fn with_limit(mut limits: WriteLimits, limit: Limit, value: i64) -> WriteLimits {
    match limit {
        Limit::QueuedBytes => limits.max_size = size(value),
        Limit::SlowPeer if value == 0 => limits.slow_peer = SlowPeer::Refuse,
        Limit::SlowPeer => limits.slow_peer = SlowPeer::Disconnect,
        Limit::HighWater => limits.high = size(value),
        Limit::LowWater => limits.low = size(value),
        _ => {}
    }
    limits
}
