// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that receives the connections of an acceptor.

use std::os::fd::OwnedFd;
use std::time::Duration;

use crate::error::Error;
use crate::peer::PeerCredentials;

use super::admission::Refusal;

/// Receives the connections: the object that a user holds.
///
/// The acceptor holds no lock while it calls its host, which may close it, detach it, or drop it.
pub trait AcceptorHost: Send + Sync {
    /// Takes ownership of a connection.
    fn deliver(&self, connection: OwnedFd);
    /// How many delivered connections the user has not taken yet.
    fn pending(&self) -> usize;
    /// Whether connections may be accepted now.
    fn is_accepting(&self) -> bool;
    /// Starts or stops calling [`Acceptor::accept_ready`](crate::Acceptor::accept_ready) when the listener is readable.
    fn set_accepting(&self, accepting: bool);
    /// Requests `set_accepting(true)` after this time.
    fn accept_later(&self, after: Duration);
    /// The thread has another event loop, which does not watch the listener yet.
    fn loop_found(&self) {}

    /// Whether this peer may connect; called with [`AllowRule::Asked`](crate::AllowRule::Asked).
    fn allows(&self, _peer: &PeerCredentials) -> bool {
        false
    }
    /// A connection was closed without being delivered.
    fn refused(&self, _refusal: Refusal) {}
    /// Accepting has failed, and is retried later. Called once, until it has succeeded again.
    fn accept_failed(&self, _error: Error) {}
}
