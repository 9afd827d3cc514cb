// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A third-party Rust library, independent of qlocal: it allocates, unwinds and starts threads,
//! with its own standard library.

use std::panic;
use std::thread;

/// Returns how many of `count` threads have panicked, were caught, and still had their memory.
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
