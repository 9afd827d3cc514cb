// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The length in front of a message.

use crate::error::{Error, ErrorKind, Operation};
use crate::failure::Failure;

/// How many bytes the length in front of a message has: four by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum PrefixSize {
    /// One byte, for messages of up to 255 bytes.
    One,
    /// Two bytes, for messages of up to 65535 bytes.
    Two,
    /// Four bytes.
    #[default]
    Four,
    /// Eight bytes.
    Eight,
}

/// The order of the bytes of a length: the most significant one comes first by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// The most significant byte is the first one.
    #[default]
    Big,
    /// The least significant byte is the first one.
    Little,
}

/// The bytes in front of a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prefix {
    len: usize,
    bytes: [u8; 8],
}

impl PrefixSize {
    /// The size of this many bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFraming`] if that is not 1, 2, 4 or 8.
    pub fn new(bytes: usize) -> Result<Self, Failure> {
        let sizes = [Self::One, Self::Two, Self::Four, Self::Eight];
        let size = sizes.into_iter().find(|size| size.bytes() == bytes);
        size.ok_or(Error::new(ErrorKind::InvalidFraming, Operation::SetPrefixSize).into())
    }

    /// The number of bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

impl Prefix {
    /// A length; `None` if it needs more bytes.
    pub(super) fn of_len(len: usize, size: PrefixSize, order: ByteOrder) -> Option<Self> {
        let (len, size) = (len as u64, size.bytes());
        let mut bytes = [0; 8];
        match order {
            ByteOrder::Big => bytes[..size].copy_from_slice(&len.to_be_bytes()[8 - size..]),
            ByteOrder::Little => bytes[..size].copy_from_slice(&len.to_le_bytes()[..size]),
        }
        let prefix = Self { len: size, bytes };
        (order.read(prefix.as_ref()) == len).then_some(prefix)
    }
}

impl AsRef<[u8]> for Prefix {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl ByteOrder {
    /// The number that up to eight bytes represent.
    pub(super) fn read(self, bytes: &[u8]) -> u64 {
        let add = |number: u64, &byte: &u8| (number << 8) | u64::from(byte);
        match self {
            Self::Big => bytes.iter().fold(0, add),
            Self::Little => bytes.iter().rev().fold(0, add),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_has_size_and_order() {
        let cases: [(usize, PrefixSize, &[u8], &[u8]); 4] = [
            (0x12, PrefixSize::One, b"\x12", b"\x12"),
            (0x1234, PrefixSize::Two, b"\x12\x34", b"\x34\x12"),
            (0x1234, PrefixSize::Four, b"\0\0\x12\x34", b"\x34\x12\0\0"),
            (0x1234, PrefixSize::Eight, b"\0\0\0\0\0\0\x12\x34", b"\x34\x12\0\0\0\0\0\0"),
        ];
        for (len, size, big, little) in cases {
            for (order, expected) in [(ByteOrder::Big, big), (ByteOrder::Little, little)] {
                let prefix = Prefix::of_len(len, size, order).unwrap();
                assert_eq!(prefix.as_ref(), expected);
                assert_eq!(order.read(expected), len as u64);
            }
        }
    }

    #[test]
    fn length_that_needs_more_bytes_has_no_prefix() {
        for order in [ByteOrder::Big, ByteOrder::Little] {
            let fits = |len, size| Prefix::of_len(len, size, order).is_some();
            assert_eq!((fits(255, PrefixSize::One), fits(256, PrefixSize::One)), (true, false));
            assert_eq!((fits(65535, PrefixSize::Two), fits(65536, PrefixSize::Two)), (true, false));
            assert!(fits(u32::MAX as usize, PrefixSize::Four));
            assert_eq!(fits(usize::MAX, PrefixSize::Four), size_of::<usize>() == 4);
            assert!(fits(usize::MAX, PrefixSize::Eight));
        }
    }

    #[test]
    fn other_sizes_are_invalid() {
        for bytes in 0..20 {
            match PrefixSize::new(bytes) {
                Ok(size) => assert_eq!(size.bytes(), bytes),
                Err(failure) => {
                    assert!(![1, 2, 4, 8].contains(&bytes));
                    assert_eq!(failure.kind(), ErrorKind::InvalidFraming);
                    assert!(failure.hint().contains("1, 2, 4 or 8"), "{failure}");
                }
            }
        }
    }
}
