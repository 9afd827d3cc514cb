// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The server of the Rust API. Its descriptor is registered with its thread's reactor.

mod limits;
mod listening;
mod naming;

use std::rc::Rc;

use qlocal_core::{AcceptorHost as _, Address, Listener};

use crate::environment::{activation, environment};
use crate::error::{Error, Result};
use crate::handler;
use crate::local_stream::LocalStream;
use crate::server_name::{ServerName, PRIVATE};
use crate::{convert, logging, reactor};
use listening::{Shared, SERVERS};

/// The kernel's backlog, as with QLocalServer.
const BACKLOG: i32 = 50;

/// Accepts local connections, like `QLocalServer` in C++.
///
/// Dropping it stops listening and removes the socket file that it created. Accepted streams stay
/// connected.
///
/// A server stays on its thread (it is not `Send`), which needs a Qt event loop. Handlers run on
/// this thread and may do anything, like those of [`LocalStream`].
///
/// ```no_run
/// use cxx_qt_lib::QCoreApplication;
/// use qlocal::LocalServer;
///
/// fn main() -> qlocal::Result<()> {
///     let mut application = QCoreApplication::new();
///     let server = LocalServer::listen("greeter")?;
///     server.on_connection(|stream| {
///         stream.write(b"hello\n").ok();
///         stream.disconnect();
///         stream.detach();
///     });
///     application.pin_mut().exec();
///     Ok(())
/// }
/// ```
pub struct LocalServer {
    shared: Rc<Shared>,
}

impl LocalServer {
    /// Listens on a name.
    ///
    /// Connections wait in the kernel until [`on_connection`](Self::on_connection) is called. Only the
    /// user who runs the server may connect, unless [`allow`](Self::allow) says otherwise. A socket
    /// file left behind by a crashed server is reclaimed; only this user can access a new one if
    /// the name is private, otherwise the umask determines its mode.
    ///
    /// # Errors
    /// [`ErrorKind::AddressInUse`](crate::ErrorKind::AddressInUse) when the name belongs to a
    /// server or to a file that is not a socket; `InvalidName` and `NameTooLong` for an impossible
    /// name; otherwise the kernel's error for the folder.
    ///
    /// ```no_run
    /// use qlocal::{ErrorKind, LocalServer};
    ///
    /// match LocalServer::listen("/run/user/1000/greeter") {
    ///     Ok(server) => println!("{:?}", server.address()),
    ///     Err(error) if error.kind() == ErrorKind::AddressInUse => println!("runs already"),
    ///     Err(error) => println!("{error}"),
    /// }
    /// ```
    pub fn listen<'a>(name: impl Into<ServerName<'a>>) -> Result<Self> {
        logging::start();
        let name = name.into();
        let address = name.resolve()?;
        let listener = Listener::bind(address.clone(), name.mode(), BACKLOG);
        listener.and_then(Self::start).map_err(|error| Error::new(error, address))
    }

    /// Listens on an unguessable private name.
    ///
    /// Pass [`address`](Self::address) to the intended client, for example as an argument of a
    /// process that you start. Only this user can access the file.
    ///
    /// # Errors
    /// [`ErrorKind::NameTooLong`](crate::ErrorKind::NameTooLong) when the path of the private
    /// folder leaves no room for a name; otherwise the kernel's error for the folder.
    ///
    /// ```no_run
    /// # fn main() -> std::io::Result<()> {
    /// use std::ffi::OsStr;
    /// use std::os::unix::ffi::OsStrExt;
    ///
    /// let server = qlocal::LocalServer::listen_on_random_name()?;
    /// let path = server.address();
    /// std::process::Command::new("worker").arg(OsStr::from_bytes(path.full_name())).spawn()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn listen_on_random_name() -> Result<Self> {
        logging::start();
        let folder = environment().private_folder()?;
        let listener = Listener::bind_random(&folder, Some(PRIVATE), BACKLOG);
        let intended = Address::Pathname(folder.into());
        listener.and_then(Self::start).map_err(|error| Error::new(error, intended))
    }

    /// Listens on a descriptor passed by a service manager (socket activation, as in
    /// systemd.socket(5)): the first one with this name in `LISTEN_FDNAMES` that has not been taken
    /// in this process, or the first one of all.
    ///
    /// Connections made before the process started are accepted first. The socket file belongs to
    /// the service manager, and stays when the server is dropped. Each descriptor can be taken
    /// once.
    ///
    /// # Errors
    /// [`ErrorKind::NotActivated`](crate::ErrorKind::NotActivated) when there is none left, or the
    /// process was not socket-activated; [`ErrorKind::Unsupported`](crate::ErrorKind::Unsupported)
    /// when it is not a listening local stream socket; it is left untouched.
    ///
    /// ```no_run
    /// use qlocal::LocalServer;
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let server = if LocalServer::activation_names().is_empty() {
    ///     LocalServer::listen("greeter")?
    /// } else {
    ///     LocalServer::activated("greeter")?
    /// };
    /// # Ok(())
    /// # }
    /// ```
    pub fn activated<'a>(name: impl Into<Option<&'a str>>) -> Result<Self> {
        logging::start();
        let name = name.into();
        let listener = activation().take(name.map(str::as_bytes));
        let intended = convert::activation_address(name.unwrap_or_default());
        listener.and_then(Self::start).map_err(|error| Error::new(error, intended))
    }

    /// The names of the descriptors passed by a service manager, in order, including those already
    /// taken; empty without socket activation.
    pub fn activation_names() -> Vec<String> {
        let given = activation();
        let names = given.names().unwrap_or_default();
        names.into_iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    fn start(listener: Listener) -> qlocal_core::Result<Self> {
        let reactor = reactor::current()?;
        let shared = handler::register(&SERVERS, |id| Shared::new(id, reactor));
        let server = Self { shared };
        server.shared.listening.start(listener)?;
        Ok(server)
    }

    /// Calls `handler` with each connection, in the order in which they were made.
    ///
    /// The handler owns the stream: dropping it ends the connection, and [`LocalStream::detach`]
    /// keeps it until the peer ends it. While the handler runs a nested event loop, further
    /// connections wait.
    pub fn on_connection(&self, handler: impl FnMut(LocalStream) + 'static) {
        self.shared.connection.set(Box::new(handler));
        self.shared.listening.set_accepting(true);
    }

    /// Calls `handler` when a connection could not be accepted, mostly for lack of descriptors.
    ///
    /// The server keeps listening, and retries after a pause; the connection waits. The handler is
    /// called once, until accepting works again.
    pub fn on_error(&self, handler: impl FnMut(Error) + 'static) {
        self.shared.error.set(Box::new(handler));
    }

    /// The address that clients connect to.
    pub fn address(&self) -> Address {
        let listener = self.shared.listening.acceptor.listener();
        listener.map_or(Address::Unnamed, |listener| listener.address().clone())
    }
}

impl Drop for LocalServer {
    fn drop(&mut self) {
        let in_registry = handler::deregister(&SERVERS, self.shared.id);
        self.shared.listening.stop();
        self.shared.connection.clear();
        self.shared.error.clear();
        self.shared.refused.clear();
        self.shared.decide.clear();
        self.shared.name_lost.clear();
        self.shared.name_regained.clear();
        self.shared.handed_over.clear();
        drop(in_registry);
    }
}

impl std::fmt::Debug for LocalServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalServer").field("address", &self.address()).finish_non_exhaustive()
    }
}
