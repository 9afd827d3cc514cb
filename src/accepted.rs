// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! An accepted connection on its way through C++, where it is a plain number. The kernel need not be asked about
//! it if only functions of this library have seen it: then `incomingConnection()` itself vouches for it to the
//! socket that takes it over next. An override that reimplements that function vouches for nothing.

use std::cell::Cell;
use std::os::fd::RawFd;

thread_local! {
    /// The connection that is being delivered, until a socket takes it over.
    static DELIVERED: Cell<Option<RawFd>> = const { Cell::new(None) };
    /// The one that the next socket takes over.
    static VOUCHED_FOR: Cell<Option<RawFd>> = const { Cell::new(None) };
}

/// Delivers a connection.
pub fn deliver(descriptor: RawFd, deliver: impl FnOnce(RawFd)) {
    DELIVERED.set(Some(descriptor));
    deliver(descriptor);
    DELIVERED.set(None);
}

/// The next socket takes over this descriptor, directly after this call.
pub fn vouch_for(descriptor: RawFd) {
    if DELIVERED.get() == Some(descriptor) {
        DELIVERED.set(None);
        VOUCHED_FOR.set(Some(descriptor));
    }
}

/// Whether this is an accepted connection that nothing has changed; true once.
pub fn is_vouched_for(descriptor: RawFd) -> bool {
    VOUCHED_FOR.take() == Some(descriptor)
}
