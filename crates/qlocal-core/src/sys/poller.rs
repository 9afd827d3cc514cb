// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Readiness: the epoll instance, and the wait for one descriptor.

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use rustix::event::{epoll, eventfd, poll, EventfdFlags, PollFd, PollFlags, Timespec};

use super::fault::{self, Call};
use super::{Errno, Process, Result};

/// What a registration waits for. Errors and the end of both directions are always reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Interest {
    /// Until there is something to read, or the end of file.
    pub read: bool,
    /// Until there is room to write.
    pub write: bool,
}

/// How a registration is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// For as long as it is ready for this.
    Level(Interest),
    /// When there is something new to read, each time once.
    Edge,
}

/// What the kernel reports. It is a hint: it may be spurious, and an error counts as both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Readiness {
    /// Reading may give something.
    pub readable: bool,
    /// Writing may take something.
    pub writable: bool,
    /// The peer has ended its direction: reading goes on until the end of file.
    pub hang_up: bool,
    /// The next question may not bring it again.
    pub is_reported_once: bool,
}

impl Readiness {
    /// Only trying tells.
    pub const UNKNOWN: Self =
        Self { readable: true, writable: true, hang_up: true, is_reported_once: true };
}

/// One reported registration.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// What `add` was given.
    pub key: u64,
    /// What it is ready for.
    pub readiness: Readiness,
}

/// How many events one question to the kernel brings at the most.
const BATCH: usize = 512;

/// A level-triggered readiness queue.
///
/// It is shared with the children of this process. What a child does to it happens to the parent, so
/// it must not use it: see [`Poller::is_of_this_process`].
#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
    process: Process,
}

impl Poller {
    /// # Errors
    /// `EMFILE`, `ENFILE` and `ENOMEM` when the system has no more of what it takes.
    pub fn new() -> Result<Self> {
        fault::check(Call::EpollCreate)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, process: Process::current() })
    }

    /// False in a child of the process that has made it.
    #[inline]
    pub fn is_of_this_process(&self) -> bool {
        self.process.is_current()
    }

    /// Starts to report a descriptor, under a key.
    ///
    /// # Errors
    /// `ENOSPC` and `ENOMEM` when the system watches too much, `EPERM` for what cannot be waited for.
    pub fn add(&self, descriptor: impl AsFd, key: u64, watch: Watch) -> Result<()> {
        fault::check_on(Call::EpollAdd, &descriptor)?;
        let flags = match watch {
            Watch::Level(interest) => flags(interest),
            Watch::Edge => epoll::EventFlags::IN | epoll::EventFlags::ET,
        };
        epoll::add(&self.epoll, descriptor, epoll::EventData::new_u64(key), flags)
    }

    /// Changes what a descriptor is reported for, and reports it again if it is ready.
    ///
    /// # Errors
    /// `ENOENT` when it was never added.
    pub fn modify(&self, descriptor: impl AsFd, key: u64, interest: Interest) -> Result<()> {
        fault::check_on(Call::EpollModify, &descriptor)?;
        let write = interest.write && !fault::has_defect("room-not-awaited");
        let interest = Interest { write, ..interest };
        epoll::modify(&self.epoll, descriptor, epoll::EventData::new_u64(key), flags(interest))
    }

    /// Ends the reports of a descriptor.
    ///
    /// # Errors
    /// `ENOENT` when it was never added, `EBADF` when it is closed.
    pub fn delete(&self, descriptor: impl AsFd) -> Result<()> {
        let deleted = epoll::delete(&self.epoll, &descriptor);
        // It fails for what is not there only, so the fault comes after it.
        fault::check_on(Call::EpollDelete, &descriptor).and(deleted)
    }

    /// Passes what is ready now to `each`, without waiting.
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

fn flags(interest: Interest) -> epoll::EventFlags {
    let mut flags = epoll::EventFlags::empty();
    if interest.read {
        flags |= epoll::EventFlags::IN | epoll::EventFlags::RDHUP;
    }
    if interest.write {
        flags |= epoll::EventFlags::OUT;
    }
    if interest == Interest::default() {
        // A hang-up is reported whatever the interest: once is enough while reading is paused.
        flags |= epoll::EventFlags::ET;
    }
    flags
}

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

/// Waits until one descriptor is ready or the deadline passes; `None` waits for ever.
///
/// Returns nothing ready when the deadline passed. A deadline in the past still asks once.
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

/// What poll(2) is to wait for.
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

/// What poll(2) has found.
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

/// A descriptor that always can be written to, and never is. One for the process; children share it.
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
