// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A Rust library of someone else's, which knows nothing of qlocal: it allocates, unwinds and
//! starts threads, with a standard library of its own.

use std::panic;
use std::thread;

/// Returns how many of `count` threads have panicked, been caught, and still had their memory.
#[no_mangle]
pub extern "C" fn other_caught_panics(count: u32) -> u32 {
    panic::set_hook(Box::new(|_| {}));
    let threads = (0..count).map(|number| {
        thread::spawn(move || {
            let words: Vec<String> = (0..=number).map(|word| word.to_string()).collect();
            let caught = panic::catch_unwind(|| words[words.len() + 1].clone());
            u32::from(caught.is_err() && words.last() == Some(&number.to_string()))
        })
    });
    threads.map(|thread| thread.join().unwrap_or(0)).sum()
}
