// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A listener: the bound socket of a server, and its file.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use qlocal_sys::file::{Held, Identity, Kind, Place};
use qlocal_sys::socket::{self, Name, SocketAddress};
use qlocal_sys::{Errno, Process};

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::lock::{lock, Mutex};
use crate::log::{self, Topic};
use crate::names;
use crate::names::{Address, Namespace};

/// How long to wait for another process that binds or unbinds a name in the same folder.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// The delay between the two probes whether a file is stale.
const RECHECK_DELAY: Duration = Duration::from_millis(2);

/// How many random names are tried. That one is taken is nearly impossible.
const NAMES: usize = 8;

/// The descriptors of an older server: the listener's, and the one where newer servers ask for it.
pub(super) struct Taken {
    pub listener: OwnedFd,
    pub control: OwnedFd,
}

/// A listening socket. Dropping it closes it and removes the file that it has bound, and no other.
#[derive(Debug)]
pub struct Listener {
    descriptor: OwnedFd,
    address: Address,
    /// The file to remove with it; `None` for abstract names, and if the file has another owner.
    file: Option<Identity>,
    /// As given, for a new one of the same name.
    mode: Option<u32>,
    backlog: i32,
    /// Another listener has the file now.
    is_given_up: AtomicBool,
    /// Where newer servers ask for it, if it was taken over from an older one.
    control: Mutex<Option<OwnedFd>>,
    /// The only process that removes the file; `None` if each does that has a copy of this.
    owner: Option<Process>,
}

impl Listener {
    /// Binds `address` and listens.
    ///
    /// `mode` sets the permission bits of the socket file, regardless of the umask, before any
    /// client can connect. `backlog` is the number of connections that the kernel keeps until they
    /// are accepted. A stale file is reclaimed, one that is still bound is not.
    ///
    /// # Errors
    /// [`ErrorKind::AddressInUse`] when a server, or a file that is no socket, has the name; the
    /// kind of the failed system call otherwise. No file is left behind.
    pub fn bind(address: Address, mode: Option<u32>, backlog: i32) -> Result<Self> {
        let shown = address.clone();
        let listener = Self::bind_unlogged(address, mode, backlog);
        match &listener {
            Ok(_) => log::debug(Topic::Server, format_args!("listens on {shown}")),
            Err(error) => log::warning(Topic::Server, format_args!("{shown}: {error}")),
        }
        listener
    }

    /// As [`Listener::bind`], for one of several attempts.
    pub(crate) fn bind_unlogged(address: Address, mode: Option<u32>, backlog: i32) -> Result<Self> {
        let socket_address = address.to_socket_address()?;
        let descriptor = socket::stream().map_err(failed(Operation::Socket))?;
        let path = address.path();
        if let (Some(_), Some(mode)) = (path, mode) {
            // The kernel checks the mode of the file before it checks for a listener, so setting
            // the mode between bind and listen is too late for a concurrent connect.
            socket::limit_mode(&descriptor, mode).map_err(failed(Operation::Fchmod))?;
        }
        let held = match path {
            Some(path) => bind_file(&descriptor, &socket_address, path)?,
            None => {
                socket::bind(&descriptor, &socket_address).map_err(failed(Operation::Bind))?;
                None
            }
        };
        let file = held.as_ref().and_then(identity);
        // From here on an error drops the listener, which removes the file.
        let listener = Self::new(descriptor, address, file, mode, backlog);
        if let (Some(held), Some(mode)) = (held, mode) {
            held.set_mode(mode).map_err(failed(Operation::Chmod))?;
        }
        socket::listen(&listener.descriptor, backlog).map_err(failed(Operation::Listen))?;
        Ok(listener)
    }

    fn new(
        descriptor: OwnedFd,
        address: Address,
        file: Option<Identity>,
        mode: Option<u32>,
        backlog: i32,
    ) -> Self {
        let (is_given_up, control) = (AtomicBool::new(false), Mutex::new(None));
        Self { descriptor, address, file, mode, backlog, is_given_up, control, owner: None }
    }

    /// Binds an unguessable name in `folder`, and listens. See [`Listener::address`].
    ///
    /// # Errors
    /// [`ErrorKind::NameTooLong`] when the path of the folder leaves no room for a name, and those
    /// of [`Listener::bind`].
    pub fn bind_random(folder: &[u8], mode: Option<u32>, backlog: i32) -> Result<Self> {
        let names = std::iter::repeat_with(names::random_name).take(NAMES);
        Self::bind_first_free(folder, names, mode, backlog)
    }

    fn bind_first_free(
        folder: &[u8],
        names: impl Iterator<Item = Result<String>>,
        mode: Option<u32>,
        backlog: i32,
    ) -> Result<Self> {
        for name in names {
            let address = Address::resolve(name?.as_bytes(), Namespace::Files { folder })?;
            match Self::bind(address, mode, backlog) {
                Err(error) if error.kind() == ErrorKind::AddressInUse => {}
                outcome => return outcome,
            }
        }
        Err(Error::new(ErrorKind::AddressInUse, Operation::Bind))
    }

    /// Whether a descriptor is a local stream socket without a name, which no client can connect to.
    pub fn is_unbound(descriptor: BorrowedFd<'_>) -> bool {
        Self::check_adoptable(descriptor).is_ok()
            && socket::local_name(descriptor) == Ok(Name::Unnamed)
    }

    /// Checks whether a descriptor can be taken over.
    ///
    /// # Errors
    /// When it is no local stream socket.
    pub fn check_adoptable(descriptor: BorrowedFd<'_>) -> Result<()> {
        match socket::is_local_stream(descriptor).map_err(failed(Operation::Getsockopt))? {
            true => Ok(()),
            false => Err(Error::new(ErrorKind::Unsupported, Operation::Getsockopt)),
        }
    }

    /// Takes over a bound descriptor with its file, and makes it listen.
    ///
    /// # Errors
    /// When it is no local stream socket, or cannot listen.
    pub fn adopt(descriptor: OwnedFd, backlog: i32) -> Result<Self> {
        Self::check_adoptable(descriptor.as_fd())?;
        let mut listener = Self::adopt_listening(descriptor)?;
        if !socket::is_listening(&listener).unwrap_or(false) {
            socket::listen(&listener, backlog).map_err(failed(Operation::Listen))?;
        }
        if let Some(Ok(Kind::Socket(file))) =
            listener.address.path().map(|path| Place::new(path).inspect())
        {
            listener.file = Some(file);
        }
        listener.backlog = backlog;
        Ok(listener)
    }

    /// Takes over a listening descriptor whose file has another owner.
    pub(crate) fn adopt_listening(descriptor: OwnedFd) -> Result<Self> {
        socket::adopt(&descriptor).map_err(failed(Operation::Fcntl))?;
        let name = socket::local_name(&descriptor).map_err(failed(Operation::Getsockname))?;
        Ok(Self::new(descriptor, name.into(), None, None, 0))
    }

    /// The listener of an older server, with its file. The backlog becomes that of this server.
    pub(super) fn take_over(
        taken: Taken,
        address: Address,
        file: Option<Identity>,
        mode: Option<u32>,
        backlog: i32,
    ) -> Self {
        // The peers see this process as the one that listens from now on. The backlog could stay.
        let _ = socket::listen(&taken.listener, backlog);
        let listener = Self::new(taken.listener, address, file, mode, backlog);
        *lock(&listener.control) = Some(taken.control);
        listener
    }

    /// Leaves the file to this process: a child of fork(2) that drops its copy does not remove it.
    pub(crate) fn owned_by_this_process(mut self) -> Self {
        self.owner = Some(Process::current());
        self
    }

    /// The address that it is bound to.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The file that it has bound, if it is its owner.
    pub(super) fn file(&self) -> Option<Identity> {
        self.file
    }

    pub(super) fn mode(&self) -> Option<u32> {
        self.mode
    }

    pub(super) fn backlog(&self) -> i32 {
        self.backlog
    }

    /// Another listener has the file now, or after all has not: this one leaves it when it is dropped.
    pub(super) fn set_given_up(&self, is_given_up: bool) {
        self.is_given_up.store(is_given_up, Relaxed);
    }

    /// Where newer servers ask for it, if it was taken over.
    pub(super) fn take_control(&self) -> Option<OwnedFd> {
        lock(&self.control).take()
    }

    /// Accepts the next connection; `None` when there is none.
    ///
    /// # Errors
    /// [`ErrorKind::ResourceExhausted`] when no descriptor is free: the connection stays in the
    /// backlog, so try again later. The listener stays usable after any error.
    pub fn accept(&self) -> Result<Option<OwnedFd>> {
        match socket::accept(&self.descriptor) {
            Ok(connection) => Ok(Some(connection)),
            // ECONNABORTED: the peer has closed already.
            Err(Errno::AGAIN | Errno::CONNABORTED) => Ok(None),
            Err(errno) => Err(Error::from_errno(errno, Operation::Accept)),
        }
    }

    /// Waits until a connection can be accepted; false when the deadline has passed.
    ///
    /// # Errors
    /// When the descriptor cannot be waited for, or was shut down.
    pub fn wait(&self, deadline: Option<std::time::Instant>) -> Result<bool> {
        let interest = qlocal_sys::poller::Interest { read: true, write: false };
        let ready = qlocal_sys::poller::wait_one(&self.descriptor, interest, deadline);
        let ready = ready.map_err(failed(Operation::Poll))?;
        if ready.hang_up {
            return Err(Error::new(ErrorKind::NotConnected, Operation::Accept));
        }
        Ok(ready.readable)
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.owner.is_some_and(|owner| !owner.is_current()) {
            return;
        }
        let (Some(path), Some(file)) = (self.address.path(), self.file) else { return };
        if self.is_given_up.load(Relaxed) {
            return;
        }
        log::debug(Topic::Server, format_args!("gives up {}", self.address));
        let place = Place::new(path);
        // The descriptor is still open, so no other file can have its inode number.
        if place.inspect() == Ok(Kind::Socket(file)) {
            // Without the lock, a file created there just now may be misjudged. But it would be
            // worse to leave a file behind whenever descriptors are short.
            let _lock = place.lock(LOCK_TIMEOUT);
            // Another process may have removed it: then there is nothing left to do.
            let _ = place.remove(Kind::Socket(file));
        }
    }
}

/// Removes the socket file of a server, running or not, or an empty regular file of this process's
/// user. A running server then listens without a name. True if it was removed, or if there was
/// none.
///
/// Only the file at the time of the call is removed: a server that binds the name meanwhile keeps
/// it. Other files stay, and the result is false.
pub fn remove_server(address: &Address) -> bool {
    let Some(path) = address.path() else { return true };
    let place = Place::new(path);
    // Held, so that no other file gets its identity meanwhile.
    let held = place.hold();
    let meant = match held.as_ref().map_or_else(|_| place.inspect(), |held| Ok(held.kind)) {
        Ok(Kind::Other) => return false,
        Ok(meant) => meant,
        Err(errno) => return errno == Errno::NOENT,
    };
    let _lock = place.lock(LOCK_TIMEOUT);
    match place.remove(meant) {
        Ok(()) | Err(Errno::NOENT) => true,
        Err(Errno::STALE) => matches!(place.inspect(), Ok(Kind::Socket(_))),
        Err(_) => false,
    }
}

/// Binds a path and holds its file; `None` when that was removed already.
fn bind_file(descriptor: &OwnedFd, address: &SocketAddress, path: &[u8]) -> Result<Option<Held>> {
    let place = Place::new(path);
    let shown = path.escape_ascii();
    // Held only around bind, never while listening. Binding a free name does not need it, but
    // reclaiming one relies on it.
    let lock = place.lock(LOCK_TIMEOUT);
    match socket::bind(descriptor, address) {
        Err(Errno::ADDRINUSE) => {
            let Some(stale) = stale_file(&place, address) else {
                return Err(Error::from_errno(Errno::ADDRINUSE, Operation::Bind));
            };
            lock.as_ref().map_err(|&errno| Error::from_errno(errno, Operation::Lock))?;
            log::debug(Topic::Server, format_args!("{shown}: reclaims the name of a dead server"));
            match place.remove(Kind::Socket(stale)) {
                // A process that takes no lock was faster.
                Ok(()) | Err(Errno::STALE | Errno::NOENT) => {}
                Err(errno) => return Err(Error::from_errno(errno, Operation::Unlink)),
            }
            socket::bind(descriptor, address)
        }
        outcome => outcome,
    }
    .map_err(failed(Operation::Bind))?;
    match place.hold() {
        Ok(held) => Ok(Some(held)),
        Err(Errno::NOENT) => Ok(None),
        Err(errno) => {
            // Its mode could not be set, nor could it be identified when it is to be removed.
            if let Ok(Kind::Socket(file)) = place.inspect() {
                let _ = place.remove(Kind::Socket(file));
            }
            Err(Error::from_errno(errno, Operation::Open))
        }
    }
}

/// The socket file at a place, if it is stale.
///
/// A datagram socket probes it: the kernel returns `EPROTOTYPE` while a stream socket is bound
/// there, and makes no connection.
fn stale_file(place: &Place<'_>, address: &SocketAddress) -> Option<Identity> {
    // Held, so that the same inode number means the same file.
    let held = place.hold().ok()?;
    let file = identity(&held)?;
    let is_refused = || {
        let outcome = socket::datagram().and_then(|probe| socket::connect(probe, address));
        outcome == Err(Errno::CONNREFUSED)
    };
    if !is_refused() {
        return None;
    }
    // A server that takes no lock may be about to bind: the file exists a moment before the kernel
    // reports it as bound.
    std::thread::sleep(RECHECK_DELAY);
    (is_refused() && place.inspect() == Ok(Kind::Socket(file))).then_some(file)
}

pub(super) fn identity(held: &Held) -> Option<Identity> {
    match held.kind {
        Kind::Socket(identity) => Some(identity),
        Kind::Empty(_) | Kind::Other => None,
    }
}

pub(super) fn failed(operation: Operation) -> impl Fn(Errno) -> Error {
    move |errno| Error::from_errno(errno, operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no local sockets")]
    fn taken_random_name_is_retried() {
        let folder = std::env::temp_dir().join(format!("qlocal-random-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let path = folder.as_os_str().as_encoded_bytes();
        let listen = |names: &[&str]| {
            let names = names.iter().map(|&name| Ok(name.to_owned()));
            Listener::bind_first_free(path, names, Some(0o600), 50)
        };
        let first = listen(&["one"]).unwrap();
        let second = listen(&["one", "two"]).unwrap();
        let third = listen(&["one", "two"]).map(drop);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(first.address().full_name().ends_with(b"/one"));
        assert!(second.address().full_name().ends_with(b"/two"));
        assert_eq!(third.unwrap_err().kind(), ErrorKind::AddressInUse);
    }
}
