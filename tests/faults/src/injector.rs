// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The plan as consulted by the engine, and the ledger of bytes that the kernel has moved on each
//! descriptor.

use std::collections::HashMap;
use std::os::fd::{AsFd, AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qlocal_sys::fault::{self, Call};
use qlocal_sys::poller::Poller;
use qlocal_sys::{Errno, Result};
use rustix::fs::{Mode, OFlags};

use crate::plan::{Fault, What};

/// The history of one descriptor.
#[derive(Debug, Clone, Copy, Default)]
pub struct Entry {
    pub received: u64,
    pub sent: u64,
    /// A call failed in a way that ends a connection.
    pub failed: bool,
    /// It was closed behind the engine's back.
    pub closed: bool,
}

/// The faults to inject, and what happened.
#[derive(Default)]
pub struct Ledger {
    faults: Vec<Fault>,
    calls: HashMap<Call, u64>,
    entries: HashMap<RawFd, Entry>,
    /// The number of faulted calls.
    met: u64,
    failed_accepts: u64,
    /// Replaces a closed descriptor: the kernel fails every call on it with `EBADF`.
    nothing: Option<OwnedFd>,
}

/// The ledger shared by the engine and the tests.
#[derive(Clone, Default)]
pub struct Injector(Arc<Mutex<Ledger>>);

impl Injector {
    /// Makes the engine consult this one.
    pub fn install() -> Self {
        let injector = Self::default();
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        injector.lock().nothing = rustix::fs::open("/", flags, Mode::empty()).ok();
        fault::set_plan(Some(Box::new(injector.clone())));
        injector
    }

    /// Starts over, with these faults.
    pub fn start(&self, faults: &[Fault]) {
        let mut ledger = self.lock();
        *ledger =
            Ledger { faults: faults.to_vec(), nothing: ledger.nothing.take(), ..Ledger::default() };
    }

    /// Injects no faults from now on.
    pub fn stop(&self) {
        let mut ledger = self.lock();
        ledger.faults.clear();
        ledger.failed_accepts = 0;
    }

    /// A connection with this descriptor begins.
    pub fn open(&self, descriptor: RawFd) {
        self.lock().entries.insert(descriptor, Entry::default());
    }

    /// Its history so far.
    pub fn entry(&self, descriptor: RawFd) -> Entry {
        self.lock().entries.get(&descriptor).copied().unwrap_or_default()
    }

    pub fn meets_files(&self) -> bool {
        concern_files(&self.lock().faults)
    }

    /// Whether the engine has made such a call.
    pub fn has_called(&self, call: Call) -> bool {
        self.lock().calls.contains_key(&call)
    }

    pub fn met(&self) -> u64 {
        self.lock().met
    }

    pub fn failed_accepts(&self) -> u64 {
        self.lock().failed_accepts
    }

    pub fn forget_failed_accepts(&self) {
        self.lock().failed_accepts = 0;
    }

    fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fault::Plan for Injector {
    fn check(&mut self, call: Call, descriptor: Option<RawFd>) -> Result<()> {
        self.lock().check(call, descriptor)
    }

    fn at_most(&mut self, call: Call, _: RawFd, count: usize) -> usize {
        self.lock().at_most(call, count)
    }

    fn moved(&mut self, call: Call, descriptor: RawFd, outcome: Result<usize>) {
        let mut ledger = self.lock();
        let entry = ledger.entries.entry(descriptor).or_default();
        match (call, outcome) {
            (Call::Receive, Ok(count)) => entry.received += count as u64,
            (Call::Send, Ok(count)) => entry.sent += count as u64,
            (_, Err(Errno::AGAIN)) => {}
            _ => entry.failed = true,
        }
    }
}

impl Ledger {
    fn check(&mut self, call: Call, descriptor: Option<RawFd>) -> Result<()> {
        let nth = self.calls.entry(call).or_default();
        *nth += 1;
        let nth = *nth;
        let meets =
            |fault: &&Fault| fault.meets(call, nth) && !matches!(fault.what, What::Short(_));
        let Some(fault) = self.faults.iter().find(meets).copied() else { return Ok(()) };
        self.met += 1;
        match (fault.what, descriptor) {
            (What::Closed, Some(descriptor)) => {
                self.close(descriptor);
                Ok(())
            }
            (What::Errno(errno), _) => {
                let passes = matches!(errno, Errno::INTR | Errno::AGAIN | Errno::CONNABORTED);
                self.failed_accepts += u64::from(call == Call::Accept && !passes);
                Err(errno)
            }
            (What::Closed | What::Short(_), _) => Ok(()),
        }
    }

    fn at_most(&mut self, call: Call, count: usize) -> usize {
        // The call itself is counted when it is made.
        let nth = self.calls.get(&call).copied().unwrap_or_default() + 1;
        let short = self.faults.iter().find_map(|fault| match fault.what {
            What::Short(max) if fault.meets(call, nth) => Some(max),
            _ => None,
        });
        let max = short.map_or(count, |max| max.min(count));
        self.met += u64::from(max < count);
        max
    }

    /// The replacement behaves like a closed descriptor, and keeps the number from being reused
    /// meanwhile.
    fn close(&mut self, descriptor: RawFd) {
        let Some(nothing) = &self.nothing else { return };
        self.entries.entry(descriptor).or_default().closed = true;
        // SAFETY: the engine has it open while it makes a call on it, and the number stays a valid
        // descriptor that the engine will close.
        let mut owned = unsafe { std::os::fd::FromRawFd::from_raw_fd(descriptor) };
        let _ = rustix::io::dup3(nothing, &mut owned, rustix::io::DupFlags::CLOEXEC);
        let _ = OwnedFd::into_raw_fd(owned);
    }
}

/// Whether a fault keeps the engine from checking its file, or from removing it.
pub fn concern_files(faults: &[Fault]) -> bool {
    let calls = [Call::Stat, Call::Unlink];
    faults.iter().any(|fault| calls.contains(&fault.call))
}

/// Whether a descriptor is readable now; the engine is not asked.
pub fn poll(descriptors: &[Arc<Poller>], milliseconds: i64) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec};

    let mut polled: Vec<_> = descriptors.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
    let timeout =
        Timespec { tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000 };
    let ready = rustix::event::poll(&mut polled, Some(&timeout));
    debug_assert!(descriptors.iter().all(|descriptor| descriptor.as_fd().as_raw_fd() >= 0));
    ready.is_ok_and(|count| count > 0)
}
