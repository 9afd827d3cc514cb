// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Received bytes that are not read yet.

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
