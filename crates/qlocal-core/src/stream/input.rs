// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Received and unread bytes.

use std::mem::MaybeUninit;

use super::chunk;

/// A block with less spare capacity than this grows before it receives, in bytes.
const MIN_ROOM: usize = 4 * 1024;

/// A block with fewer unread bytes than this is not handed out: copying them is cheap, and the block
/// receives what comes next.
const MIN_HANDED_OUT: usize = 16 * 1024;

/// Received and unread bytes.
///
/// Once everything is read it holds no memory.
#[derive(Debug, Default)]
pub struct InputBuffer {
    block: Vec<u8>,
    start: usize,
    /// The part of the block up to here has no newline, if this is after `start`.
    searched: usize,
}

impl InputBuffer {
    /// The number of unread bytes.
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
    /// `into` need not be initialised; on return that many bytes of it are.
    pub fn read(&mut self, into: &mut [MaybeUninit<u8>]) -> usize {
        let count = into.len().min(self.len());
        for (to, from) in into.iter_mut().zip(&self.as_slice()[..count]) {
            to.write(*from);
        }
        self.advance(count);
        count
    }

    /// As [`InputBuffer::read`], into an initialised slice.
    pub fn read_slice(&mut self, into: &mut [u8]) -> usize {
        let count = into.len().min(self.len());
        into[..count].copy_from_slice(&self.as_slice()[..count]);
        self.skip(count)
    }

    /// Discards up to `count` bytes, and returns their number.
    pub fn skip(&mut self, count: usize) -> usize {
        let count = count.min(self.len());
        self.advance(count);
        count
    }

    #[inline]
    fn advance(&mut self, count: usize) {
        self.start += count;
        if self.is_empty() {
            self.clear();
        }
    }

    /// Moves everything out, without a copy if that is much and nothing before it was read.
    ///
    /// The memory is at most four times as large as its contents. Return it with
    /// [`recycle`](crate::recycle), or drop it.
    pub fn take_all(&mut self) -> Vec<u8> {
        if self.len() < MIN_HANDED_OUT.max(self.block.capacity() / 4) {
            let all = self.as_slice().to_vec();
            self.clear();
            return all;
        }
        self.searched = 0;
        self.block.drain(..std::mem::take(&mut self.start));
        chunk::hand_out(std::mem::take(&mut self.block))
    }

    /// Discards all but the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.block.truncate(self.start + len);
        self.searched = self.searched.min(self.block.len());
    }

    /// Discards everything.
    #[inline]
    pub fn clear(&mut self) {
        self.start = 0;
        self.searched = 0;
        chunk::give(std::mem::take(&mut self.block));
    }

    /// The length of the first line with its newline, if it is complete.
    ///
    /// No byte is searched twice, however often this is called while a line arrives or is read.
    pub fn line_len(&mut self) -> Option<usize> {
        let from = self.searched.max(self.start);
        let found = self.block[from..].iter().position(|&byte| byte == b'\n');
        self.searched = found.map_or(self.block.len(), |at| from + at);
        found.map(|_| self.searched + 1 - self.start)
    }

    /// The block, only to append to. Bytes that were read are removed from its start first.
    #[inline]
    pub fn tail(&mut self) -> &mut Vec<u8> {
        // Moving costs no more than reading since the last move has.
        if self.start > self.len() {
            self.move_to_front();
        }
        &mut self.block
    }

    #[cold]
    fn move_to_front(&mut self) {
        self.block.drain(..self.start);
        self.searched = self.searched.saturating_sub(self.start);
        self.start = 0;
    }

    /// Makes room to append to, and returns how much can be appended without allocating.
    #[inline]
    pub fn make_room(&mut self) -> usize {
        if self.block.capacity() == 0 {
            self.block = chunk::take(chunk::LARGE);
            return self.block.capacity();
        }
        let tail = self.tail();
        if tail.capacity() - tail.len() < MIN_ROOM {
            grow(tail);
        }
        tail.capacity() - tail.len()
    }

    /// Releases all memory if there are no bytes, and whatever they do not need otherwise.
    #[inline]
    pub fn release(&mut self) {
        if self.is_empty() || self.block.capacity() > chunk::MAX_SIZE {
            self.release_spare();
        }
    }

    #[inline(never)]
    fn release_spare(&mut self) {
        if self.is_empty() {
            self.clear();
        } else if self.block.capacity() > 4 * self.len() {
            self.shrink();
        }
    }

    #[cold]
    fn shrink(&mut self) {
        self.block = self.as_slice().to_vec();
        self.searched = self.searched.saturating_sub(self.start);
        self.start = 0;
    }
}

#[cold]
fn grow(block: &mut Vec<u8>) {
    block.reserve(chunk::LARGE);
}
