// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `qlocal::Socket` calls to keep its connection. A bridge of its own, so that a program that does not
//! use it does not contain it.

use std::pin::Pin;
use std::time::Duration;

use qlocal_core::{Reconnect, Unsent};

use super::host::keep_connected;
use crate::object::socket::ffi::RustSocket;
use ffi::ReconnectParts;

#[cxx::bridge(namespace = "_QLocal")]
mod ffi {
    /// The fields of `qlocal::ReconnectPolicy`, with times in milliseconds.
    struct ReconnectParts {
        initial: i64,
        max: i64,
        jitter: i32,
        attempts: i32,
        keeps_unsent: bool,
    }

    unsafe extern "C++" {
        include!("qlocal/socket_hooks.h");
        #[cxx_name = "_RustSocket"]
        type RustSocket = crate::object::socket::ffi::RustSocket;
    }

    extern "Rust" {
        /// Keeps the connection from now on.
        #[cxx_name = "keepConnected"]
        fn socket_keep_connected(socket: Pin<&mut RustSocket>, policy: &ReconnectParts);

        /// Keeps it no longer.
        #[cxx_name = "letGo"]
        fn socket_let_go(socket: &RustSocket);

        #[cxx_name = "isKept"]
        fn socket_is_kept(socket: &RustSocket) -> bool;

        #[cxx_name = "reconnectParts"]
        fn socket_reconnect_parts(socket: &RustSocket) -> ReconnectParts;

        #[cxx_name = "isReconnecting"]
        fn socket_is_reconnecting(socket: &RustSocket) -> bool;

        /// The server name stays when the connection has ended.
        #[cxx_name = "keepName"]
        fn socket_keep_name(socket: &RustSocket);
    }
}

fn socket_keep_connected(socket: Pin<&mut RustSocket>, policy: &ReconnectParts) {
    // A negative value counts as 0.
    let millis = |millis: i64| Duration::from_millis(millis.max(0).unsigned_abs());
    let policy = Reconnect {
        initial: millis(policy.initial),
        max: millis(policy.max),
        jitter: policy.jitter.clamp(0, 100) as u8,
        attempts: policy.attempts.max(0).unsigned_abs(),
        unsent: if policy.keeps_unsent { Unsent::Keep } else { Unsent::Drop },
    };
    keep_connected(socket, policy);
}

fn socket_let_go(socket: &RustSocket) {
    socket.stream().let_go();
}

fn socket_is_kept(socket: &RustSocket) -> bool {
    socket.stream().reconnect_policy().is_some()
}

fn socket_reconnect_parts(socket: &RustSocket) -> ReconnectParts {
    let policy = socket.stream().reconnect_policy().unwrap_or_default();
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    ReconnectParts {
        initial: millis(policy.initial),
        max: millis(policy.max),
        jitter: policy.jitter.into(),
        attempts: i32::try_from(policy.attempts).unwrap_or(i32::MAX),
        keeps_unsent: policy.unsent == Unsent::Keep,
    }
}

fn socket_is_reconnecting(socket: &RustSocket) -> bool {
    socket.stream().is_reconnecting()
}

fn socket_keep_name(socket: &RustSocket) {
    socket.stream().keep_name(true);
}
