// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A start without an event loop: this process becomes the primary, or hands over to it.

use std::io::IoSlice;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use qlocal_sys::file_lock::FileLock;
use qlocal_sys::poller::{self, Interest};
use qlocal_sys::socket::{self, SocketAddress};
use qlocal_sys::{passing, peer, Errno};

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::log::{self, Topic};
use crate::machine::Framing;
use crate::names::Address;

use super::conversation::{too_long, Conversation, Outcome};
use super::election::{Election, Step};
use super::hand_over::{HandOver, Input};
use super::limits::InstanceLimits;
use super::seat::{self, Seat};

/// How many bytes are received at once.
const CHUNK: usize = 64 * 1024;

/// The outcome of a start.
#[derive(Debug)]
pub enum Started {
    /// This process is the primary, as soon as it serves the seat.
    Primary(Seat),
    /// The primary has answered.
    Answered {
        /// The exit code that it suggests.
        code: i32,
        /// The rest of its answer.
        bytes: Vec<u8>,
    },
}

/// Makes this process the primary, or hands over to the one that there is.
///
/// It blocks for at most [`InstanceLimits::timeout`], and then until the answer for
/// [`InstanceLimits::answer_timeout`]. When the primary ends before it has answered, this starts again, once with
/// the whole time: this process may become the primary itself.
///
/// # Errors
/// [`ErrorKind::TimedOut`] when there is a primary and it does not respond in time, or another process has
/// had the lock all the time without listening. [`ErrorKind::InvalidMessage`] when the hand-over, or the
/// answer, is too long. [`ErrorKind::AddressInUse`] when another kind of program has the name, and
/// [`ErrorKind::AccessDenied`] when another user has it, or the folder cannot be written to. The kind of
/// the failed system call otherwise.
pub fn start(address: &Address, hand_over: &HandOver, limits: &InstanceLimits) -> Result<Started> {
    let start = Start::new(address, limits)?;
    let message = Message::new(hand_over, limits)?;
    start.run(true, |socket, deadline| message.converse(socket, limits, deadline))
}

/// Makes this process the primary; `None` if there is one.
///
/// # Errors
/// As [`start`].
pub fn claim(address: &Address, limits: &InstanceLimits) -> Result<Option<Seat>> {
    let answered = |_: &OwnedFd, _| Ok(Ended::Answered(0, Vec::new()));
    Ok(match Start::new(address, limits)?.run(true, answered)? {
        Started::Primary(seat) => Some(seat),
        Started::Answered { .. } => None,
    })
}

/// Hands over to the primary, and returns its exit code and answer.
///
/// # Errors
/// As [`start`]; the kind of the failed connect when there is no primary, and none comes in time.
pub fn hand_over(
    address: &Address,
    hand_over: &HandOver,
    limits: &InstanceLimits,
) -> Result<(i32, Vec<u8>)> {
    let start = Start::new(address, limits)?;
    let message = Message::new(hand_over, limits)?;
    match start.run(false, |socket, deadline| message.converse(socket, limits, deadline))? {
        Started::Answered { code, bytes } => Ok((code, bytes)),
        // It never tries to get the lock.
        Started::Primary(_) => Err(Error::new(ErrorKind::InvalidState, Operation::Election)),
    }
}

/// The process of the primary, also of one that does not respond; `None` when there is none, or it is in
/// another PID namespace.
pub fn primary_process(address: &Address) -> Option<u32> {
    let socket = socket::stream().ok()?;
    socket::connect(&socket, &address.to_socket_address().ok()?).ok()?;
    peer::ids(&socket).ok().map(|ids| ids.pid).filter(|&pid| pid != 0)
}

/// How a connection has ended.
enum Ended {
    Answered(i32, Vec<u8>),
    /// The peer has closed, after it has received the hand-over or before.
    Interrupted {
        is_received: bool,
    },
}

struct Start<'a> {
    address: &'a Address,
    socket_address: SocketAddress,
    deadline: Instant,
    /// The time for a new start once the hand-over was received: waiting for the answer has its own.
    timeout_after_receipt: Option<Duration>,
}

impl<'a> Start<'a> {
    fn new(address: &'a Address, limits: &InstanceLimits) -> Result<Self> {
        let socket_address = address.to_socket_address()?;
        let deadline = after(limits.timeout);
        let timeout_after_receipt = Some(limits.timeout);
        Ok(Self { address, socket_address, deadline, timeout_after_receipt })
    }

    fn run(
        mut self,
        may_lead: bool,
        mut converse: impl FnMut(&OwnedFd, Instant) -> Result<Ended>,
    ) -> Result<Started> {
        let mut election = Election::new();
        let mut lock: Option<FileLock> = None;
        let mut connection: Option<OwnedFd> = None;
        let mut last = Error::new(ErrorKind::TimedOut, Operation::Election);
        loop {
            match (election.step(), lock.take(), connection.take()) {
                (Step::Lock, ..) => {
                    lock = if may_lead { seat::lock(self.address)? } else { None };
                    election.locked(lock.is_some());
                }
                (Step::Bind, Some(held), _) => match Seat::take(self.address, held)? {
                    Some(seat) => return Ok(self.leads(seat)),
                    None => {
                        last = Error::new(ErrorKind::AddressInUse, Operation::Bind);
                        election.bound(false);
                    }
                },
                (Step::Connect, ..) => {
                    match self.connect()? {
                        Ok(socket) => connection = Some(socket),
                        Err(error) if !may_lead => last = error,
                        Err(_) => {}
                    }
                    election.connected(connection.is_some());
                }
                (Step::HandOver, _, Some(socket)) => match converse(&socket, self.deadline)? {
                    Ended::Answered(code, bytes) => return Ok(Started::Answered { code, bytes }),
                    Ended::Interrupted { is_received } => {
                        // Only once: each primary may end before it answers.
                        if let (true, Some(timeout)) =
                            (is_received, self.timeout_after_receipt.take())
                        {
                            self.deadline = after(timeout);
                        }
                        election.interrupted();
                    }
                },
                (Step::Pause(pause), ..) => {
                    let left = self.deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Err(last);
                    }
                    std::thread::sleep(pause.min(left));
                    election.paused();
                }
                // Binding needs the lock, and handing over the connection: each was made in the step before.
                (Step::Bind | Step::HandOver | Step::Lead, ..) => {
                    return Err(Error::new(ErrorKind::InvalidState, Operation::Election));
                }
            }
        }
    }

    fn leads(&self, seat: Seat) -> Started {
        log::debug(Topic::Server, format_args!("{}: this is the primary instance", self.address));
        Started::Primary(seat)
    }

    /// Connects; the inner error means that no process listens.
    fn connect(&self) -> Result<Result<OwnedFd>> {
        let failed = |errno| Error::from_errno(errno, Operation::Connect);
        let socket =
            socket::stream().map_err(|errno| Error::from_errno(errno, Operation::Socket))?;
        let mut outcome = socket::connect(&socket, &self.socket_address);
        // The backlog is full. A signal may interrupt the wait for room.
        while matches!(outcome, Err(Errno::AGAIN | Errno::INTR)) {
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::new(ErrorKind::TimedOut, Operation::Greeting));
            }
            outcome = socket::connect_within(&socket, &self.socket_address, left);
        }
        match outcome {
            Ok(()) => {}
            Err(errno @ (Errno::NOENT | Errno::CONNREFUSED)) => return Ok(Err(failed(errno))),
            Err(errno) => return Err(failed(errno)),
        }
        // The kernel recorded the user of the process that began to listen.
        let ids =
            peer::ids(&socket).map_err(|errno| Error::from_errno(errno, Operation::Getsockopt))?;
        if ids.uid != peer::own_uid() {
            return Err(Error::new(ErrorKind::AccessDenied, Operation::OtherUser));
        }
        Ok(Ok(socket))
    }
}

/// A hand-over as it is sent.
struct Message<'a> {
    /// The length in front of it, and itself.
    framed: Vec<u8>,
    len: usize,
    descriptor: &'a [OwnedFd],
}

impl<'a> Message<'a> {
    fn new(hand_over: &'a HandOver, limits: &InstanceLimits) -> Result<Self> {
        let bytes = hand_over.encode();
        let (prefix, _) = Framing::length_prefixed()
            .frame(&bytes, limits.max_size.min(Framing::MAX_SIZE))
            .map_err(|_| too_long())?;
        let descriptor = match &hand_over.input {
            Input::Descriptor(descriptor) => std::slice::from_ref(descriptor),
            Input::None | Input::Bytes(_) => &[],
        };
        Ok(Self { framed: [prefix.as_ref(), &bytes].concat(), len: bytes.len(), descriptor })
    }

    fn converse(&self, socket: &OwnedFd, limits: &InstanceLimits, by: Instant) -> Result<Ended> {
        let mut conversation = Conversation::new(self.len, limits.max_size);
        let mut deadline = by;
        let mut awaited = Operation::Greeting;
        loop {
            wait(socket, Interest { read: true, write: false }, deadline, awaited)?;
            let mut arrived = Vec::new();
            match socket::receive(socket, &mut arrived, CHUNK) {
                Err(Errno::AGAIN) => continue,
                Ok(0) | Err(Errno::CONNRESET) => {
                    return Ok(Ended::Interrupted { is_received: conversation.is_received() });
                }
                outcome => outcome.map_err(|errno| Error::from_errno(errno, Operation::Recv))?,
            };
            match conversation.received(&arrived)? {
                Outcome::Answered(code, bytes) => return Ok(Ended::Answered(code, bytes)),
                Outcome::Greeted => {
                    awaited = Operation::HandOver;
                    self.send(socket, deadline)?;
                }
                Outcome::Waiting
                    if awaited == Operation::HandOver && conversation.is_received() =>
                {
                    awaited = Operation::Answer;
                    deadline = after(limits.answer_timeout);
                }
                Outcome::Waiting => {}
            }
        }
    }

    /// Sends all of it, unless the peer closes meanwhile: what it has said before can still be received.
    fn send(&self, socket: &OwnedFd, deadline: Instant) -> Result<()> {
        let mut sent = 0;
        while sent < self.framed.len() {
            let rest = [IoSlice::new(&self.framed[sent..])];
            let outcome = match self.descriptor {
                [_, ..] if sent == 0 => passing::send(socket, &rest, self.descriptor),
                _ => socket::send(socket, &rest),
            };
            match outcome {
                Ok(count) => sent += count,
                Err(Errno::AGAIN) => {
                    let writable = Interest { read: false, write: true };
                    wait(socket, writable, deadline, Operation::HandOver)?;
                }
                Err(Errno::PIPE | Errno::CONNRESET) => return Ok(()),
                Err(errno) => return Err(Error::from_errno(errno, Operation::Send)),
            }
        }
        Ok(())
    }
}

/// Waits until the socket is ready; it times out while `awaited`.
fn wait(socket: &OwnedFd, interest: Interest, deadline: Instant, awaited: Operation) -> Result<()> {
    let ready = poller::wait_one(socket, interest, Some(deadline))
        .map_err(|errno| Error::from_errno(errno, Operation::Poll))?;
    if ready.readable || ready.writable {
        return Ok(());
    }
    Err(Error::new(ErrorKind::TimedOut, awaited))
}

/// The moment after this time; one that the clock cannot express is far enough away.
fn after(time: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    Instant::now() + time.min(FAR)
}
