// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Written and unsent bytes.

use std::collections::VecDeque;
use std::io::IoSlice;

use qlocal_sys::Errno;

use super::block::{Block, SharedBytes};
use super::chunk;

/// The maximum number of blocks per send.
const BLOCKS_PER_SEND: usize = 16;

/// Written and unsent bytes, in the order of their writes.
///
/// An empty queue holds no memory for bytes.
#[derive(Debug, Default)]
pub struct OutputQueue {
    /// Holds the next bytes to send; most messages need no other block.
    first: Block,
    /// How much of `first` is sent.
    sent: usize,
    more: VecDeque<Block>,
    len: usize,
}

impl OutputQueue {
    /// Fewer bytes than this are copied even if their memory is handed over: together with other
    /// small ones they take fewer slices to send, and nothing to release.
    pub const MIN_KEPT: usize = 16 * 1024;

    /// The number of unsent bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether everything is sent.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends all of `data`.
    #[inline(always)]
    pub fn write(&mut self, data: &[u8]) {
        if self.is_empty() && matches!(data.len(), 1..=chunk::SMALL) {
            let mut block = Block::Owned(chunk::take(data.len()));
            block.fill(data);
            self.first = block;
            self.len = data.len();
        } else {
            self.append_all(data);
        }
    }

    #[inline(never)]
    fn append_all(&mut self, data: &[u8]) {
        let (wanted, mut rest) = if self.is_empty() {
            (data.len(), data)
        } else {
            let last = self.more.back_mut().unwrap_or(&mut self.first);
            (chunk::LARGE, last.fill(data))
        };
        self.len += data.len();
        while !rest.is_empty() {
            let mut block = Block::Owned(chunk::take(wanted));
            rest = block.fill(rest);
            self.append(block);
        }
    }

    /// Appends all of `bytes`, and keeps their memory until they are sent, unless they are few.
    pub fn write_owned(&mut self, bytes: Vec<u8>) {
        self.keep(bytes.into());
    }

    /// As [`OutputQueue::write_owned`], for memory that may be shared with others.
    pub fn write_shared(&mut self, bytes: SharedBytes) {
        self.keep(bytes.into());
    }

    fn keep(&mut self, block: Block) {
        if block.len() < Self::MIN_KEPT {
            self.write(block.as_slice());
            block.release();
        } else {
            self.len += block.len();
            self.append(block);
        }
    }

    fn append(&mut self, block: Block) {
        if self.first.is_vacant() {
            self.first = block;
        } else {
            self.more.push_back(block);
        }
    }

    /// The next bytes, if they are in one block and nothing follows.
    #[inline]
    pub(super) fn single(&self) -> Option<&[u8]> {
        self.more.is_empty().then(|| &self.first.as_slice()[self.sent..])
    }

    /// Calls `send` with the next bytes; it returns how many of them were sent.
    pub fn send<E>(
        &mut self,
        send: impl FnOnce(&[IoSlice<'_>]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let count = self.offer(send)?;
        self.advance(count);
        Ok(count)
    }

    /// Calls `send` with the next bytes, and keeps them.
    #[inline]
    pub(super) fn offer<T>(&self, send: impl FnOnce(&[IoSlice<'_>]) -> T) -> T {
        let first = [IoSlice::new(&self.first.as_slice()[self.sent..])];
        let mut slices;
        let offered = if self.more.is_empty() {
            &first[..]
        } else {
            slices = [first[0]; BLOCKS_PER_SEND];
            for (slice, block) in slices[1..].iter_mut().zip(&self.more) {
                *slice = IoSlice::new(block.as_slice());
            }
            &slices[..BLOCKS_PER_SEND.min(1 + self.more.len())]
        };
        send(offered)
    }

    /// Discards everything.
    pub fn clear(&mut self) {
        self.advance(self.len);
    }

    /// Discards the next bytes, or takes them as sent.
    #[inline]
    pub(super) fn advance(&mut self, count: usize) {
        self.len -= count;
        if self.len == 0 {
            self.sent = 0;
            self.first.empty();
            if !self.more.is_empty() {
                self.release_more();
            }
        } else {
            self.advance_part(count);
        }
    }

    #[inline(never)]
    fn release_more(&mut self) {
        self.more.drain(..).for_each(Block::release);
    }

    #[inline(never)]
    fn advance_part(&mut self, count: usize) {
        self.sent += count;
        while self.sent >= self.first.len() {
            let Some(next) = self.more.pop_front() else { break };
            self.sent -= self.first.len();
            std::mem::replace(&mut self.first, next).release();
        }
    }
}

/// Sends once. Returns how much was offered to the kernel, and how much of that it has accepted.
pub(super) fn offer(
    slices: &[IoSlice<'_>],
    send: impl Fn(&[IoSlice<'_>]) -> qlocal_sys::Result<usize>,
) -> (usize, qlocal_sys::Result<usize>) {
    let offered = slices.iter().map(|slice| slice.len()).sum();
    match send(slices) {
        // A packet socket sends all in one packet or nothing, so it gets less at a time.
        Err(Errno::MSGSIZE) if slices.len() > 1 || offered > chunk::LARGE => {
            let packet = &slices[0][..slices[0].len().min(chunk::LARGE)];
            (packet.len(), send(&[IoSlice::new(packet)]))
        }
        outcome => (offered, outcome),
    }
}
