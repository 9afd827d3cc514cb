// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sockets of the local domain.

use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::buffer::spare_capacity;
use rustix::fs::{self, Mode};
use rustix::net::{
    self, AddressFamily, RecvFlags, SendAncillaryBuffer, SendFlags, SocketAddrAny, SocketAddrUnix,
    SocketFlags, SocketType,
};

use crate::defect::{self, repeated};
use crate::errno::{Errno, Result};
use crate::fault::{self, Call};

/// The maximum length of a path or abstract name, in bytes. `sun_path` holds one more (unix(7)), but Qt
/// accepts no longer ones, and a name that works here has to work there.
pub const MAX_NAME_LEN: usize = 106;

/// The pause between two connects where the kernel cannot wait for room.
const RETRY: Duration = Duration::from_millis(2);

/// A socket address of the local domain in the kernel's form.
pub type SocketAddress = SocketAddrUnix;

/// The bytes of an address as the kernel reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A path in the file system.
    Pathname(Vec<u8>),
    /// A name in the abstract namespace, without the leading NUL byte.
    Abstract(Vec<u8>),
    /// The socket is not bound.
    Unnamed,
}

/// The address of a file.
///
/// # Errors
/// `ENAMETOOLONG` when it does not fit, `EINVAL` when it has a NUL byte in it.
pub fn path_address(path: &[u8]) -> Result<SocketAddress> {
    if path.len() > MAX_NAME_LEN {
        return Err(Errno::NAMETOOLONG);
    }
    SocketAddrUnix::new(path)
}

/// The address of a name in the abstract namespace.
///
/// # Errors
/// `ENAMETOOLONG` when it does not fit.
pub fn abstract_address(name: &[u8]) -> Result<SocketAddress> {
    if name.len() > MAX_NAME_LEN {
        return Err(Errno::NAMETOOLONG);
    }
    SocketAddrUnix::new_abstract_name(name)
}

/// A new stream socket.
pub fn stream() -> Result<OwnedFd> {
    open(SocketType::STREAM)
}

/// A new datagram socket, which probes whether an address is bound.
pub fn datagram() -> Result<OwnedFd> {
    open(SocketType::DGRAM)
}

fn open(kind: SocketType) -> Result<OwnedFd> {
    fault::check(Call::Socket)?;
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    net::socket_with(AddressFamily::UNIX, kind, flags, None)
}

/// Connects.
///
/// # Errors
/// `EAGAIN` when the backlog is full.
pub fn connect(socket: impl AsFd, address: &SocketAddress) -> Result<()> {
    let connected = repeated(|| {
        fault::check_on(Call::Connect, &socket)?;
        net::connect(&socket, address)
    });
    defect::connected(&socket, connected)
}

/// As [`connect`], but waits at most `timeout` for room in the backlog.
///
/// # Errors
/// `EAGAIN` when there was no room in time, `EINTR` when a signal came first.
pub fn connect_within(socket: impl AsFd, address: &SocketAddress, timeout: Duration) -> Result<()> {
    // The kernel reports room only to a blocking connect. A timeout of zero would mean forever.
    let in_kernel = set_send_timeout(&socket, Some(timeout.max(Duration::from_micros(1))))
        .and_then(|()| set_blocking(&socket, true));
    if in_kernel.is_err() {
        // A system call filter may forbid these.
        std::thread::sleep(timeout.min(RETRY));
        return connect(socket, address);
    }
    let connected =
        fault::check_on(Call::Connect, &socket).and_then(|()| net::connect(&socket, address));
    // All calls on a connected socket are made with MSG_DONTWAIT.
    let restored = set_send_timeout(&socket, None).and(set_blocking(&socket, false));
    connected.or_else(|errno| restored.and(Err(errno)))
}

fn set_send_timeout(socket: impl AsFd, timeout: Option<Duration>) -> Result<()> {
    fault::check_on(Call::Setsockopt, &socket)?;
    net::sockopt::set_socket_timeout(socket, net::sockopt::Timeout::Send, timeout)
}

fn set_blocking(socket: impl AsFd, blocks: bool) -> Result<()> {
    fault::check_on(Call::Ioctl, &socket)?;
    rustix::io::ioctl_fionbio(socket, !blocks)
}

/// Binds a socket to an address, and creates the file if that is a path.
pub fn bind(socket: impl AsFd, address: &SocketAddress) -> Result<()> {
    fault::check_on(Call::Bind, &socket)?;
    net::bind(socket, address)
}

/// Limits the permission bits of the file that bind will create. The umask removes more of them.
pub fn limit_mode(socket: impl AsFd, bits: u32) -> Result<()> {
    fault::check_on(Call::Fchmod, &socket)?;
    fs::fchmod(socket, Mode::from_raw_mode(bits))
}

/// Lets peers connect. The kernel caps `backlog` at `net.core.somaxconn`.
pub fn listen(socket: impl AsFd, backlog: i32) -> Result<()> {
    fault::check_on(Call::Listen, &socket)?;
    net::listen(socket, backlog)
}

/// Accepts the next connection of the backlog.
///
/// # Errors
/// `EAGAIN` when there is none.
pub fn accept(listener: impl AsFd) -> Result<OwnedFd> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    defect::accepted(repeated(|| {
        fault::check_on(Call::Accept, &listener)?;
        net::accept_with(&listener, flags)
    }))
}

/// Ends the receiving direction: from now on a send at the other end fails with `EPIPE`. What has arrived
/// before can still be received.
pub fn end_receiving(socket: impl AsFd) -> Result<()> {
    fault::check_on(Call::Shutdown, &socket)?;
    net::shutdown(socket, net::Shutdown::Read)
}

/// Whether a socket listens.
pub fn is_listening(socket: impl AsFd) -> Result<bool> {
    fault::check_on(Call::Getsockopt, &socket)?;
    net::sockopt::socket_acceptconn(socket)
}

/// Whether a descriptor is a stream socket of the local domain.
pub fn is_local_stream(socket: impl AsFd) -> Result<bool> {
    fault::check_on(Call::Getsockopt, &socket)?;
    Ok(net::sockopt::socket_domain(&socket)? == AddressFamily::UNIX
        && net::sockopt::socket_type(&socket)? == SocketType::STREAM)
}

/// The type of a socket, as far as it matters to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A stream of bytes.
    #[default]
    Stream,
    /// Packets with an end of file (`SOCK_SEQPACKET`).
    Packets,
    /// Packets without one (`SOCK_DGRAM` and others).
    Datagrams,
}

/// The type of a socket.
///
/// # Errors
/// `ENOTSOCK` when the descriptor is no socket.
pub fn kind(descriptor: impl AsFd) -> Result<Kind> {
    fault::check_on(Call::Getsockopt, &descriptor)?;
    Ok(match net::sockopt::socket_type(descriptor)? {
        SocketType::STREAM => Kind::Stream,
        SocketType::SEQPACKET => Kind::Packets,
        _ => Kind::Datagrams,
    })
}

/// How many received bytes are in the kernel; for a datagram socket those of the next packet.
pub fn queued(socket: impl AsFd) -> Result<usize> {
    fault::check_on(Call::Fcntl, &socket)?;
    rustix::io::ioctl_fionread(socket).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
}

/// How long the next packet is; 0 also at the end of file.
///
/// # Errors
/// `EAGAIN` when there is none.
pub fn packet_len(socket: impl AsFd) -> Result<usize> {
    let flags = RecvFlags::DONTWAIT | RecvFlags::PEEK | RecvFlags::TRUNC;
    repeated(|| {
        fault::check_on(Call::Receive, &socket)?;
        net::recv(&socket, &mut [0_u8; 0], flags).map(|(_, len)| len)
    })
}

/// Makes a descriptor that came from outside non-blocking and close-on-exec.
pub fn adopt(socket: impl AsFd) -> Result<()> {
    fault::check_on(Call::Fcntl, &socket)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)
}

/// The name that a socket is bound to.
pub fn local_name(socket: impl AsFd) -> Result<Name> {
    fault::check_on(Call::Getsockname, &socket)?;
    net::getsockname(socket).map(name_of)
}

/// The name that the other end is bound to.
pub fn peer_name(socket: impl AsFd) -> Result<Name> {
    fault::check_on(Call::Getpeername, &socket)?;
    Ok(net::getpeername(socket)?.map_or(Name::Unnamed, name_of))
}

fn name_of(address: SocketAddrAny) -> Name {
    let Ok(address) = SocketAddrUnix::try_from(address) else {
        return Name::Unnamed;
    };
    // An unnamed address is an empty abstract one.
    match (address.path_bytes(), address.abstract_name()) {
        (Some(path), _) => Name::Pathname(path.to_vec()),
        (None, Some(name)) if !name.is_empty() => Name::Abstract(name.to_vec()),
        _ => Name::Unnamed,
    }
}

/// Receives at most `room` bytes and appends them; 0 is the end of file.
///
/// The buffer grows at most once, and only if its spare capacity is less than `room`.
#[inline]
pub fn receive(socket: impl AsFd, into: &mut Vec<u8>, room: usize) -> Result<usize> {
    let room = fault::at_most(Call::Receive, &socket, room);
    into.reserve(room);
    let start = into.len();
    let received = if into.capacity() - start == room {
        repeated(|| {
            fault::check_on(Call::Receive, &socket)?;
            net::recv(&socket, spare_capacity(into), RecvFlags::DONTWAIT).map(|(_, n)| n)
        })
    } else {
        receive_part(socket.as_fd(), into, room)
    };
    fault::moved(Call::Receive, &socket, received);
    defect::received(into, room, received)
}

/// As [`receive`], if there is more spare capacity than the caller allows: into an initialised slice of
/// exactly the right size.
#[inline(never)]
fn receive_part(socket: BorrowedFd<'_>, into: &mut Vec<u8>, room: usize) -> Result<usize> {
    let start = into.len();
    into.resize(start + room, 0);
    let received = repeated(|| {
        fault::check_on(Call::Receive, socket)?;
        net::recv(socket, &mut into[start..], RecvFlags::DONTWAIT).map(|(_, n)| n)
    });
    into.truncate(start + received.unwrap_or(0));
    received
}

/// Sends bytes, and returns how many the kernel has taken.
///
/// # Errors
/// As for [`send`].
#[inline]
pub fn send_bytes(socket: impl AsFd, bytes: &[u8]) -> Result<usize> {
    if fault::IS_PLANNED {
        return send(socket, &[IoSlice::new(bytes)]);
    }
    repeated(|| net::send(&socket, bytes, SendFlags::NOSIGNAL | SendFlags::DONTWAIT))
}

/// Sends the slices in order, and returns how many bytes the kernel has taken.
///
/// # Errors
/// `EPIPE` when the peer is gone, which raises no signal.
pub fn send(socket: impl AsFd, slices: &[IoSlice<'_>]) -> Result<usize> {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    let sent = fault::shortened(&socket, slices, |slices| {
        repeated(|| {
            fault::check_on(Call::Send, &socket)?;
            match slices {
                [one] => net::send(&socket, one, flags),
                _ => net::sendmsg(&socket, slices, &mut SendAncillaryBuffer::default(), flags),
            }
        })
    });
    fault::moved(Call::Send, &socket, sent);
    defect::sent(slices, sent)
}
