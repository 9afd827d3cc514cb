// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Memory for bytes in transit. Each thread reuses it: memory that was just read or sent is still
//! in the processor's cache, and in steady traffic none is allocated for the bytes of messages.

use std::cell::{Cell, RefCell};

/// The size of a chunk for small messages.
pub(crate) const SMALL: usize = 4 * 1024;

/// The size of all other chunks.
pub(crate) const LARGE: usize = 64 * 1024;

/// The maximum size of a chunk that is reused.
pub(crate) const MAX_SIZE: usize = 512 * 1024;

/// How many more spare chunks of each size a thread keeps.
const MAX_MORE: usize = 7;

/// The spare chunks of a thread, all of them empty.
struct Spare {
    small: Size,
    large: Size,
    /// The size of the next large chunk if there is no spare one.
    next_size: Cell<usize>,
}

/// The spare chunks of one size. In steady traffic the last one is taken and kept in turn.
struct Size {
    last: Cell<Vec<u8>>,
    more: RefCell<Vec<Vec<u8>>>,
}

thread_local! {
    static SPARE: Spare = const {
        Spare { small: Size::new(), large: Size::new(), next_size: Cell::new(LARGE) }
    };
}

impl Spare {
    #[inline]
    fn of(&self, capacity: usize) -> Option<&Size> {
        match capacity {
            SMALL => Some(&self.small),
            LARGE..=MAX_SIZE => Some(&self.large),
            _ => None,
        }
    }
}

impl Size {
    const fn new() -> Self {
        Self { last: Cell::new(Vec::new()), more: RefCell::new(Vec::new()) }
    }

    #[cold]
    fn take_more(&self) -> Option<Vec<u8>> {
        self.more.borrow_mut().pop()
    }

    #[cold]
    fn keep_more(&self, chunk: Vec<u8>) {
        let mut more = self.more.borrow_mut();
        if more.len() < MAX_MORE {
            more.push(chunk);
        }
    }
}

/// An empty chunk for `wanted` bytes, which may be more than fit into one.
#[inline]
pub(crate) fn take(wanted: usize) -> Vec<u8> {
    let size = if wanted <= SMALL { SMALL } else { LARGE };
    let mut chunk = Vec::new();
    let _ = SPARE.try_with(|spare| {
        chunk = if size == SMALL { &spare.small } else { &spare.large }.last.take();
    });
    if chunk.capacity() == 0 {
        chunk = take_more(size);
    }
    chunk
}

#[cold]
fn take_more(size: usize) -> Vec<u8> {
    let found = SPARE.try_with(|spare| match size {
        SMALL => spare.small.take_more().ok_or(SMALL),
        _ => spare.large.take_more().ok_or(spare.next_size.get()),
    });
    found.unwrap_or(Err(size)).unwrap_or_else(Vec::with_capacity)
}

/// Passes a full chunk on to the user, who may never return it. The next one has room for as many
/// bytes: the messages of a connection are often of one size, and growing copies them.
pub(crate) fn hand_out(chunk: Vec<u8>) -> Vec<u8> {
    // With room to spare, since a full chunk grows in case there is more to receive.
    let size = (chunk.len() + SMALL).next_multiple_of(LARGE).min(MAX_SIZE / 2);
    let _ = SPARE.try_with(|spare| spare.next_size.set(size));
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

#[inline]
fn keep(mut chunk: Vec<u8>) {
    chunk.clear();
    // At the end of a thread it is freed.
    let _ = SPARE.try_with(|spare| {
        let Some(size) = spare.of(chunk.capacity()) else { return };
        let before = size.last.replace(chunk);
        if before.capacity() != 0 {
            size.keep_more(before);
        }
    });
}
