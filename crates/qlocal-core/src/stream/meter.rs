// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that counts the bytes of a stream.

/// Counts the bytes of one connection, and is dropped when that ends.
pub(crate) trait Meter: Send {
    /// Bytes have arrived.
    fn received(&self, count: usize);
    /// The kernel has taken bytes.
    fn sent(&self, count: usize);
}
