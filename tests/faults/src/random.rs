// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Reproducible random numbers from a seed.

/// Each seed gives a different sequence, also neighbouring seeds.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// At least `from`, less than `to`.
    pub fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from)
    }

    /// Like [`Random::within`], but all orders of magnitude are equally likely.
    pub fn magnitude(&mut self, from: u64, to: u64) -> u64 {
        let bits = u64::from((to - from).ilog2()) + 1;
        let below = 1 << self.within(0, bits + 1);
        from + self.next() % below.min(to - from)
    }

    pub fn one_in(&mut self, many: u64) -> bool {
        self.within(0, many) == 0
    }

    pub fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.within(0, from.len() as u64) as usize]
    }
}
