// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that receives the connections of an acceptor.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::machine::NameLoss;
use crate::peer::PeerCredentials;

use super::admission::Refusal;
use super::listener::Listener;

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

    /// Connections come from this listener from now on: to be watched in place of the previous one, if
    /// that was watched. Called if names are [kept](crate::Acceptor::keep_name).
    fn listener_replaced(&self, _listener: &Arc<Listener>) {}
    /// There is no listener any more: it is not to be watched. Called if names are [handed
    /// over](crate::Acceptor::set_hands_over).
    fn listener_gone(&self) {}
    /// The server's socket file is not at its name any more. Called when names are kept.
    fn name_lost(&self, _loss: NameLoss) {}
    /// The server has its name again.
    fn name_regained(&self) {}
    /// A newer server has taken over the listener. Established connections stay.
    fn handed_over(&self) {}
}
