// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Rules for peers, and counters of a server.

use qlocal_core::{AllowRule, Counters};

use crate::object::server::ffi::RustServer;
use crate::object::socket::ffi::RustSocket;
use crate::types::ffi::Counts;

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

pub(super) fn server_admit(server: &RustServer, socket: &RustSocket) {
    server.acceptor().admit(socket.stream());
}

pub(super) fn server_counters(server: &RustServer) -> Counts {
    let Counters { accepted, refused, failed, open, received, sent, .. } =
        server.acceptor().counters();
    Counts { accepted, refused, failed, open, received, sent }
}
