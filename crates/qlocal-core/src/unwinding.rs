// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Handlers that end with an exception of another language.
//!
//! A host must not let an exception pass through the engine. It stores the exception, calls
//! [`begin`], and returns. From then on the engine calls no host, and each call of the engine under
//! way returns at once. The remaining effects wait for the end of the turn. The caller at the other
//! end calls [`end`], and rethrows the stored exception.

use std::cell::Cell;

thread_local! {
    /// It has no destructor, so it can be used until the very end of a thread.
    static UNWINDING: Cell<bool> = const { Cell::new(false) };
}

/// Makes all calls of the engine under way on this thread return.
pub fn begin() {
    UNWINDING.set(true);
}

/// Whether the calls under way have to return.
pub fn is_unwinding() -> bool {
    UNWINDING.get()
}

/// Those calls have returned: the engine works as usual again.
pub fn end() {
    UNWINDING.set(false);
}
