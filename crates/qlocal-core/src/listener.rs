// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A listener: the bound socket of a server, and the file that is its name.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use crate::address::Address;
use crate::error::{Error, ErrorKind, Result};
use crate::mutation;
use crate::sys::file::{self, FolderLock, Identity, Kind};
use crate::sys::socket::{self, Name, SocketAddress};
use crate::sys::{self, Errno};

/// How long to wait for somebody else who binds or unbinds a name in the same folder.
const PATIENCE: Duration = Duration::from_secs(1);

/// A bound socket that listens. Dropping it closes it and removes the file that it bound, and no
/// other.
#[derive(Debug)]
pub struct Listener {
    descriptor: OwnedFd,
    address: Address,
    /// The file that goes with the descriptor; `None` for abstract names.
    file: Option<Identity>,
}

impl Listener {
    /// Binds `address` and listens.
    ///
    /// `mode` gives the socket file just these permission bits, whatever the umask, before anybody
    /// can connect. `backlog` is how many connections the kernel keeps before they are accepted.
    /// A file that a server left behind is reclaimed; one that somebody has bound is not.
    ///
    /// # Errors
    /// [`ErrorKind::AddressInUse`] when a server, or anything that is no socket, has the name; the
    /// kind of the failed system call otherwise. Nothing is left behind.
    pub fn bind(address: Address, mode: Option<u32>, backlog: i32) -> Result<Self> {
        let socket_address = address.to_socket_address()?;
        let descriptor = socket::stream().map_err(failed("socket"))?;
        let path = address.path();
        if let (Some(_), Some(mode)) = (path, mode) {
            // The kernel looks at the bits of the file before it looks whether anybody listens, so
            // setting them in between is too late for who is in the middle of that.
            socket::limit_mode(&descriptor, mode).map_err(failed("fchmod"))?;
        }
        // Only around bind, never while listening.
        let _lock = path.and_then(|path| FolderLock::around(path, PATIENCE));
        bind_or_reclaim(&descriptor, &socket_address, path)?;
        let file = path.and_then(own_file);
        // From here on a failure drops the listener, which removes the file.
        let listener = Self { descriptor, address, file };
        if let (Some(path), Some(file), Some(mode)) = (listener.address.path(), file, mode) {
            file::set_mode(path, file, mode).map_err(failed("chmod"))?;
        }
        socket::listen(&listener.descriptor, backlog).map_err(failed("listen"))?;
        Ok(listener)
    }

    /// Whether a descriptor is a local stream socket without a name, which nobody can connect to.
    pub fn is_unbound(descriptor: BorrowedFd<'_>) -> bool {
        Self::can_adopt(descriptor) && socket::local_name(descriptor) == Ok(Name::Unnamed)
    }

    /// Whether a descriptor can be taken over at all: only a local stream socket can.
    pub fn can_adopt(descriptor: BorrowedFd<'_>) -> bool {
        socket::is_local_stream(descriptor) == Ok(true)
    }

    /// Takes over a descriptor that is bound already, and makes it listen. Its file goes with it.
    ///
    /// # Errors
    /// When it is no local stream socket, or cannot listen.
    pub fn adopt(descriptor: OwnedFd, backlog: i32) -> Result<Self> {
        if !socket::is_local_stream(&descriptor).map_err(failed("getsockopt"))? {
            return Err(Error::new(ErrorKind::Unsupported, "getsockopt"));
        }
        socket::adopt(&descriptor).map_err(failed("fcntl"))?;
        let address =
            Address::from(socket::local_name(&descriptor).map_err(failed("getsockname"))?);
        if !socket::is_listening(&descriptor).unwrap_or(false) {
            socket::listen(&descriptor, backlog).map_err(failed("listen"))?;
        }
        let file = address.path().and_then(own_file);
        Ok(Self { descriptor, address, file })
    }

    /// What it is bound to.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Takes the next connection; `None` when none waits.
    ///
    /// # Errors
    /// [`ErrorKind::ResourceExhausted`] when no descriptor is free: the connection stays in the
    /// backlog, so try again later. The listener stays usable after any error.
    pub fn accept(&self) -> Result<Option<OwnedFd>> {
        match socket::accept(&self.descriptor) {
            Ok(connection) => Ok(Some(connection)),
            // A peer that has given up already is none.
            Err(Errno::AGAIN | Errno::CONNABORTED) => Ok(None),
            Err(errno) => Err(Error::from_errno(errno, "accept")),
        }
    }

    /// Waits until a connection can be accepted; false when the deadline has passed.
    ///
    /// # Errors
    /// When the descriptor cannot be waited for, or has been shut down: nothing arrives then.
    pub fn wait(&self, deadline: Option<std::time::Instant>) -> Result<bool> {
        let interest = sys::poller::Interest { read: true, write: false };
        let ready = sys::poller::wait_one(&self.descriptor, interest, deadline);
        let ready = ready.map_err(failed("poll"))?;
        if ready.hang_up {
            return Err(Error::new(ErrorKind::NotConnected, "accept"));
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
        let (Some(path), Some(file)) = (self.address.path(), self.file) else { return };
        if mutation::is("file-left") {
            return;
        }
        let _lock = FolderLock::around(path, PATIENCE);
        if file::look(path) == Ok(Kind::Socket(file)) {
            // Whoever can remove it may have done so: then there is nothing left to do.
            let _ = file::remove(path);
        }
    }
}

/// Removes the socket file of a server that is gone, or of a live one, which then listens without
/// a name. True when nothing has the name any more.
///
/// Anything but a socket stays, and the answer is false.
pub fn remove_server(address: &Address) -> bool {
    let Some(path) = address.path() else { return true };
    let _lock = FolderLock::around(path, PATIENCE);
    match file::look(path) {
        Ok(Kind::Socket(_)) => file::remove(path).is_ok(),
        Ok(Kind::Other) => false,
        Err(errno) => errno == Errno::NOENT,
    }
}

/// The file of a socket that has just been bound, or has been taken over.
fn own_file(path: &[u8]) -> Option<Identity> {
    match file::look(path) {
        Ok(Kind::Socket(identity)) => Some(identity),
        Ok(Kind::Other) | Err(_) => None,
    }
}

fn bind_or_reclaim(
    descriptor: &OwnedFd,
    address: &SocketAddress,
    path: Option<&[u8]>,
) -> Result<()> {
    match (socket::bind(descriptor, address), path) {
        (Err(Errno::ADDRINUSE), Some(path)) if is_stale(path, address) => {
            file::remove(path).map_err(failed("unlink"))?;
            socket::bind(descriptor, address)
        }
        (outcome, _) => outcome,
    }
    .map_err(failed("bind"))
}

/// Whether a path is a socket that nobody has bound any more.
///
/// A datagram socket asks: the kernel answers `EPROTOTYPE` while a stream socket is bound there,
/// and no connection comes of it.
fn is_stale(path: &[u8], address: &SocketAddress) -> bool {
    if !matches!(file::look(path), Ok(Kind::Socket(_))) {
        return false;
    }
    socket::datagram().and_then(|probe| socket::connect(probe, address)) == Err(Errno::CONNREFUSED)
}

fn failed(operation: &'static str) -> impl Fn(Errno) -> Error {
    move |errno| Error::from_errno(errno, operation)
}
