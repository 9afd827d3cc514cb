// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Faults by plan: `tests/faults` makes system calls fail, and what the kernel moves short. Beside
//! them are defects on request, to show that it would find such ones.
//!
//! All of this exists only with the feature `faults`, which no normal build has. Without it every
//! function here is empty, and nothing of it is left in a program.

use std::io::IoSlice;
use std::os::fd::AsFd;
#[cfg(feature = "faults")]
use std::os::fd::{AsRawFd, RawFd};
#[cfg(feature = "faults")]
use std::sync::{Mutex, PoisonError};

use super::Result;

/// The system calls of this module, by what they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names are those of the calls")]
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
    Ioctl,
    Listen,
    Open,
    Poll,
    Receive,
    Rename,
    Send,
    Setsockopt,
    Socket,
    Stat,
    Unlink,
}

/// Says what becomes of each call. It is asked on the thread that makes the call, and must not make
/// any itself through this crate.
#[cfg(feature = "faults")]
pub trait Plan: Send {
    /// Whether this call is made at all, or fails. Descriptors are by number; not all calls have one.
    ///
    /// # Errors
    /// What the call fails with.
    fn check(&mut self, call: Call, descriptor: Option<RawFd>) -> Result<()>;
    /// How many of these bytes the kernel is offered.
    fn at_most(&mut self, call: Call, descriptor: RawFd, count: usize) -> usize;
    /// What came of moving bytes.
    fn moved(&mut self, call: Call, descriptor: RawFd, outcome: Result<usize>);
}

/// What can be wrong on request, by `QLOCAL_DEFECT`, and what it does.
#[cfg(feature = "faults")]
pub const DEFECTS: &[(&str, &str)] = &[
    ("byte-lost", "the last byte of a short read is lost"),
    ("byte-repeated", "the last byte of a short write is sent once more"),
    ("descriptor-leaked", "a connect that fails leaks a descriptor"),
    ("error-swallowed", "a send that fails is taken for one that would block"),
    ("accept-error-swallowed", "an accept that fails is taken for one that found no connection"),
    ("file-left", "the file stays when listening fails"),
    ("interrupt-not-repeated", "a call that a signal interrupts is not repeated"),
    ("room-not-awaited", "room to send is not waited for"),
];

/// Whether this defect was asked for.
#[cfg(feature = "faults")]
pub(super) fn has_defect(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    debug_assert!(DEFECTS.iter().any(|(known, _)| *known == name));
    CHOSEN.get_or_init(|| std::env::var("QLOCAL_DEFECT").unwrap_or_default()) == name
}

/// Whether this defect was asked for: there are none.
#[cfg(not(feature = "faults"))]
pub(super) const fn has_defect(_: &str) -> bool {
    false
}

#[cfg(feature = "faults")]
static PLAN: Mutex<Option<Box<dyn Plan>>> = Mutex::new(None);

/// Goes by this plan from now on, in every thread; `None` lets everything happen as it does.
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

/// Fails when the plan says so: ask it in front of a call without a descriptor.
#[inline(always)]
pub(super) fn check(call: Call) -> Result<()> {
    #[cfg(feature = "faults")]
    return ask(Ok(()), |plan| plan.check(call, None));
    #[cfg(not(feature = "faults"))]
    {
        let _ = call;
        Ok(())
    }
}

/// As [`check`], in front of a call on a descriptor.
#[inline(always)]
pub(super) fn check_on(call: Call, descriptor: impl AsFd) -> Result<()> {
    #[cfg(feature = "faults")]
    return ask(Ok(()), |plan| plan.check(call, Some(descriptor.as_fd().as_raw_fd())));
    #[cfg(not(feature = "faults"))]
    {
        let _ = (call, descriptor);
        Ok(())
    }
}

/// How many bytes to ask the kernel for.
#[inline(always)]
pub(super) fn at_most(call: Call, descriptor: impl AsFd, count: usize) -> usize {
    #[cfg(feature = "faults")]
    return ask(count, |plan| plan.at_most(call, descriptor.as_fd().as_raw_fd(), count));
    #[cfg(not(feature = "faults"))]
    {
        let _ = (call, descriptor);
        count
    }
}

/// Sends these slices, or the first part of them.
#[inline(always)]
pub(super) fn shortened<T>(
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

/// Tells the plan how many bytes were moved.
#[inline(always)]
pub(super) fn moved(call: Call, descriptor: impl AsFd, outcome: Result<usize>) {
    #[cfg(feature = "faults")]
    ask((), |plan| plan.moved(call, descriptor.as_fd().as_raw_fd(), outcome));
    let _ = (call, descriptor, outcome);
}
