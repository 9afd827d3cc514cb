// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The parts of an output queue: memory of the queue, or memory that a writer has handed over.

use super::chunk;

/// Bytes whose memory may be shared with others, which only read it while this exists.
///
/// `as_ref` must always return the same bytes. They may be dropped by another thread, and while the
/// stream is locked: dropping them must not call it.
pub type SharedBytes = Box<dyn AsRef<[u8]> + Send>;

/// Bytes to send. Without bytes it holds no memory.
pub(super) enum Block {
    /// Memory that the queue may append to, and that is reused afterwards.
    Owned(Vec<u8>),
    /// Memory that is released afterwards.
    Shared(SharedBytes),
}

impl Block {
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => (**bytes).as_ref(),
        }
    }

    #[inline]
    pub fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// Whether there is neither a byte nor memory for one.
    #[inline]
    pub fn is_vacant(&self) -> bool {
        matches!(self, Self::Owned(bytes) if bytes.capacity() == 0)
    }

    /// Appends as much as fits, and returns the rest.
    #[inline]
    pub fn fill<'a>(&mut self, data: &'a [u8]) -> &'a [u8] {
        let Self::Owned(bytes) = self else { return data };
        let (now, later) = data.split_at(data.len().min(bytes.capacity() - bytes.len()));
        bytes.extend_from_slice(now);
        later
    }

    /// As [`Block::release`], and leaves a vacant one.
    #[inline]
    pub fn empty(&mut self) {
        match self {
            Self::Owned(bytes) => chunk::give(std::mem::take(bytes)),
            Self::Shared(_) => *self = Self::default(),
        }
    }

    /// Everything is sent: releases the memory.
    #[inline]
    pub fn release(self) {
        if let Self::Owned(bytes) = self {
            chunk::give(bytes);
        }
    }
}

impl Default for Block {
    fn default() -> Self {
        Self::Owned(Vec::new())
    }
}

impl From<Vec<u8>> for Block {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(bytes)
    }
}

impl From<SharedBytes> for Block {
    fn from(bytes: SharedBytes) -> Self {
        Self::Shared(bytes)
    }
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Self::Owned(_) => "Owned",
            Self::Shared(_) => "Shared",
        };
        f.debug_tuple(kind).field(&self.len()).finish()
    }
}
