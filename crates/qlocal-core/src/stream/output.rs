// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Written and unsent bytes.

use std::collections::VecDeque;
use std::io::IoSlice;

use super::chunk;

/// The maximum number of chunks per send.
const CHUNKS_PER_SEND: usize = 16;

/// Written and unsent bytes, in the order of their writes.
///
/// An empty queue holds no memory for bytes.
#[derive(Debug, Default)]
pub struct OutputQueue {
    /// Holds the next bytes to send; most messages need no other chunk.
    first: Vec<u8>,
    /// How much of `first` is sent.
    sent: usize,
    more: VecDeque<Vec<u8>>,
    len: usize,
}

impl OutputQueue {
    /// The number of unsent bytes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether everything is sent.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends all of `data`.
    pub fn write(&mut self, data: &[u8]) {
        let (wanted, mut rest) = if self.is_empty() {
            (data.len(), data)
        } else {
            let last = self.more.back_mut().unwrap_or(&mut self.first);
            (chunk::LARGE, fill(last, data))
        };
        self.len += data.len();
        while !rest.is_empty() {
            let mut chunk = chunk::take(wanted);
            rest = fill(&mut chunk, rest);
            if self.first.capacity() == 0 {
                self.first = chunk;
            } else {
                self.more.push_back(chunk);
            }
        }
    }

    /// Calls `send` with the next bytes; it returns how many of them were sent.
    pub fn send<E>(
        &mut self,
        send: impl FnOnce(&[IoSlice<'_>]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        let first = IoSlice::new(&self.first[self.sent..]);
        let count = if self.more.is_empty() {
            send(&[first])
        } else {
            let mut slices = [first; CHUNKS_PER_SEND];
            for (slice, chunk) in slices[1..].iter_mut().zip(&self.more) {
                *slice = IoSlice::new(chunk);
            }
            send(&slices[..CHUNKS_PER_SEND.min(1 + self.more.len())])
        }?;
        self.advance(count);
        Ok(count)
    }

    /// Discards everything.
    pub fn clear(&mut self) {
        self.advance(self.len);
    }

    /// Discards the next bytes, or takes them as sent.
    pub(super) fn advance(&mut self, count: usize) {
        self.len -= count;
        self.sent += count;
        while self.first.capacity() > 0 && self.sent >= self.first.len() {
            self.sent -= self.first.len();
            let next = self.more.pop_front().unwrap_or_default();
            chunk::give(std::mem::replace(&mut self.first, next));
        }
    }
}

/// Appends as much as fits, and returns the rest.
fn fill<'a>(chunk: &mut Vec<u8>, data: &'a [u8]) -> &'a [u8] {
    let (now, later) = data.split_at(data.len().min(chunk.capacity() - chunk.len()));
    chunk.extend_from_slice(now);
    later
}
