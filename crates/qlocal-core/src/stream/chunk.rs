// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Memory for bytes in transit. Each thread reuses it: memory that was just read or sent is still
//! in the processor's cache, and in steady traffic none is allocated for the bytes of messages.

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
    /// The size of the next large chunk if there is no spare one.
    next_size: usize,
}

thread_local! {
    static SPARE: RefCell<Spare> = const {
        RefCell::new(Spare { small: vec![], large: vec![], next_size: LARGE })
    };
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
pub(crate) fn take(wanted: usize) -> Vec<u8> {
    let size = if wanted <= SMALL { SMALL } else { LARGE };
    let found = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        let chunk = spare.of(size).and_then(Vec::pop);
        chunk.ok_or(if size == SMALL { SMALL } else { spare.next_size })
    });
    found.unwrap_or(Err(size)).unwrap_or_else(Vec::with_capacity)
}

/// Passes a full chunk on to the user, who may never return it. The next one has room for as many
/// bytes: the messages of a connection are often of one size, and growing copies them.
pub(crate) fn hand_out(chunk: Vec<u8>) -> Vec<u8> {
    // With room to spare, since a full chunk grows in case there is more to receive.
    let size = (chunk.len() + SMALL).next_multiple_of(LARGE).min(MAX_SIZE / 2);
    let _ = SPARE.try_with(|spare| spare.borrow_mut().next_size = size);
    chunk
}

/// Keeps the memory for the thread's next messages, if it is as large as those of a stream.
///
/// Call it with what [`Stream::read_all`](crate::Stream::read_all) has returned, once that is not
/// needed any more, to save the allocation of the next.
#[inline]
pub fn give(chunk: Vec<u8>) {
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
