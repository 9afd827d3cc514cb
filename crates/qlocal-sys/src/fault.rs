// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Faults by plan: `tests/faults` makes system calls fail, and transfers short. It also injects
//! defects (`DEFECTS`), to show that it would find them.
//!
//! This exists only with the feature `faults`, which no normal build has. Without it each function here
//! is empty and compiles to nothing.

use std::io::IoSlice;
use std::os::fd::AsFd;
#[cfg(feature = "faults")]
use std::os::fd::{AsRawFd, RawFd};
#[cfg(feature = "faults")]
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "faults")]
pub use crate::defect::DEFECTS;
use crate::errno::Result;

/// The system calls of this crate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the system calls")]
pub enum Call {
    Accept,
    Bind,
    Chmod,
    Connect,
    EpollAdd,
    EpollCreate,
    EventCreate,
    EpollDelete,
    EpollModify,
    EpollWait,
    Fchmod,
    Fcntl,
    Flock,
    GetAffinity,
    Getpeername,
    Getsockname,
    Getsockopt,
    InotifyAdd,
    InotifyCreate,
    InotifyRead,
    Ioctl,
    Listen,
    Open,
    Poll,
    Receive,
    Rename,
    Send,
    Setsockopt,
    Shutdown,
    Socket,
    Stat,
    Unlink,
    Utimensat,
}

/// Decides the outcome of each call. It is consulted on the thread that makes the call, and must not make
/// any itself through this crate.
#[cfg(feature = "faults")]
pub trait Plan: Send {
    /// Whether this call is made or fails. Not all calls have a descriptor.
    ///
    /// # Errors
    /// The error of the call, if it is not made.
    fn check(&mut self, call: Call, descriptor: Option<RawFd>) -> Result<()>;
    /// How many of these bytes the call offers to the kernel.
    fn at_most(&mut self, call: Call, descriptor: RawFd, count: usize) -> usize;
    /// The outcome of a transfer.
    fn moved(&mut self, call: Call, descriptor: RawFd, outcome: Result<usize>);
}

#[cfg(feature = "faults")]
static PLAN: Mutex<Option<Box<dyn Plan>>> = Mutex::new(None);

/// Sets the plan of all threads; with `None` all calls are made.
#[cfg(feature = "faults")]
pub fn set_plan(plan: Option<Box<dyn Plan>>) {
    *PLAN.lock().unwrap_or_else(PoisonError::into_inner) = plan;
}

#[cfg(feature = "faults")]
fn ask<T>(otherwise: T, question: impl FnOnce(&mut dyn Plan) -> T) -> T {
    match PLAN.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        Some(plan) => question(&mut **plan),
        None => otherwise,
    }
}

/// Whether calls may have faults.
pub(crate) const IS_PLANNED: bool = cfg!(feature = "faults");

/// Fails if the plan says so. To be called before a system call without a descriptor.
#[inline(always)]
pub(crate) fn check(call: Call) -> Result<()> {
    #[cfg(feature = "faults")]
    return ask(Ok(()), |plan| plan.check(call, None));
    #[cfg(not(feature = "faults"))]
    {
        let _ = call;
        Ok(())
    }
}

/// As [`check`], before a system call on a descriptor.
#[inline(always)]
pub(crate) fn check_on(call: Call, descriptor: impl AsFd) -> Result<()> {
    #[cfg(feature = "faults")]
    return ask(Ok(()), |plan| plan.check(call, Some(descriptor.as_fd().as_raw_fd())));
    #[cfg(not(feature = "faults"))]
    {
        let _ = (call, descriptor);
        Ok(())
    }
}

/// How many bytes to request from the kernel.
#[inline(always)]
pub(crate) fn at_most(call: Call, descriptor: impl AsFd, count: usize) -> usize {
    #[cfg(feature = "faults")]
    return ask(count, |plan| plan.at_most(call, descriptor.as_fd().as_raw_fd(), count));
    #[cfg(not(feature = "faults"))]
    {
        let _ = (call, descriptor);
        count
    }
}

/// Sends these slices, or only their first bytes if the plan says so.
#[inline(always)]
pub(crate) fn shortened<T>(
    descriptor: impl AsFd,
    slices: &[IoSlice<'_>],
    send: impl Fn(&[IoSlice<'_>]) -> T,
) -> T {
    #[cfg(feature = "faults")]
    {
        let all = slices.iter().map(|slice| slice.len()).sum();
        let mut left = at_most(Call::Send, descriptor, all);
        if left < all {
            let part = slices.iter().map(|slice| {
                let count = left.min(slice.len());
                left -= count;
                IoSlice::new(&slice[..count])
            });
            return send(&part.filter(|slice| !slice.is_empty()).collect::<Vec<_>>());
        }
    }
    let _ = descriptor;
    send(slices)
}

/// Reports the outcome of a transfer to the plan.
#[inline(always)]
pub(crate) fn moved(call: Call, descriptor: impl AsFd, outcome: Result<usize>) {
    #[cfg(feature = "faults")]
    ask((), |plan| plan.moved(call, descriptor.as_fd().as_raw_fd(), outcome));
    let _ = (call, descriptor, outcome);
}
