// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Who may connect to a server, how many may, and what it counts.

use qlocal_core::{AllowRule, ConnectionLimits, Counters, PeerCredentials, Refusal, WriteLimits};

use super::{LocalServer, Shared};

impl LocalServer {
    /// Sets who may connect: [`AllowRule::SAME_USER`] unless this is called.
    ///
    /// Others are disconnected, and nothing but [`on_refused`](Self::on_refused) hears of them. The
    /// mode of the socket file is a bound of its own, which the kernel looks at.
    ///
    /// ```no_run
    /// use qlocal::{AllowRule, LocalServer};
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let server = LocalServer::listen("/run/printer")?;
    /// server.allow(AllowRule::Listed { users: vec![], groups: vec![7] });
    /// # Ok(())
    /// # }
    /// ```
    pub fn allow(&self, rule: AllowRule) {
        self.shared.listening.acceptor.set_rule(rule);
    }

    /// Lets in the peers for which `decide` is true, and no others.
    ///
    /// Decide by user and groups, never by a process id, which may be another process's by now.
    pub fn allow_if(&self, decide: impl FnMut(&PeerCredentials) -> bool + 'static) {
        self.shared.decide.set(Box::new(decide));
        self.allow(AllowRule::Asked);
    }

    /// Sets how many connections there may be at once, in all and from one user; no limit by
    /// default. More are disconnected as peers that are not allowed are.
    pub fn set_connection_limits(&self, limits: ConnectionLimits) {
        self.shared.listening.acceptor.set_connection_limits(limits);
    }

    /// Sets what [`LocalStream::set_write_limits`](crate::LocalStream::set_write_limits) does for
    /// each stream that is accepted from now on.
    pub fn set_write_limits(&self, limits: WriteLimits) {
        self.shared.listening.acceptor.set_write_limits(limits);
    }

    /// Sets what [`LocalStream::set_read_limit`](crate::LocalStream::set_read_limit) does for each
    /// stream that is accepted from now on; it is as large without.
    pub fn set_read_limit(&self, limit: usize) {
        self.shared.read_limit.set(limit);
    }

    /// Calls `handler` for each peer that was not let in, after it was disconnected.
    pub fn on_refused(&self, handler: impl FnMut(Refusal) + 'static) {
        self.shared.refused.set(Box::new(handler));
    }

    /// What has happened so far.
    pub fn counters(&self) -> Counters {
        self.shared.listening.acceptor.counters()
    }
}

impl Shared {
    /// No peer is admitted while the function runs: it is not called from within itself.
    pub(super) fn allows(&self, peer: &PeerCredentials) -> bool {
        let Some(mut decide) = self.decide.take() else { return false };
        let allows = decide(peer);
        if !self.has_ended() {
            self.decide.put_back(decide);
        }
        allows
    }

    pub(super) fn refuse(&self, refusal: Refusal) {
        let Some(mut handler) = self.refused.take() else { return };
        handler(refusal);
        if !self.has_ended() {
            self.refused.put_back(handler);
        }
    }
}
