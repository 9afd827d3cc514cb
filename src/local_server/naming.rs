// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Servers that keep their names, or hand them over.

use std::time::Duration;

use qlocal_core::{KeepName, Listener, NameLoss};

use crate::error::{Error, Result};
use crate::logging;
use crate::server_name::ServerName;

use super::{LocalServer, BACKLOG};

impl LocalServer {
    /// Listens on a name that a server of the same user hands over, or that is free.
    ///
    /// The older server agrees by [`set_hands_over`](Self::set_hands_over). No client is refused while
    /// the one follows the other, and those that wait in the backlog are accepted by this one. If the
    /// older one is in the same thread it hands over at once, otherwise this waits at most `timeout` for
    /// its answer.
    ///
    /// # Errors
    /// [`ErrorKind::AddressInUse`](crate::ErrorKind::AddressInUse) when the name belongs to a server
    /// that does not agree, [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut) when one does not
    /// answer, and those of [`listen`](Self::listen).
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use qlocal::LocalServer;
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let server = LocalServer::take_over("greeter", Duration::from_secs(1))?;
    /// server.set_hands_over(true);
    /// server.on_handed_over(qlocal::quit);
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_over<'a>(name: impl Into<ServerName<'a>>, timeout: Duration) -> Result<Self> {
        logging::start();
        let name = name.into();
        let address = name.resolve()?;
        let mode = name.mode();
        let listener = Listener::bind_or_take_over(address.clone(), mode, BACKLOG, timeout);
        listener.and_then(Self::start).map_err(|error| Error::new(error, address))
    }

    /// Sets whether this server hands its name over to a newer server of the same user that
    /// [takes it over](Self::take_over); false by default.
    ///
    /// Its streams stay connected, but it no longer listens. Both have to be in the same network
    /// namespace. Descriptors of a service manager are not handed over.
    pub fn set_hands_over(&self, hands_over: bool) {
        self.shared.listening.acceptor.set_hands_over(hands_over);
    }

    /// Calls `handler` when a newer server has taken the name over.
    pub fn on_handed_over(&self, handler: impl FnMut() + 'static) {
        self.shared.handed_over.set(Box::new(handler));
    }

    /// Keeps the name from now on: notices that the socket file was removed or replaced, or that its
    /// folder is gone, and binds the name again as soon as it is free or stale, unless the policy says
    /// otherwise. Never takes it from another server.
    ///
    /// The folder is watched, and where that is not possible the file is checked every second. Streams
    /// stay connected, and clients that wait in the backlog are accepted. Abstract names cannot be lost,
    /// and the file of a service manager is left alone. Another call replaces the policy.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use qlocal::{KeepName, LocalServer};
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let server = LocalServer::listen("/tmp/greeter")?;
    /// let daily = Some(Duration::from_secs(24 * 3600));
    /// server.keep_name(KeepName { touch: daily, ..KeepName::default() });
    /// server.on_name_lost(|loss| eprintln!("no client can connect: {loss:?}"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_name(&self, policy: KeepName) {
        self.shared.listening.acceptor.keep_name(policy);
    }

    /// Keeps the name no longer.
    pub fn stop_keeping_name(&self) {
        self.shared.listening.acceptor.stop_keeping_name();
    }

    /// Calls `handler` when the name is lost. Another loss may follow before it is regained.
    pub fn on_name_lost(&self, handler: impl FnMut(NameLoss) + 'static) {
        self.shared.name_lost.set(Box::new(handler));
    }

    /// Calls `handler` when the server has its name again.
    pub fn on_name_regained(&self, handler: impl FnMut() + 'static) {
        self.shared.name_regained.set(Box::new(handler));
    }
}
