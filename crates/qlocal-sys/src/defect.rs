// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Defects on request: each function decorates a part of a system call, and returns it as it is unless
//! `QLOCAL_DEFECT` names the defect.
//!
//! They exist only with the feature `faults`, see [`fault`](crate::fault). Without it each function here
//! is the identity.

use std::io::IoSlice;
use std::os::fd::{AsFd, IntoRawFd};

use crate::errno::{Errno, Result};

/// The defects and their effects.
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

#[cfg(feature = "faults")]
fn is(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    debug_assert!(DEFECTS.iter().any(|(known, _)| *known == name));
    CHOSEN.get_or_init(|| std::env::var("QLOCAL_DEFECT").unwrap_or_default()) == name
}

#[cfg(not(feature = "faults"))]
const fn is(_: &str) -> bool {
    false
}

/// The outcome of a receive of at most `room` bytes, appended to `into`.
#[inline(always)]
pub(crate) fn received(into: &mut Vec<u8>, room: usize, received: Result<usize>) -> Result<usize> {
    if is("byte-lost") && received.is_ok_and(|count| count < room) {
        into.pop();
    }
    received
}

/// The outcome of a send of these slices.
#[inline(always)]
pub(crate) fn sent(slices: &[IoSlice<'_>], sent: Result<usize>) -> Result<usize> {
    let total = || slices.iter().map(|slice| slice.len()).sum();
    match sent {
        Ok(count @ 2..) if is("byte-repeated") && count < total() => Ok(count - 1),
        Err(_) if is("error-swallowed") => Err(Errno::AGAIN),
        sent => sent,
    }
}

/// The outcome of a connect.
#[inline(always)]
pub(crate) fn connected(socket: impl AsFd, connected: Result<()>) -> Result<()> {
    if connected.is_err() && is("descriptor-leaked") {
        let _ = rustix::io::dup(socket).map(IntoRawFd::into_raw_fd);
    }
    connected
}

/// The outcome of an accept.
#[inline(always)]
pub(crate) fn accepted<T>(accepted: Result<T>) -> Result<T> {
    accepted.map_err(|errno| if is("accept-error-swallowed") { Errno::AGAIN } else { errno })
}

/// Removes a file.
#[inline(always)]
pub(crate) fn removed(remove: impl FnOnce() -> Result<()>) -> Result<()> {
    if is("file-left") {
        return Ok(());
    }
    remove()
}

/// Makes a call again for as long as signals interrupt it.
#[inline(always)]
pub(crate) fn repeated<T>(mut call: impl FnMut() -> Result<T>) -> Result<T> {
    if is("interrupt-not-repeated") {
        return call();
    }
    rustix::io::retry_on_intr(call)
}

/// Whether a registration that waits for room does so.
#[inline(always)]
pub(crate) fn room_awaited() -> bool {
    !is("room-not-awaited")
}
