// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Rules for peers, limits and counters of a server.

use qlocal_core::{AllowRule, ConnectionLimits, Counters};

use crate::object::server::ffi::RustServer;
use crate::object::socket::ffi::RustSocket;
use crate::types::ffi::{Counts, QueueLimits};

pub(super) fn server_allow_listed(server: &RustServer, users: &[u32], groups: &[u32]) {
    let rule = AllowRule::Listed { users: users.to_vec(), groups: groups.to_vec() };
    server.acceptor().set_rule(rule);
}

pub(super) fn server_allow_any_user(server: &RustServer) {
    server.acceptor().set_rule(AllowRule::AnyUser);
}

pub(super) fn server_allow_asked(server: &RustServer) {
    server.acceptor().set_rule(AllowRule::Asked);
}

pub(super) fn server_set_connection_limits(server: &RustServer, total: i32, per_user: i32) {
    let limit = |number: i32| usize::try_from(number).unwrap_or(0);
    let limits = ConnectionLimits { total: limit(total), per_user: limit(per_user) };
    server.acceptor().set_connection_limits(limits);
}

pub(super) fn server_set_queue_limits(server: &RustServer, limits: QueueLimits) {
    server.acceptor().set_write_limits(limits.into());
}

pub(super) fn server_queue_limits(server: &RustServer) -> QueueLimits {
    server.acceptor().write_limits().into()
}

pub(super) fn server_admit(server: &RustServer, socket: &RustSocket) {
    server.acceptor().admit(socket.stream());
}

pub(super) fn server_counters(server: &RustServer) -> Counts {
    let Counters { accepted, refused, failed, open, received, sent, .. } =
        server.acceptor().counters();
    Counts { accepted, refused, failed, open, received, sent }
}
