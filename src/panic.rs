// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The C++ library's handlers for panics and failed allocations in the engine: a message and
//! `abort`.
//!
//! A panic must not unwind into C++, so cxx aborts at the boundary anyway. `cmake/one-object.cmake`
//! links these functions instead of those of Rust's standard library, whose backtraces need a
//! debug-info reader: a third of a small program. Rust programs keep the standard library's
//! handlers, with hooks and backtraces.

use core::panic::PanicInfo;
use std::fmt::Display;
use std::io::Write;
use std::process;

/// Called for every panic of the engine.
#[no_mangle]
fn qlocal_panicked(info: &PanicInfo<'_>) -> ! {
    abort(info)
}

/// Called when an allocation of the engine fails.
#[no_mangle]
fn qlocal_out_of_memory(size: usize, _align: usize) -> ! {
    abort(&format_args!("no memory for {size} bytes"))
}

fn abort(cause: &dyn Display) -> ! {
    // Neither allocates. Without stderr the message is lost.
    let _ = writeln!(std::io::stderr(), "qlocal: {cause}");
    process::abort()
}
