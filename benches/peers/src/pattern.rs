// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The bytes sent over the connections: random, and known to both ends.

/// An endless, repeating stream of bytes.
pub struct Pattern(Vec<u8>);

impl Pattern {
    /// A prime, so that lost or repeated bytes are detected.
    const PERIOD: usize = 65521;
    const MAX_LEN: usize = 128 * 1024;

    pub fn new() -> Self {
        let mut state: u32 = 1;
        let mut bytes: Vec<u8> = (0..Self::PERIOD)
            .map(|_| {
                // Knuth's multiplier; the upper bits are the random ones.
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        for index in 0..Self::MAX_LEN {
            bytes.push(bytes[index]);
        }
        Pattern(bytes)
    }

    /// The `size` bytes from a position of the stream on; no more than 128 KiB.
    pub fn at(&self, position: usize, size: usize) -> &[u8] {
        let start = position % Self::PERIOD;
        &self.0[start..start + size]
    }

    /// Panics unless these are the bytes of the stream from `position` on.
    #[track_caller]
    pub fn check(&self, mut position: usize, bytes: &[u8]) {
        for part in bytes.chunks(Self::MAX_LEN) {
            assert!(part == self.at(position, part.len()), "other bytes came than were sent");
            position += part.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pattern_continues_across_its_period() {
        let pattern = Pattern::new();
        let long = pattern.at(65_000, 100_000).to_vec();
        pattern.check(65_000, &long);
        pattern.check(65_000 + 70_000, &long[70_000..]);
    }

    #[test]
    #[should_panic = "other bytes came"]
    fn byte_that_is_missing_is_found() {
        let pattern = Pattern::new();
        let bytes = pattern.at(1, 1000).to_vec();
        pattern.check(0, &bytes);
    }
}
