// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Received bytes as messages.

use super::input::InputBuffer;
use crate::machine::{Framing, Front};

/// Received bytes, split into unread messages and the start of the next one.
///
/// That start is never longer than a message may be. Once everything is read it holds no memory.
#[derive(Debug)]
pub struct Messages {
    framing: Framing,
    /// The maximum length of a message.
    max_size: usize,
    bytes: InputBuffer,
    /// The number of complete messages, and their length including the framing.
    whole: usize,
    whole_size: usize,
    /// How many bytes after them were searched for a delimiter.
    searched: usize,
    /// How many bytes the part after them needs to become a message.
    needed: usize,
    is_too_long: bool,
}

impl Messages {
    /// No messages, of at most `max_size` bytes each.
    pub fn new(framing: Framing, max_size: usize) -> Self {
        let mut new = Self {
            framing,
            max_size,
            bytes: InputBuffer::default(),
            whole: 0,
            whole_size: 0,
            searched: 0,
            needed: 0,
            is_too_long: false,
        };
        new.sort();
        new
    }

    /// The framing.
    pub fn framing(&self) -> &Framing {
        &self.framing
    }

    /// Sets the maximum length of a message. Complete messages are not affected.
    pub fn set_max_size(&mut self, max_size: usize) {
        self.max_size = max_size;
        self.sort();
    }

    /// Takes over all bytes.
    pub fn receive(&mut self, bytes: &mut InputBuffer) {
        if self.bytes.is_empty() {
            std::mem::swap(&mut self.bytes, bytes);
        } else {
            self.bytes.tail().extend_from_slice(bytes.as_slice());
            bytes.clear();
        }
        self.sort();
    }

    /// The number of complete messages.
    pub fn len(&self) -> usize {
        self.whole
    }

    /// Whether there is no complete message.
    pub fn is_empty(&self) -> bool {
        self.whole == 0
    }

    /// The number of bytes held, including the framing.
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is an incomplete message.
    pub fn has_part(&self) -> bool {
        self.held() > self.whole_size
    }

    /// The maximum number of bytes missing until a message can be read; 0 when one can be read, or
    /// none will ever be.
    pub fn missing(&self) -> usize {
        if self.is_empty() && !self.is_too_long {
            self.needed.saturating_sub(self.held())
        } else {
            0
        }
    }

    /// Whether a message was too long: it and everything after it is discarded.
    pub fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    /// Passes the next message to `take`, and removes it.
    pub fn next<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        let all = &self.bytes.as_slice()[..self.whole_size];
        // The last message ends where all of them do.
        let searched = if self.whole == 1 { all.len() - 1 } else { 0 };
        // It was within the limit when it arrived.
        let front = self.framing.front(all, Framing::MAX_SIZE, searched);
        let Front::Message { bytes, end } = front else { return None };
        let taken = take(&all[bytes]);
        self.bytes.skip(end);
        self.bytes.release();
        self.whole -= 1;
        self.whole_size -= end;
        Some(taken)
    }

    /// All unread bytes, including the framing.
    pub fn into_bytes(self) -> InputBuffer {
        self.bytes
    }

    /// Discards everything, and starts over.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.whole = 0;
        self.whole_size = 0;
        self.searched = 0;
        self.is_too_long = false;
        self.sort();
    }

    /// Processes the bytes after the complete messages.
    fn sort(&mut self) {
        while !self.is_too_long {
            let rest = &self.bytes.as_slice()[self.whole_size..];
            match self.framing.front(rest, self.max_size, self.searched) {
                Front::Message { end, .. } => {
                    self.whole += 1;
                    self.whole_size += end;
                    self.searched = 0;
                }
                Front::Part { needed } => {
                    self.searched = rest.len();
                    self.needed = needed;
                    return;
                }
                Front::TooLong => self.is_too_long = true,
            }
        }
        self.bytes.truncate(self.whole_size);
        self.bytes.release();
    }
}
