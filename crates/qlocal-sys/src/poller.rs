// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Readiness: the epoll instance, and the wait for one descriptor.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::event::{epoll, eventfd, poll, EventfdFlags, PollFd, PollFlags, Timespec};

use crate::defect;
use crate::errno::{Errno, Result};
use crate::fault::{self, Call};
use crate::process::Process;

/// The readiness that a registration waits for. Errors and the end of both directions are always reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interest {
    /// Until there is something to read, or the end of file.
    pub read: bool,
    /// Until there is room to write.
    pub write: bool,
}

/// How often readiness is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// For as long as the descriptor is ready for this.
    Level(Interest),
    /// Once each time that there is something new to read.
    Edge,
}

/// The readiness that the kernel reports. It is a hint: it may be spurious, and an error counts as both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readiness {
    /// Reading may succeed.
    pub readable: bool,
    /// Writing may succeed.
    pub writable: bool,
    /// The peer has ended its direction: there may be bytes to read before the end of file.
    pub hang_up: bool,
    /// The next poll may not report it again.
    pub is_reported_once: bool,
}

impl Readiness {
    /// Only an attempt shows what is ready.
    pub const UNKNOWN: Self =
        Self { readable: true, writable: true, hang_up: true, is_reported_once: true };
}

/// A report for one registration.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// The key given to [`Poller::add`].
    pub key: u64,
    /// Its readiness.
    pub readiness: Readiness,
}

/// The maximum number of events per poll.
const BATCH: usize = 512;

/// A level-triggered readiness queue.
///
/// It is shared with fork(2) children of this process. A change by a child would be one for the parent too,
/// so the child must not use it: see [`Poller::is_of_this_process`].
#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
    process: Process,
}

impl Poller {
    /// # Errors
    /// `EMFILE`, `ENFILE` and `ENOMEM` when the system is short of resources.
    pub fn new() -> Result<Self> {
        fault::check(Call::EpollCreate)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, process: Process::current() })
    }

    /// False in a child of the process that has created it.
    #[inline]
    pub fn is_of_this_process(&self) -> bool {
        self.process.is_current()
    }

    /// Starts to report the readiness of a descriptor, under a key.
    ///
    /// # Errors
    /// `ENOSPC` and `ENOMEM` when the system is short of resources, `EPERM` for a file without readiness.
    pub fn add(&self, descriptor: impl AsFd, key: u64, watch: Watch) -> Result<()> {
        fault::check_on(Call::EpollAdd, &descriptor)?;
        let flags = match watch {
            Watch::Level(interest) => flags(interest),
            Watch::Edge => epoll::EventFlags::IN | epoll::EventFlags::ET,
        };
        epoll::add(&self.epoll, descriptor, epoll::EventData::new_u64(key), flags)
    }

    /// Changes the interest in a descriptor, and reports it again if it is ready.
    ///
    /// # Errors
    /// `ENOENT` when it was never added.
    pub fn modify(&self, descriptor: impl AsFd, key: u64, interest: Interest) -> Result<()> {
        fault::check_on(Call::EpollModify, &descriptor)?;
        let interest = Interest { write: interest.write && defect::room_awaited(), ..interest };
        epoll::modify(&self.epoll, descriptor, epoll::EventData::new_u64(key), flags(interest))
    }

    /// Ends the reports of a descriptor.
    ///
    /// # Errors
    /// `ENOENT` when it was never added, `EBADF` when it is closed.
    pub fn delete(&self, descriptor: impl AsFd) -> Result<()> {
        let deleted = epoll::delete(&self.epoll, &descriptor);
        // It fails only for a descriptor that is not registered, so the fault is injected after it.
        fault::check_on(Call::EpollDelete, &descriptor).and(deleted)
    }

    /// Passes the events that are ready now to `each`, without waiting.
    pub fn poll(&self, mut each: impl FnMut(Event)) -> Result<()> {
        let mut room = [const { MaybeUninit::uninit() }; BATCH];
        let now = Timespec::default();
        fault::check(Call::EpollWait)?;
        let (events, _) = epoll::wait(&self.epoll, &mut room[..], Some(&now))?;
        for event in events {
            each(Event { key: event.data.u64(), readiness: readiness(event.flags) });
        }
        Ok(())
    }
}

impl AsFd for Poller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

#[inline]
fn flags(interest: Interest) -> epoll::EventFlags {
    let mut flags = epoll::EventFlags::empty();
    if interest.read {
        flags |= epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
    }
    if interest.write {
        flags |= epoll::EventFlags::OUT;
    }
    if interest == Interest::default() {
        // A hang-up is reported regardless of the interest: once is enough while reading is paused.
        flags |= epoll::EventFlags::ET;
    }
    flags
}

#[inline]
fn readiness(flags: epoll::EventFlags) -> Readiness {
    use epoll::EventFlags as F;
    let failed = flags.intersects(F::ERR | F::HUP);
    Readiness {
        readable: failed || flags.intersects(F::IN | F::RDHUP),
        writable: failed || flags.contains(F::OUT),
        hang_up: flags.intersects(F::ERR | F::HUP | F::RDHUP),
        is_reported_once: !flags.intersects(F::IN | F::OUT | F::RDHUP),
    }
}

/// Waits until one descriptor is ready or the deadline has passed; `None` waits forever.
///
/// Nothing is ready in the result when the deadline has passed. It polls at least once.
pub fn wait_one(
    descriptor: impl AsFd,
    interest: Interest,
    deadline: Option<Instant>,
) -> Result<Readiness> {
    let events = PollFlags::from_bits_retain(poll_events(interest) as u16);
    let mut fds = [PollFd::new(&descriptor, events)];
    loop {
        let left = deadline.map(|at| timespec(at.saturating_duration_since(Instant::now())));
        let polled =
            fault::check_on(Call::Poll, &descriptor).and_then(|()| poll(&mut fds, left.as_ref()));
        match polled {
            Err(Errno::INTR) => continue,
            Err(error) => return Err(error),
            Ok(_) => break,
        }
    }
    Ok(polled(fds[0].revents().bits() as i16))
}

/// An interest as the `events` of poll(2).
pub fn poll_events(interest: Interest) -> i16 {
    let mut events = PollFlags::empty();
    if interest.read {
        events |= PollFlags::IN | PollFlags::RDHUP;
    }
    if interest.write {
        events |= PollFlags::OUT;
    }
    events.bits() as i16
}

/// The readiness in the `revents` of poll(2).
pub fn polled(events: i16) -> Readiness {
    let got = PollFlags::from_bits_retain(events as u16);
    let failed = got.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
    Readiness {
        readable: failed || got.intersects(PollFlags::IN | PollFlags::RDHUP),
        writable: failed || got.contains(PollFlags::OUT),
        hang_up: failed || got.contains(PollFlags::RDHUP),
        is_reported_once: false,
    }
}

/// A descriptor that is always writable, and never written to. There is one for the process and its
/// children.
///
/// # Errors
/// `EMFILE`, `ENFILE` and `ENOMEM` at the first call.
pub fn always_writable() -> Result<BorrowedFd<'static>> {
    static DESCRIPTOR: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(descriptor) = DESCRIPTOR.get() {
        return Ok(descriptor.as_fd());
    }
    fault::check(Call::EventCreate)?;
    let descriptor = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
    Ok(DESCRIPTOR.get_or_init(|| descriptor).as_fd())
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: duration.subsec_nanos().into(),
    }
}
