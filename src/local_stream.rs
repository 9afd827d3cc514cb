// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The connection of the Rust API.

mod bytes;
mod keeping;
mod limits;
mod messages;
mod passing;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use qlocal_core::log::{self, Topic};
use qlocal_core::{Address, Adoptable, Effect, Host, Mark, State, Stream};

use crate::error::{Error, Result};
use crate::handler::{self, Handler, Id, Registry};
use crate::limits::DEFAULT_READ_LIMIT;
use crate::reactor;
use crate::server_name::ServerName;

/// One end of a local connection, like `QLocalSocket` in C++.
///
/// Handlers report events. They run on the thread that created the stream, from its Qt event loop
/// or inside a call that triggers them (such as [`disconnect`](Self::disconnect)), and never from
/// `read` or `write`. They may do anything: read, write, end or drop this stream or another, or run
/// a nested event loop. Each kind has one handler; setting another replaces it. Once the connection
/// has ended no handler is called any more, and all are dropped.
///
/// Dropping a stream ends its connection, and calls no handler. Written bytes are sent only as far
/// as the kernel accepts them at once; to send all of them, [`disconnect`](Self::disconnect) and
/// keep the stream until [`on_disconnected`](Self::on_disconnected). [`detach`](Self::detach) keeps
/// a stream until its connection ends.
///
/// A stream stays on its thread (it is not `Send`), which needs a Qt event loop.
///
/// ```no_run
/// use cxx_qt_lib::QCoreApplication;
/// use qlocal::LocalStream;
///
/// fn main() -> qlocal::Result<()> {
///     let mut application = QCoreApplication::new();
///     let stream = LocalStream::connect("greeter")?;
///     stream.on_ready_read(|stream| {
///         println!("{}", String::from_utf8_lossy(&stream.read_to_vec()));
///     });
///     stream.on_disconnected(|_| qlocal::quit());
///     application.pin_mut().exec();
///     Ok(())
/// }
/// ```
pub struct LocalStream {
    shared: Rc<Shared>,
    /// The user's handle, which ends the connection when dropped. Handlers get another one.
    is_owner: bool,
}

struct Shared {
    id: Id,
    stream: Stream,
    is_detached: Cell<bool>,
    /// It connects again after the end.
    is_kept: Cell<bool>,
    is_connected: Cell<bool>,
    has_ended: Cell<bool>,
    last_error: Cell<Option<qlocal_core::Error>>,
    connected: Handler<dyn FnMut(&LocalStream)>,
    ready_read: Handler<dyn FnMut(&LocalStream)>,
    message: Handler<OnMessage>,
    bytes_written: Handler<OnBytesWritten>,
    high_water: Handler<dyn FnMut(&LocalStream)>,
    low_water: Handler<dyn FnMut(&LocalStream)>,
    error: Handler<OnError>,
    disconnected: Handler<dyn FnMut(&LocalStream)>,
    reconnecting: Handler<OnReconnecting>,
}

type OnMessage = dyn FnMut(&LocalStream, Vec<u8>);
type OnBytesWritten = dyn FnMut(&LocalStream, usize);
type OnError = dyn FnMut(&LocalStream, Error);
type OnReconnecting = dyn FnMut(&LocalStream, u32, Option<Duration>);

thread_local! {
    static STREAMS: Registry<Shared> = RefCell::new(HashMap::new());
}

impl LocalStream {
    /// How long [`connect`](Self::connect) waits for room in the server's backlog, as in C++.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

    /// Connects to a server.
    ///
    /// The stream is already connected when this returns, unless the server's backlog is full: then
    /// it is [`State::Connecting`] for up to [`CONNECT_TIMEOUT`](Self::CONNECT_TIMEOUT).
    /// [`on_connected`](Self::on_connected) handles both cases.
    ///
    /// # Errors
    /// [`NotFound`] when the name does not exist, [`ConnectionRefused`] when no server listens there
    /// any more, [`AccessDenied`] without permission, [`InvalidName`] and [`NameTooLong`] for an
    /// impossible name.
    ///
    /// [`NotFound`]: crate::ErrorKind::NotFound
    /// [`ConnectionRefused`]: crate::ErrorKind::ConnectionRefused
    /// [`AccessDenied`]: crate::ErrorKind::AccessDenied
    /// [`InvalidName`]: crate::ErrorKind::InvalidName
    /// [`NameTooLong`]: crate::ErrorKind::NameTooLong
    ///
    /// ```no_run
    /// use qlocal::{ErrorKind, LocalStream, ServerName};
    ///
    /// match LocalStream::connect(ServerName::Abstract(b"greeter")) {
    ///     Ok(stream) => println!("{:?}", stream.state()),
    ///     Err(error) if error.kind() == ErrorKind::NotFound => println!("no greeter is running"),
    ///     Err(error) => println!("{error}"),
    /// }
    /// ```
    pub fn connect<'a>(name: impl Into<ServerName<'a>>) -> Result<Self> {
        Self::connect_timeout(name, Self::CONNECT_TIMEOUT)
    }

    /// Like [`connect`](Self::connect), but gives up when the server's backlog stays full for this
    /// long (forever with [`Duration::MAX`]): then [`on_error`](Self::on_error) is called with
    /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut).
    ///
    /// # Errors
    /// As for [`connect`](Self::connect).
    pub fn connect_timeout<'a>(name: impl Into<ServerName<'a>>, timeout: Duration) -> Result<Self> {
        let stream = Self::new();
        let address = name.into().resolve()?;
        stream.engine().connect(Ok(address), reactor::current(), Some(timeout));
        stream.unless_failed()
    }

    /// Takes over an accepted connection.
    pub(crate) fn accepted(connection: OwnedFd) -> Result<Self> {
        let stream = Self::new();
        stream.shared.is_connected.set(true);
        let connection = Ok((connection, Adoptable::ACCEPTED));
        stream.engine().adopt_known(connection, State::Connected, reactor::current());
        // Nothing is written yet: this only shows whether the registration succeeded.
        stream.engine().flush();
        stream.unless_failed()
    }

    fn new() -> Self {
        let shared = handler::register(&STREAMS, Shared::new);
        shared.stream.attach(Arc::new(StreamHost(shared.id)));
        Self { shared, is_owner: true }
    }

    fn unless_failed(self) -> Result<Self> {
        match self.shared.last_error.get() {
            Some(error) if self.state() == State::Unconnected => Err(self.shared.failure(error)),
            _ => Ok(self),
        }
    }

    /// Calls `handler` once there is a connection: at once if there is one already. For a stream that
    /// [stays connected](Self::keep_connected) it is called for each connection.
    ///
    /// A failed attempt is reported to [`on_error`](Self::on_error) instead.
    pub fn on_connected(&self, mut handler: impl FnMut(&Self) + 'static) {
        let is_connected = self.state() == State::Connected;
        if is_connected {
            handler(self);
        }
        if !is_connected || self.shared.is_kept.get() && !self.shared.has_ended.get() {
            self.shared.connected.set(Box::new(handler));
        }
    }

    /// Calls `handler` on errors.
    ///
    /// A disconnect by the peer counts as
    /// [`ErrorKind::PeerClosed`](crate::ErrorKind::PeerClosed), as with `QLocalSocket`.
    /// [`on_disconnected`](Self::on_disconnected) follows; if there was no connection yet, this is
    /// the last call, unless the stream [stays connected](Self::keep_connected).
    pub fn on_error(&self, handler: impl FnMut(&Self, Error) + 'static) {
        self.shared.error.set(Box::new(handler));
    }

    /// Calls `handler` when the connection has ended, whichever side ended it. For a stream that
    /// [stays connected](Self::keep_connected) it is called for each connection.
    ///
    /// Everything that the peer has sent is announced before, and unread bytes stay readable.
    pub fn on_disconnected(&self, handler: impl FnMut(&Self) + 'static) {
        self.shared.disconnected.set(Box::new(handler));
    }

    /// The state of the connection.
    pub fn state(&self) -> State {
        self.engine().state()
    }

    /// The server's address, at either end; [`Address::Unnamed`] while there is no connection.
    pub fn server_address(&self) -> Address {
        self.engine().address()
    }

    /// Ends the connection once everything written is sent. Received bytes stay readable.
    pub fn disconnect(&self) {
        self.engine().disconnect();
        self.shared.finish_kept();
    }

    /// Ends the connection at once. Unsent and unread bytes are discarded.
    pub fn abort(&self) {
        self.engine().abort();
        self.shared.finish_kept();
    }

    /// Keeps the stream until its connection ends, owned only by its handlers.
    ///
    /// ```no_run
    /// # fn main() -> qlocal::Result<()> {
    /// let server = qlocal::LocalServer::listen("counter")?;
    /// server.on_connection(|stream| {
    ///     let mut count = 0;
    ///     stream.on_ready_read(move |stream| count += stream.read_to_vec().len());
    ///     stream.detach();
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn detach(mut self) {
        if self.shared.has_ended.get() {
            return;
        }
        self.is_owner = false;
        self.shared.is_detached.set(true);
    }

    pub(crate) fn engine(&self) -> &Stream {
        &self.shared.stream
    }
}

impl Drop for LocalStream {
    fn drop(&mut self) {
        if self.is_owner {
            self.shared.end();
        }
    }
}

impl std::fmt::Debug for LocalStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalStream").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// The host of a stream, which it finds by id.
struct StreamHost(Id);

impl Host for StreamHost {
    fn carry_out(&self, effect: Effect) {
        if let Some(shared) = handler::find(&STREAMS, self.0) {
            shared.carry_out(effect);
        }
    }
}

impl Shared {
    fn new(id: Id) -> Self {
        let stream = Stream::new();
        stream.set_read_limit(DEFAULT_READ_LIMIT);
        Self {
            id,
            stream,
            is_detached: Cell::default(),
            is_kept: Cell::default(),
            is_connected: Cell::default(),
            has_ended: Cell::default(),
            last_error: Cell::default(),
            connected: Handler::default(),
            ready_read: Handler::default(),
            message: Handler::default(),
            bytes_written: Handler::default(),
            high_water: Handler::default(),
            low_water: Handler::default(),
            error: Handler::default(),
            disconnected: Handler::default(),
            reconnecting: Handler::default(),
        }
    }

    fn carry_out(self: Rc<Self>, effect: Effect) {
        let stream = LocalStream { shared: self.clone(), is_owner: false };
        match effect {
            Effect::Connected => {
                self.is_connected.set(true);
                self.call_for_connection(&self.connected, &stream);
            }
            Effect::ReadyRead => self.call(&self.ready_read, |handler| handler(&stream)),
            Effect::MessageReady => self.call(&self.message, |handler| {
                if let Some(message) = stream.read_message() {
                    handler(&stream, message);
                }
            }),
            Effect::BytesWritten(count) => {
                self.call(&self.bytes_written, |handler| handler(&stream, count));
            }
            Effect::WaterMark(Mark::High) => {
                self.call(&self.high_water, |handler| handler(&stream));
            }
            Effect::WaterMark(Mark::Low) => {
                self.call(&self.low_water, |handler| handler(&stream));
            }
            Effect::ErrorOccurred(error) => {
                log::warning(Topic::Socket, format_args!("{}: {error}", self.id));
                self.last_error.set(Some(error));
                let failure = self.failure(error);
                self.call(&self.error, |handler| handler(&stream, failure));
            }
            Effect::Disconnected => {
                self.is_connected.set(false);
                self.call_for_connection(&self.disconnected, &stream);
                self.finish_if_over();
            }
            // A failed attempt: nothing more follows.
            Effect::StateChanged(State::Unconnected) if !self.is_connected.get() => {
                self.finish_if_over();
            }
            Effect::StateChanged(_)
            | Effect::OpenDevice
            | Effect::CloseDevice
            | Effect::ReadChannelFinished => {}
        }
    }

    /// An error with the engine's details.
    fn failure(&self, error: qlocal_core::Error) -> Error {
        let known = self.stream.failure().map(|failure| failure.address().clone());
        Error::new(error, known.unwrap_or(Address::Unnamed))
    }

    fn call<F: ?Sized>(&self, place: &Handler<F>, call: impl FnOnce(&mut F)) {
        let Some(mut handler) = place.take() else { return };
        call(&mut *handler);
        if !self.has_ended.get() {
            place.put_back(handler);
        }
    }

    /// Calls a handler for its only connection, or for one of many.
    fn call_for_connection(&self, place: &Handler<dyn FnMut(&LocalStream)>, stream: &LocalStream) {
        if self.is_kept.get() {
            self.call(place, |handler| handler(stream));
        } else if let Some(mut handler) = place.take() {
            handler(stream);
        }
    }

    /// Drops the handlers, which may own the stream, or anything else that ends with the
    /// connection.
    fn finish(&self) {
        self.has_ended.set(true);
        self.connected.clear();
        self.ready_read.clear();
        self.message.clear();
        self.bytes_written.clear();
        self.high_water.clear();
        self.low_water.clear();
        self.error.clear();
        self.disconnected.clear();
        self.reconnecting.clear();
        if self.is_detached.get() {
            self.end();
        }
    }

    /// The last handle is gone: no handler is called from now on.
    fn end(&self) {
        let in_registry = handler::deregister(&STREAMS, self.id);
        if !self.has_ended.replace(true) {
            self.stream.flush();
            self.finish();
        }
        self.stream.detach();
        drop(in_registry);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // Objects still in the registry when the thread exits.
        self.stream.detach();
    }
}
