// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How the C++ library ends a program whose engine is wrong or out of memory: with a message and
//! `abort`.
//!
//! A panic must not unwind into C++, so cxx aborts at the border anyway. `cmake/one-object.cmake`
//! links these functions in place of those of Rust's standard library, which bring along a reader
//! of debug information for their backtraces: a third of a small program. Rust programs keep the
//! standard library's, with their hooks and backtraces.

use core::panic::PanicInfo;
use std::fmt::Display;
use std::io::Write;
use std::process;

/// Called for every panic of the engine.
#[no_mangle]
fn qlocal_panicked(info: &PanicInfo<'_>) -> ! {
    abort(info)
}

/// Called if there is no memory for what the engine needs.
#[no_mangle]
fn qlocal_out_of_memory(size: usize, _align: usize) -> ! {
    abort(&format_args!("no memory for {size} bytes"))
}

fn abort(cause: &dyn Display) -> ! {
    // Neither allocates. Where there is no stderr there is nothing to tell it to.
    let _ = writeln!(std::io::stderr(), "qlocal: {cause}");
    process::abort()
}
