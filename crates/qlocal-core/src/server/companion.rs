// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface of what accompanies a listener while its server listens.

use std::sync::Arc;

use crate::machine::KeepName;
use crate::reactor::Reactor;

use super::listener::Listener;

/// A part of an acceptor that exists only if it is used, so that other programs do not contain it. It is
/// called on the server's thread, without any lock held.
pub(super) trait Companion: Send + Sync {
    /// The server listens in this reactor's thread.
    fn started(&self, listener: &Arc<Listener>, reactor: &Arc<Reactor>);
    /// The server no longer listens, or not in this thread.
    fn stopped(&self);
    /// Another listener has the name. Connections come from it once the backlog of the present one is empty.
    fn replaced(&self, _listener: &Arc<Listener>, _reactor: &Arc<Reactor>) {}
    /// How it keeps the name, if it does.
    fn name_policy(&self) -> Option<KeepName> {
        None
    }
}
