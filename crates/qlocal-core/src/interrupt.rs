// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Handlers that end with an exception of their language.
//!
//! A host must not let an exception pass through the engine. It keeps it, calls [`interrupt`], and
//! returns; from there on the engine calls nobody, and every call into it returns at once. What was
//! still to be announced waits for the end of the turn. The caller at the other border asks
//! [`resume`], and throws what the host has kept.

use std::cell::Cell;

thread_local! {
    /// It has no destructor, so that it may be used until the very end of a thread.
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
}

/// Makes the calls into the engine that are under way on this thread return.
pub fn interrupt() {
    INTERRUPTED.set(true);
}

/// Whether a handler has interrupted the calls that are under way.
pub fn is_interrupted() -> bool {
    INTERRUPTED.get()
}

/// Lets the engine go on: those calls have returned. True when there was an interruption.
pub fn resume() -> bool {
    INTERRUPTED.replace(false)
}
