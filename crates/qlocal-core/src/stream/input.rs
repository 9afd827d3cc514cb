// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Received bytes that are not read yet.

use std::mem::MaybeUninit;

use super::chunk;

/// A block with less room than this is made larger before it receives, in bytes.
const MIN_ROOM: usize = 4 * 1024;

/// Received bytes that are not read yet.
///
/// Once everything is read it holds no memory.
#[derive(Debug, Default)]
pub struct InputBuffer {
    block: Vec<u8>,
    start: usize,
    /// Up to where in the block there is no newline, if that is behind `start`.
    searched: usize,
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
        for (to, from) in into.iter_mut().zip(&self.as_slice()[..count]) {
            to.write(*from);
        }
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

    /// Throws away what is behind the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.block.truncate(self.start + len);
        self.searched = self.searched.min(self.block.len());
    }

    /// Throws everything away.
    pub fn clear(&mut self) {
        self.start = 0;
        self.searched = 0;
        chunk::give(std::mem::take(&mut self.block));
    }

    /// The length of the first line with its newline, if there is a whole one.
    ///
    /// No byte is searched twice, however often this is called while a line arrives or is read.
    pub fn line_len(&mut self) -> Option<usize> {
        let from = self.searched.max(self.start);
        let found = self.block[from..].iter().position(|&byte| byte == b'\n');
        self.searched = found.map_or(self.block.len(), |at| from + at);
        found.map(|_| self.searched + 1 - self.start)
    }

    /// The block to append to, and nothing else. What was read already makes room first.
    pub fn tail(&mut self) -> &mut Vec<u8> {
        // Moving costs no more than what has been read since the last move.
        if self.start > self.len() {
            self.block.drain(..self.start);
            self.searched = self.searched.saturating_sub(self.start);
            self.start = 0;
        }
        &mut self.block
    }

    /// Makes room to append to, and returns how much can be filled without allocating.
    pub fn make_room(&mut self) -> usize {
        if self.block.capacity() == 0 {
            self.block = chunk::take(chunk::LARGE);
        }
        let tail = self.tail();
        if tail.capacity() - tail.len() < MIN_ROOM {
            tail.reserve(chunk::LARGE);
        }
        tail.capacity() - tail.len()
    }

    /// Holds no memory unless there are bytes to read, and no more than they are worth.
    pub fn release(&mut self) {
        if self.is_empty() {
            self.clear();
        } else if self.block.capacity() > chunk::MAX_SIZE.max(4 * self.len()) {
            self.block = self.as_slice().to_vec();
            self.searched = self.searched.saturating_sub(self.start);
            self.start = 0;
        }
    }
}
