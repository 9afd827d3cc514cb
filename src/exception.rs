// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Exceptions of C++ handlers, which must not pass through Rust: a hook that the engine calls keeps
//! one here, the engine returns at once, and the C++ function that called the engine throws it again.

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
        /// Keeps what a handler has thrown, and makes the engine return.
        #[cxx_name = "keepException"]
        fn keep_exception(thrown: UniquePtr<Thrown>);

        /// Whether there is one to throw again.
        #[cxx_name = "isUnwinding"]
        fn is_unwinding() -> bool;

        /// What is to be thrown again. The engine goes on with its work after this.
        #[cxx_name = "takeException"]
        fn take_exception() -> UniquePtr<Thrown>;
    }
}

thread_local! {
    /// A plain pointer: what has a destructor keeps the library in a thread that ends.
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

/// What was kept until now.
fn kept(next: *mut ffi::Thrown) -> UniquePtr<ffi::Thrown> {
    // SAFETY: `KEPT` has null or what `into_raw` gave, which it gives away here.
    unsafe { UniquePtr::from_raw(KEPT.replace(next)) }
}
