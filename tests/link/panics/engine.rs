// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A small engine that fails on request, in each way in which Rust code can.

#[path = "../../../src/panic.rs"]
mod panic;

use std::alloc::{handle_alloc_error, Layout};

#[no_mangle]
extern "C" fn fail(way: usize) {
    match way {
        0 => panic!("way {way}"),
        1 => _ = std::hint::black_box([way; 1])[way],
        2 => _ = std::hint::black_box(None::<usize>).unwrap(),
        3 => handle_alloc_error(Layout::new::<[u8; 4711]>()),
        _ => _ = std::hint::black_box(vec![0; way]),
    }
}
