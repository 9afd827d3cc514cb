// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Rules for peers, limits and counters of a server.

use qlocal_core::{
    AllowRule, ConnectionLimits, Counters, Framing, Limits, PeerCredentials, Refusal,
};

use super::listening::Shared;
use super::LocalServer;

impl LocalServer {
    /// Sets which peers may connect: [`AllowRule::SAME_USER`] unless this is called.
    ///
    /// Others are disconnected, and reported only to [`on_refused`](Self::on_refused). The kernel
    /// also checks the mode of the socket file.
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

    /// Admits only the peers for which `decide` returns true.
    ///
    /// Decide by user and groups, never by process id, which may have been reused.
    pub fn allow_if(&self, decide: impl FnMut(&PeerCredentials) -> bool + 'static) {
        self.shared.decide.set(Box::new(decide));
        self.allow(AllowRule::Asked);
    }

    /// Sets the maximum number of concurrent connections, in total, per user and per process; no
    /// limit by default. Further ones are disconnected like peers that are not allowed.
    pub fn set_connection_limits(&self, limits: ConnectionLimits) {
        self.shared.listening.acceptor.set_connection_limits(limits);
    }

    /// Applies [`LocalStream::set_limits`](crate::LocalStream::set_limits) to each stream accepted
    /// from now on.
    pub fn set_stream_limits(&self, limits: Limits) {
        self.shared.listening.acceptor.set_stream_limits(limits);
    }

    /// Applies [`LocalStream::set_framing`](crate::LocalStream::set_framing) to each stream accepted
    /// from now on.
    ///
    /// ```no_run
    /// use qlocal::{Framing, LocalServer};
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let server = LocalServer::listen("echo")?;
    /// server.set_framing(Some(Framing::delimited(b"\r\n")?));
    /// server.on_connection(|stream| {
    ///     stream.on_message(|stream, message| stream.write_message(&message).unwrap_or_default());
    ///     stream.detach();
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_framing(&self, framing: Option<Framing>) {
        self.shared.listening.acceptor.set_framing(framing);
    }

    /// Applies [`LocalStream::set_read_limit`](crate::LocalStream::set_read_limit) to each stream
    /// accepted from now on; the default is the same.
    pub fn set_read_limit(&self, limit: usize) {
        self.shared.read_limit.set(limit);
    }

    /// Calls `handler` for each refused peer, after it was disconnected.
    pub fn on_refused(&self, handler: impl FnMut(Refusal) + 'static) {
        self.shared.refused.set(Box::new(handler));
    }

    /// The counters so far.
    pub fn counters(&self) -> Counters {
        self.shared.listening.acceptor.counters()
    }
}

impl Shared {
    /// No peer is admitted while the function runs: it is not called recursively.
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
