// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who may connect to a server, how many may, and what it counts.

use qlocal_core::{AllowRule, ConnectionLimits, Counters};

use super::ffi::{Counts, QueueLimits, RustServer, RustSocket};

impl RustServer {
    pub(super) fn engine_allow_listed(&self, users: &[u32], groups: &[u32]) {
        let rule = AllowRule::Listed { users: users.to_vec(), groups: groups.to_vec() };
        self.acceptor().set_rule(rule);
    }

    pub(super) fn engine_allow_everybody(&self) {
        self.acceptor().set_rule(AllowRule::Everybody);
    }

    pub(super) fn engine_allow_asked(&self) {
        self.acceptor().set_rule(AllowRule::Asked);
    }

    pub(super) fn engine_set_connection_limits(&self, total: i32, per_user: i32) {
        let limit = |number: i32| usize::try_from(number).unwrap_or(0);
        let limits = ConnectionLimits { total: limit(total), per_user: limit(per_user) };
        self.acceptor().set_connection_limits(limits);
    }

    pub(super) fn engine_set_queue_limits(&self, limits: QueueLimits) {
        self.acceptor().set_write_limits(limits.into());
    }

    pub(super) fn engine_queue_limits(&self) -> QueueLimits {
        self.acceptor().write_limits().into()
    }

    pub(super) fn engine_admit(&self, socket: &RustSocket) {
        self.acceptor().admit(socket.stream());
    }

    pub(super) fn engine_counters(&self) -> Counts {
        let Counters { accepted, refused, failed, open, received, sent, .. } =
            self.acceptor().counters();
        Counts { accepted, refused, failed, open, received, sent }
    }
}
