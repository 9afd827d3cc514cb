// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Handlers that end with an exception of their language.
//!
//! A host must not let an exception pass through the engine. It keeps it, calls [`begin`], and
//! returns; from there on the engine calls no host, and every call into it that is under way returns
//! at once. What was still to be announced waits for the end of the turn. The caller at the other
//! border calls [`end`], and throws what the host has kept.

use std::cell::Cell;

thread_local! {
    /// It has no destructor, so that it may be used until the very end of a thread.
    static UNWINDING: Cell<bool> = const { Cell::new(false) };
}

/// Makes the calls into the engine that are under way on this thread return.
pub fn begin() {
    UNWINDING.set(true);
}

/// Whether the calls that are under way have to return.
pub fn is_unwinding() -> bool {
    UNWINDING.get()
}

/// Lets the engine go on: those calls have returned.
pub fn end() {
    UNWINDING.set(false);
}
