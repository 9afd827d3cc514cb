// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Handlers that throw an exception of their language.
//!
//! An exception must not propagate through the engine. The host stores it, calls [`begin`], and
//! returns. From then on the engine calls no host, and all its active calls return immediately.
//! Remaining announcements wait for the end of the turn. The outermost caller calls [`end`] and throws
//! the stored exception.

use std::cell::Cell;

thread_local! {
    /// Has no destructor, so it can be used until the very end of a thread.
    static UNWINDING: Cell<bool> = const { Cell::new(false) };
}

/// Makes all active calls into the engine on this thread return.
pub fn begin() {
    UNWINDING.set(true);
}

/// Whether active calls must return.
pub fn is_unwinding() -> bool {
    UNWINDING.get()
}

/// Resumes normal operation: those calls have returned.
pub fn end() {
    UNWINDING.set(false);
}
