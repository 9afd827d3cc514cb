// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Exceptions of C++ handlers, which must not pass through Rust: a hook called by the engine stores
//! one here, the engine returns at once, and the C++ function that called the engine rethrows it.

use std::cell::Cell;
use std::ptr;

use cxx::UniquePtr;
use qlocal_core::unwinding;

#[cxx::bridge(namespace = "_QLocal")]
mod ffi {
    unsafe extern "C++" {
        include!("qlocal/thrown.h");
        type Thrown;
    }

    extern "Rust" {
        /// Stores what a handler has thrown, and makes the engine return.
        #[cxx_name = "keepException"]
        fn keep_exception(thrown: UniquePtr<Thrown>);

        /// Whether there is an exception to rethrow.
        #[cxx_name = "isUnwinding"]
        fn is_unwinding() -> bool;

        /// Takes the exception to rethrow. The engine resumes its work after this.
        #[cxx_name = "takeException"]
        fn take_exception() -> UniquePtr<Thrown>;
    }
}

thread_local! {
    /// A plain pointer: a thread-local with a destructor would keep the library loaded until its
    /// thread ends.
    static KEPT: Cell<*mut ffi::Thrown> = const { Cell::new(ptr::null_mut()) };
}

fn keep_exception(thrown: UniquePtr<ffi::Thrown>) {
    unwinding::begin();
    drop(kept(thrown.into_raw()));
}

fn is_unwinding() -> bool {
    unwinding::is_unwinding()
}

fn take_exception() -> UniquePtr<ffi::Thrown> {
    unwinding::end();
    kept(ptr::null_mut())
}

/// Replaces the stored exception, and returns the previous one.
fn kept(next: *mut ffi::Thrown) -> UniquePtr<ffi::Thrown> {
    // SAFETY: `KEPT` holds null or a pointer from `into_raw`, whose ownership it gives up here.
    unsafe { UniquePtr::from_raw(KEPT.replace(next)) }
}
