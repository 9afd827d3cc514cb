// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Fault injection: `tests/faults` makes system calls fail or transfer fewer bytes, following a plan.
//! Injected defects show that it detects such defects.
//!
//! All of this requires the feature `faults`, which normal builds do not have. Without it every
//! function here is empty and leaves no code behind.

use std::io::IoSlice;
use std::os::fd::AsFd;
#[cfg(feature = "faults")]
use std::os::fd::{AsRawFd, RawFd};
#[cfg(feature = "faults")]
use std::sync::{Mutex, PoisonError};

use super::Result;

/// The system calls of this module.
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

/// Decides the outcome of each call. Called on the thread that makes the system call; must not make
/// system calls through this crate.
#[cfg(feature = "faults")]
pub trait Plan: Send {
    /// Decides whether a call is made. Not all calls have a descriptor.
    ///
    /// # Errors
    /// The error with which the call fails without being made.
    fn check(&mut self, call: Call, descriptor: Option<RawFd>) -> Result<()>;
    /// How many of these bytes to transfer at most.
    fn at_most(&mut self, call: Call, descriptor: RawFd, count: usize) -> usize;
    /// Called with the outcome of a transfer.
    fn moved(&mut self, call: Call, descriptor: RawFd, outcome: Result<usize>);
}

/// The names and effects of the defects that `QLOCAL_DEFECT` enables.
#[cfg(feature = "faults")]
pub const DEFECTS: &[(&str, &str)] = &[
    ("byte-lost", "the last byte of a short read is lost"),
    ("byte-repeated", "the last byte of a short write is sent twice"),
    ("descriptor-leaked", "a failed connect leaks a descriptor"),
    ("error-swallowed", "a failed send is treated as one that would block"),
    ("accept-error-swallowed", "a failed accept is treated as one without a pending connection"),
    ("file-left", "the file remains after listen fails"),
    ("interrupt-not-repeated", "an interrupted call is not repeated"),
    ("room-not-awaited", "writability is not waited for"),
];

/// Whether this defect is enabled.
#[cfg(feature = "faults")]
pub(super) fn has_defect(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    debug_assert!(DEFECTS.iter().any(|(known, _)| *known == name));
    CHOSEN.get_or_init(|| std::env::var("QLOCAL_DEFECT").unwrap_or_default()) == name
}

/// Whether this defect is enabled: there are none.
#[cfg(not(feature = "faults"))]
pub(super) const fn has_defect(_: &str) -> bool {
    false
}

#[cfg(feature = "faults")]
static PLAN: Mutex<Option<Box<dyn Plan>>> = Mutex::new(None);

/// Sets the plan for all threads; `None` injects nothing.
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

/// Fails if the plan says so. Call it before a system call without a descriptor.
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

/// Like [`check`], before a system call on a descriptor.
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

/// How many bytes to request from the kernel.
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

/// Sends these slices, or only their first bytes if the plan says so.
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

/// Reports the outcome of a transfer to the plan.
#[inline(always)]
pub(super) fn moved(call: Call, descriptor: impl AsFd, outcome: Result<usize>) {
    #[cfg(feature = "faults")]
    ask((), |plan| plan.moved(call, descriptor.as_fd().as_raw_fd(), outcome));
    let _ = (call, descriptor, outcome);
}
