// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Memory for bytes in transit. Each thread reuses it: memory that was just read or sent is still
//! in the processor's cache, and nothing is allocated while messages come and go.

use std::cell::RefCell;

/// The size of a chunk for small messages.
pub(crate) const SMALL: usize = 4 * 1024;

/// The size of all other chunks.
pub(crate) const LARGE: usize = 64 * 1024;

/// The maximum size of a chunk that is reused.
pub(crate) const MAX_SIZE: usize = 512 * 1024;

/// How many spare chunks of each size a thread keeps.
const MAX_SPARE: usize = 8;

/// The spare chunks of a thread, all of them empty.
struct Spare {
    small: Vec<Vec<u8>>,
    large: Vec<Vec<u8>>,
}

thread_local! {
    static SPARE: RefCell<Spare> = const { RefCell::new(Spare { small: vec![], large: vec![] }) };
}

impl Spare {
    fn of(&mut self, capacity: usize) -> Option<&mut Vec<Vec<u8>>> {
        match capacity {
            SMALL => Some(&mut self.small),
            LARGE..=MAX_SIZE => Some(&mut self.large),
            _ => None,
        }
    }
}

/// An empty chunk for `wanted` bytes, which may be more than fit into one.
pub(crate) fn take(size: usize) -> Vec<u8> {
    let capacity = if size <= SMALL { SMALL } else { LARGE };
    let spare = SPARE.try_with(|spare| spare.borrow_mut().of(capacity)?.pop()).ok().flatten();
    spare.unwrap_or_else(|| Vec::with_capacity(capacity))
}

/// Returns a chunk of [`take`], which may have grown meanwhile.
#[inline]
pub(crate) fn give(chunk: Vec<u8>) {
    if chunk.capacity() != 0 {
        keep(chunk);
    }
}

fn keep(mut chunk: Vec<u8>) {
    chunk.clear();
    // At the end of a thread it is freed.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if let Some(kept) = spare.of(chunk.capacity()).filter(|kept| kept.len() < MAX_SPARE) {
            kept.push(chunk);
        }
    });
}
