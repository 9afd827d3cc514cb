// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The newer server: asks the one that has its name for the listener.

use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use qlocal_sys::file::{Held, Kind, Place};
use qlocal_sys::poller::{wait_one, Interest};
use qlocal_sys::{passing, peer, socket, Errno};

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::log::{self, Topic};
use crate::names::Address;

use super::super::listener::{failed, identity, Listener, Taken};
use super::offer::take_from_this_thread;
use super::protocol::{control_address, control_name, GIVEN, OFFERED, WANTED};

/// The pause after an attempt during which the older server has ended, or has handed over to another one.
const PAUSE: Duration = Duration::from_millis(1);

/// How long a server may take from binding its name to offering its listener. One that does not hand over
/// is known by not having done so.
const OFFERING: Duration = Duration::from_millis(50);

const READ: Interest = Interest { read: true, write: false };

/// Why the listener was not taken over.
enum Refusal {
    /// The other server does not hand it over, or not to this user.
    Refused,
    /// The other server offers nothing, at least not yet.
    Unoffered,
    /// The other one has ended, or another one was faster.
    Ended,
    Failed(Error),
}

impl Listener {
    /// As [`Listener::bind`]; but when a server of the same user has the name that
    /// [agrees](crate::Acceptor::set_hands_over), takes its listener over with all connections that wait
    /// in the backlog. Waits at most `timeout` for its answer.
    ///
    /// An older server in the same thread hands over at once. The two need not be of the same version of
    /// this library, but in the same network namespace, where abstract names are.
    ///
    /// # Errors
    /// [`ErrorKind::AddressInUse`] when the name has a server that does not agree,
    /// [`ErrorKind::TimedOut`] when one does not answer, and those of [`Listener::bind`].
    pub fn bind_or_take_over(
        address: Address,
        mode: Option<u32>,
        backlog: i32,
        timeout: Duration,
    ) -> Result<Self> {
        let shown = address.clone();
        let deadline = Instant::now() + timeout.min(MAX_TIMEOUT);
        let outcome = Self::try_to_bind_or_take_over(address, mode, backlog, deadline);
        match &outcome {
            Ok(_) => log::debug(Topic::Server, format_args!("listens on {shown}")),
            Err(error) => log::warning(Topic::Server, format_args!("{shown}: {error}")),
        }
        outcome
    }

    fn try_to_bind_or_take_over(
        address: Address,
        mode: Option<u32>,
        backlog: i32,
        deadline: Instant,
    ) -> Result<Self> {
        let mut offered_until = None;
        loop {
            match Self::bind_unlogged(address.clone(), mode, backlog) {
                Err(error) if error.kind() == ErrorKind::AddressInUse => {}
                outcome => return outcome,
            }
            match take(&address, mode, backlog, deadline) {
                Ok(listener) => return Ok(listener),
                Err(Refusal::Failed(error)) => return Err(error),
                Err(Refusal::Refused) => break,
                Err(Refusal::Ended) => offered_until = None,
                Err(Refusal::Unoffered) => {
                    offered_until.get_or_insert_with(|| Instant::now() + OFFERING);
                }
            }
            if Instant::now() >= offered_until.map_or(deadline, |until| until.min(deadline)) {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        // It may have become free meanwhile.
        Self::bind_unlogged(address, mode, backlog)
    }
}

/// A longer time counts as this one: the range of the clock is limited.
const MAX_TIMEOUT: Duration = Duration::from_secs(1 << 31);

fn take(
    address: &Address,
    mode: Option<u32>,
    backlog: i32,
    deadline: Instant,
) -> std::result::Result<Listener, Refusal> {
    // Held, so that the same inode number means the same file.
    let held = match address.path() {
        Some(path) => Some(hold(path)?),
        None => None,
    };
    let name = control_name(address, held.as_ref().and_then(identity));
    // What can fail is done before the older server is told to give it.
    let prepare = |listener: BorrowedFd<'_>| {
        socket::adopt(listener).map_err(failed(Operation::Fcntl))?;
        match (&held, mode) {
            (Some(held), Some(mode)) => held.set_mode(mode).map_err(failed(Operation::Chmod)),
            _ => Ok(()),
        }
    };
    let taken = match take_from_this_thread(&name, prepare).map_err(Refusal::Failed)? {
        Some(taken) => taken,
        None => ask(&name, deadline, prepare)?,
    };
    log::debug(Topic::Server, format_args!("{address}: taken over from an older server"));
    let file = held.as_ref().and_then(identity);
    Ok(Listener::take_over(taken, address.clone(), file, mode, backlog))
}

fn hold(path: &[u8]) -> std::result::Result<Held, Refusal> {
    match Place::new(path).hold() {
        Ok(held) if matches!(held.kind, Kind::Socket(_)) => Ok(held),
        Ok(_) => Err(Refusal::Refused),
        Err(Errno::NOENT) => Err(Refusal::Ended),
        Err(errno) => Err(Refusal::Failed(Error::from_errno(errno, Operation::Open))),
    }
}

/// Asks the server that waits at this name.
fn ask(
    name: &[u8],
    deadline: Instant,
    prepare: impl Fn(BorrowedFd<'_>) -> Result<()>,
) -> std::result::Result<Taken, Refusal> {
    let connection = connect(name, deadline)?;
    let is_own_user = peer::ids(&connection).is_ok_and(|ids| ids.uid == peer::own_uid());
    if !is_own_user {
        return Err(Refusal::Refused);
    }
    let (offered, descriptors) = receive(&connection, deadline)?;
    let [listener, control] = <[OwnedFd; 2]>::try_from(descriptors).map_err(|_| Refusal::Ended)?;
    let listens = |descriptor: &OwnedFd| {
        socket::is_local_stream(descriptor).unwrap_or(false)
            && socket::is_listening(descriptor).unwrap_or(false)
    };
    if offered != Some(OFFERED) || !listens(&listener) || !listens(&control) {
        return Err(Refusal::Refused);
    }
    prepare(listener.as_fd()).map_err(Refusal::Failed)?;
    if socket::send(&connection, &[IoSlice::new(&[WANTED])]) != Ok(1) {
        return Err(Refusal::Ended);
    }
    let answer = match receive(&connection, deadline) {
        Err(Refusal::Failed(error)) => {
            // If it was given just now, the message has arrived once this has returned.
            let _ = socket::end_receiving(&connection);
            match receive(&connection, Instant::now()) {
                Ok((Some(GIVEN), _)) => Some(GIVEN),
                _ => return Err(Refusal::Failed(error)),
            }
        }
        answer => answer?.0,
    };
    match answer {
        Some(GIVEN) => Ok(Taken { listener, control }),
        _ => Err(Refusal::Ended),
    }
}

fn connect(name: &[u8], deadline: Instant) -> std::result::Result<OwnedFd, Refusal> {
    let fail = |errno, operation| Refusal::Failed(Error::from_errno(errno, operation));
    let connection = socket::stream().map_err(|errno| fail(errno, Operation::Socket))?;
    let address = control_address(name).map_err(Refusal::Failed)?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match socket::connect_within(&connection, &address, left) {
            Ok(()) => return Ok(connection),
            Err(Errno::CONNREFUSED) => return Err(Refusal::Unoffered),
            Err(Errno::AGAIN | Errno::INTR) if left.is_zero() => return Err(timed_out()),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(errno) => return Err(fail(errno, Operation::Connect)),
        }
    }
}

/// Receives one byte, `None` at the end, and the descriptors with it.
fn receive(
    connection: &OwnedFd,
    deadline: Instant,
) -> std::result::Result<(Option<u8>, Vec<OwnedFd>), Refusal> {
    let mut bytes = vec![];
    let mut descriptors = vec![];
    loop {
        match passing::receive(connection, &mut bytes, 1, &mut descriptors) {
            Ok(_) => return Ok((bytes.first().copied(), descriptors)),
            Err(Errno::CONNRESET | Errno::PIPE) => return Ok((None, vec![])),
            Err(Errno::AGAIN) => {}
            Err(errno) => {
                return Err(Refusal::Failed(Error::from_errno(errno, Operation::Recvmsg)));
            }
        }
        let ready = wait_one(connection.as_fd(), READ, Some(deadline));
        let ready = ready.map_err(failed(Operation::Poll)).map_err(Refusal::Failed)?;
        if !ready.readable && !ready.hang_up {
            return Err(timed_out());
        }
    }
}

fn timed_out() -> Refusal {
    Refusal::Failed(Error::new(ErrorKind::TimedOut, Operation::Wait))
}
