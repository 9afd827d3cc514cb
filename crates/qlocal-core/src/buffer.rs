// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The two queues of a stream: received bytes not yet read, and written bytes not yet sent.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::mem::MaybeUninit;

/// Received bytes that nobody has read yet.
///
/// An empty one holds no memory of its own: a driver lends it a block before it receives, and
/// takes the block back once everything is read.
#[derive(Debug, Default)]
pub struct InputBuffer {
    block: Vec<u8>,
    start: usize,
}

impl InputBuffer {
    /// How many bytes are there to read.
    pub fn len(&self) -> usize {
        self.block.len() - self.start
    }

    /// Whether everything is read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The unread bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.block[self.start..]
    }

    /// Moves as many bytes as fit to `into`, and returns their number.
    ///
    /// Their room need not be initialised; on return as many bytes of it are.
    pub fn read(&mut self, into: &mut [MaybeUninit<u8>]) -> usize {
        let count = into.len().min(self.len());
        into[..count].write_copy_of_slice(&self.as_slice()[..count]);
        self.skip(count)
    }

    /// As [`InputBuffer::read`], into room that is initialised.
    pub fn read_slice(&mut self, into: &mut [u8]) -> usize {
        let count = into.len().min(self.len());
        into[..count].copy_from_slice(&self.as_slice()[..count]);
        self.skip(count)
    }

    /// Throws away up to `count` bytes, and returns how many there were.
    pub fn skip(&mut self, count: usize) -> usize {
        let count = count.min(self.len());
        self.start += count;
        if self.is_empty() {
            self.clear();
        }
        count
    }

    /// Throws everything away.
    pub fn clear(&mut self) {
        self.block.clear();
        self.start = 0;
    }

    /// The length of the first line with its newline, if there is a whole one.
    pub fn line_len(&self) -> Option<usize> {
        self.as_slice().iter().position(|&byte| byte == b'\n').map(|at| at + 1)
    }

    /// The block to append to. What was read already makes room first.
    pub fn tail(&mut self) -> &mut Vec<u8> {
        // Moving costs no more than what has been read since the last move.
        if self.start > self.len() {
            self.block.drain(..self.start);
            self.start = 0;
        }
        &mut self.block
    }

    /// The room that can be filled without allocating.
    pub fn spare(&self) -> usize {
        self.block.capacity() - self.block.len()
    }

    /// Takes a block to receive into, if this one has none.
    pub fn borrow_block(&mut self, from: &mut Vec<u8>) {
        if self.block.capacity() == 0 {
            self.block = std::mem::take(from);
        }
    }

    /// Gives the block back if everything is read; one over `largest` bytes is freed instead.
    pub fn return_block(&mut self, to: &mut Vec<u8>, largest: usize) {
        if !self.is_empty() || self.block.capacity() == 0 {
            return;
        }
        let block = std::mem::take(&mut self.block);
        if to.capacity() == 0 && block.capacity() <= largest {
            *to = block;
        }
    }
}

/// How much a chunk holds, in bytes.
const CHUNK: usize = 64 * 1024;

/// Up to this size a queue is a chunk of its own size; larger ones take whole chunks, which are
/// used again.
const SMALL: usize = 4 * 1024;

/// Up to this size a chunk stays with its queue, for the next small message.
const KEPT: usize = 128;

/// How many chunks a thread keeps for the next writes.
const SPARE_CHUNKS: usize = 8;

thread_local! {
    /// Chunks to use again: what was just sent is still in the processor's cache.
    static SPARE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// How many chunks one send takes at the most.
const CHUNKS_PER_SEND: usize = 16;

/// Written bytes that the kernel has not taken yet, in the order of their writes.
#[derive(Debug, Default)]
pub struct OutputQueue {
    chunks: VecDeque<Vec<u8>>,
    /// How much of the first chunk is sent.
    sent: usize,
    len: usize,
}

impl OutputQueue {
    /// How many bytes are still to be sent.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether everything is sent.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends, and takes everything.
    pub fn write(&mut self, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        self.len += data.len();
        let mut rest = data;
        self.make_room(data.len());
        match self.chunks.back_mut() {
            Some(last) if last.capacity() >= CHUNK || last.len() + data.len() <= SMALL => {
                let (now, later) = data.split_at(data.len().min(last.capacity() - last.len()));
                last.extend_from_slice(now);
                rest = later;
            }
            None if data.len() <= SMALL => return self.chunks.push_back(data.to_vec()),
            _ => {}
        }
        for part in rest.chunks(CHUNK) {
            let mut chunk = take_chunk();
            chunk.extend_from_slice(part);
            self.chunks.push_back(chunk);
        }
    }

    /// Lets a small chunk grow: in one step to the most that a small one holds, then into one of
    /// the usual size, so that what one turn writes stays together.
    fn make_room(&mut self, more: usize) {
        let is_alone = self.chunks.len() == 1 && self.sent == 0;
        let Some(last) = self.chunks.back_mut() else { return };
        if last.capacity() >= CHUNK || last.capacity() - last.len() >= more {
            return;
        }
        if last.len() + more <= SMALL {
            last.reserve_exact(SMALL - last.len());
        } else if is_alone {
            let small = std::mem::replace(last, take_chunk());
            last.extend_from_slice(&small);
        }
    }

    /// Calls `send` with the next bytes to go out; it answers how many of them are gone.
    pub fn send<E>(
        &mut self,
        send: impl FnOnce(&[IoSlice<'_>]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let count = match self.chunks.front() {
            None => return send(&[]),
            Some(only) if self.chunks.len() == 1 => send(&[IoSlice::new(&only[self.sent..])])?,
            Some(_) => self.send_many(send)?,
        };
        self.advance(count);
        Ok(count)
    }

    fn send_many<E>(
        &self,
        send: impl FnOnce(&[IoSlice<'_>]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let mut slices = [IoSlice::new(&[]); CHUNKS_PER_SEND];
        let mut used = 0;
        for (slice, chunk) in slices.iter_mut().zip(&self.chunks) {
            *slice = IoSlice::new(if used == 0 { &chunk[self.sent..] } else { chunk });
            used += 1;
        }
        send(&slices[..used])
    }

    /// Throws everything away.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn advance(&mut self, count: usize) {
        self.len -= count;
        self.sent += count;
        let mut left = self.chunks.len();
        while let Some(first) = self.chunks.front_mut() {
            if self.sent < first.len() {
                return;
            }
            self.sent -= first.len();
            left -= 1;
            if left == 0 && first.capacity() <= KEPT {
                first.clear();
                return;
            }
            if let Some(chunk) = self.chunks.pop_front() {
                give_chunk(chunk);
            }
        }
    }
}

fn take_chunk() -> Vec<u8> {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
    spare.unwrap_or_else(|| Vec::with_capacity(CHUNK))
}

fn give_chunk(mut chunk: Vec<u8>) {
    if chunk.capacity() != CHUNK {
        return;
    }
    chunk.clear();
    // At the end of a thread there is nobody left to use it again.
    let _ = SPARE.try_with(|spare| {
        let mut spare = spare.borrow_mut();
        if spare.len() < SPARE_CHUNKS {
            spare.push(chunk);
        }
    });
}
