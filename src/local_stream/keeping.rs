// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connections that are kept.

use std::sync::Arc;
use std::time::Duration;

use qlocal_core::{Reconnect, Reconnecting, State};

use crate::error::{Error, Result};
use crate::handler;
use crate::reactor;
use crate::server_name::ServerName;

use super::{LocalStream, Shared, StreamHost, STREAMS};

impl LocalStream {
    /// Connects to a server as soon as there is one, and connects again whenever the connection has ended,
    /// until [`disconnect`](Self::disconnect), [`abort`](Self::abort) or the drop of the stream.
    ///
    /// The handlers of [`on_connected`](Self::on_connected) and [`on_disconnected`](Self::on_disconnected)
    /// are called for each connection, and that of [`on_reconnecting`](Self::on_reconnecting) before each
    /// attempt. A server that does not exist is tried as soon as its file appears, without attempts until
    /// then: its folder is watched, or while that does not exist the nearest one above it. Otherwise it is
    /// tried at the intervals of the policy: when its file exists, for a name in the abstract namespace or
    /// in a folder that may not be read, and with [`Reconnect::attempts`].
    ///
    /// An attempt that fails is not an error. When no attempt is left, [`on_error`](Self::on_error) is called
    /// with the reason of the last one. Unread bytes of a connection stay readable until the next one.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`](crate::ErrorKind::InvalidName) and
    /// [`ErrorKind::NameTooLong`](crate::ErrorKind::NameTooLong) for an impossible name.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use cxx_qt_lib::QCoreApplication;
    /// use qlocal::{LocalStream, Reconnect};
    ///
    /// fn main() -> qlocal::Result<()> {
    ///     let mut application = QCoreApplication::new();
    ///     let policy = Reconnect { max: Duration::from_secs(10), ..Reconnect::default() };
    ///     let stream = LocalStream::keep_connected("greeter", policy)?;
    ///     stream.on_connected(|stream| {
    ///         let _ = stream.write(b"hello");
    ///     });
    ///     stream.on_reconnecting(|_, attempt, delay| match delay {
    ///         Some(delay) => println!("attempt {attempt} follows in {delay:?}"),
    ///         None => println!("waiting for the server"),
    ///     });
    ///     application.pin_mut().exec();
    ///     Ok(())
    /// }
    /// ```
    pub fn keep_connected<'a>(name: impl Into<ServerName<'a>>, policy: Reconnect) -> Result<Self> {
        let stream = Self::new();
        let address = name.into().resolve()?;
        stream.shared.is_kept.set(true);
        stream.engine().keep_connected(policy, Arc::new(StreamHost(stream.shared.id)));
        let timeout = Some(Self::CONNECT_TIMEOUT);
        stream.engine().connect(Ok(address), reactor::current(), timeout);
        stream.unless_failed()
    }

    /// Calls `handler` with the number of each planned attempt, from 1, and the time until it is made, which
    /// is `None` when it is made as soon as the server's file appears. The numbers start again after a
    /// connection that has lasted.
    pub fn on_reconnecting(&self, handler: impl FnMut(&Self, u32, Option<Duration>) + 'static) {
        self.shared.reconnecting.set(Box::new(handler));
    }

    /// Why there is no connection, with a hint: in a handler of
    /// [`on_reconnecting`](Self::on_reconnecting) the reason of the last attempt, unless the connection has
    /// ended by itself. `None` once there is a connection again.
    pub fn last_error(&self) -> Option<Error> {
        self.engine().failure()
    }

    /// Whether there is no connection, but an attempt will be made.
    pub fn is_reconnecting(&self) -> bool {
        self.engine().is_reconnecting()
    }
}

impl Reconnecting for StreamHost {
    fn reconnecting(&self, attempt: u32, delay: Option<Duration>) {
        if let Some(shared) = handler::find(&STREAMS, self.0) {
            let stream = LocalStream { shared: shared.clone(), is_owner: false };
            shared.call(&shared.reconnecting, |handler| handler(&stream, attempt, delay));
        }
    }
}

impl Shared {
    /// The user has ended a kept connection: there may be no effect that says so.
    pub(super) fn finish_kept(&self) {
        if self.is_kept.get() {
            self.finish_if_over();
        }
    }

    /// Finishes unless there is a connection, or will be one.
    pub(super) fn finish_if_over(&self) {
        let is_over = self.stream.state() == State::Unconnected && !self.stream.is_reconnecting();
        if is_over && !self.has_ended.get() {
            self.finish();
        }
    }
}
