// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Received bytes as messages.

use super::input::InputBuffer;
use crate::machine::{Framing, Front};

/// Received bytes, split into unread messages and a part of the next one.
///
/// Of that part it holds no more than a message may have. Once everything is read it holds no memory.
#[derive(Debug)]
pub struct Messages {
    framing: Framing,
    /// How long a message may be.
    max_size: usize,
    bytes: InputBuffer,
    /// How many messages are whole, and how many bytes they are with what frames them.
    whole: usize,
    whole_size: usize,
    /// How many bytes behind them are known to have no newline.
    searched: usize,
    /// How many bytes the part behind them needs to become a message.
    needed: usize,
    is_too_long: bool,
}

impl Messages {
    /// No messages yet. They are told apart in this way, and have up to `max_size` bytes.
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

    /// How messages are told apart.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    /// Sets how long a message may be. Those that are whole already stay.
    pub fn set_max_size(&mut self, max_size: usize) {
        self.max_size = max_size;
        self.sort();
    }

    /// Takes all bytes over.
    pub fn receive(&mut self, bytes: &mut InputBuffer) {
        if self.bytes.is_empty() {
            std::mem::swap(&mut self.bytes, bytes);
        } else {
            self.bytes.tail().extend_from_slice(bytes.as_slice());
            bytes.clear();
        }
        self.sort();
    }

    /// How many messages can be read.
    pub fn len(&self) -> usize {
        self.whole
    }

    /// Whether none can be read.
    pub fn is_empty(&self) -> bool {
        self.whole == 0
    }

    /// How many bytes are held, those that frame messages included.
    pub fn held(&self) -> usize {
        self.bytes.len()
    }

    /// Whether a message has begun that is not whole.
    pub fn has_part(&self) -> bool {
        self.held() > self.whole_size
    }

    /// How many bytes it takes at the most until a message can be read; 0 when one can be, or none will.
    pub fn missing(&self) -> usize {
        if self.is_empty() && !self.is_too_long {
            self.needed.saturating_sub(self.held())
        } else {
            0
        }
    }

    /// Whether a message is longer than allowed: it and what comes after it is thrown away.
    pub fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    /// Shows the next message to `take`, and forgets it.
    pub fn next<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        if self.is_empty() {
            return None;
        }
        // It was within the cap when it came.
        let all = &self.bytes.as_slice()[..self.whole_size];
        let Front::Message { bytes, end } = self.framing.front(all, Framing::MAX_SIZE, 0) else {
            return None;
        };
        let taken = take(&all[bytes]);
        self.bytes.skip(end);
        self.bytes.release();
        self.whole -= 1;
        self.whole_size -= end;
        Some(taken)
    }

    /// Everything that was not read, as it came.
    pub fn into_bytes(self) -> InputBuffer {
        self.bytes
    }

    /// Throws everything away, and starts over.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.whole = 0;
        self.whole_size = 0;
        self.searched = 0;
        self.is_too_long = false;
        self.sort();
    }

    /// Looks at what is behind the whole messages.
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
