// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The fuzz targets: each module decodes any bytes into calls of a part of the engine, and panics
//! when a rule is broken.

pub mod address;
pub mod connection;
pub mod framing;
pub mod input_buffer;
pub mod output_queue;
pub mod stream;

/// A target by its name.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("address", address::play),
    ("connection", connection::play),
    ("framing", framing::play),
    ("input_buffer", input_buffer::play),
    ("output_queue", output_queue::play),
    ("stream", stream::play),
];

/// Reads numbers from the bytes of a case; past the end all are 0.
pub(crate) struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// A size: small ones are as likely as large ones, up to about 256 KiB.
    pub fn size(&mut self) -> usize {
        let (exponent, fraction) = (self.byte(), self.byte());
        // Under Miri each byte takes so long that a few must suffice.
        let top = 1_usize << (exponent % if cfg!(miri) { 10 } else { 19 });
        top - 1 + (top >> 8) * usize::from(fraction)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The byte at a position of an endless pattern in which every shift is detected.
pub(crate) fn pattern(at: u64) -> u8 {
    (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}
