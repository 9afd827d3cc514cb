// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The framing of messages in a stream of bytes.

use std::ops::Range;

use super::delimiter::Delimiter;
use super::prefix::{ByteOrder, Prefix, PrefixSize};
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::failure::Failure;

/// How messages are delimited in a stream of bytes. Both ends have to use the same framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Each message follows its length.
    LengthPrefixed {
        /// How many bytes the length has.
        size: PrefixSize,
        /// In which order.
        order: ByteOrder,
    },
    /// Each message ends with a delimiter, which is not part of it.
    Lines(Delimiter),
    /// Each message is a `QByteArray` in the form of `QDataStream`: it follows its length, four
    /// bytes in big-endian order. A length of `0xffffffff` is that of a null array, which is
    /// received as an empty message.
    ///
    /// The next lower one announces an array that is too long for four bytes, which exceeds the
    /// maximum size of a message.
    ByteArrays,
}

/// The front of received bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Front {
    /// A complete message.
    Message {
        /// Its position.
        bytes: Range<usize>,
        /// The start of the next one.
        end: usize,
    },
    /// An incomplete message, or nothing.
    Part {
        /// How many bytes are needed to decide.
        needed: usize,
    },
    /// A message that exceeds the maximum size.
    TooLong,
}

/// The length of a null QByteArray, and that of an array whose length follows in eight bytes.
const NULL_ARRAY: u64 = 0xffff_ffff;
const LONG_ARRAY: u64 = 0xffff_fffe;

impl Framing {
    /// The default maximum length of a message, in bytes.
    pub const DEFAULT_MAX_SIZE: usize = 1024 * 1024;

    /// The greatest maximum that a user can set, in bytes.
    pub const MAX_SIZE: usize = i32::MAX as usize;

    /// Each message follows its length: four bytes in big-endian order.
    pub const fn length_prefixed() -> Self {
        Self::LengthPrefixed { size: PrefixSize::Four, order: ByteOrder::Big }
    }

    /// Each message ends with a newline (`\n`). A carriage return before that is part of it.
    pub const fn lines() -> Self {
        Self::Lines(Delimiter::NEWLINE)
    }

    /// Each message ends with this delimiter.
    ///
    /// # Errors
    /// As [`Delimiter::new`].
    pub fn delimited(delimiter: &[u8]) -> std::result::Result<Self, Failure> {
        Delimiter::new(delimiter).map(Self::Lines)
    }

    /// The front of `bytes`, if messages have at most `max_size` bytes. No delimiter ends within the
    /// first `searched` bytes.
    pub fn front(&self, bytes: &[u8], max_size: usize, searched: usize) -> Front {
        match self {
            Self::LengthPrefixed { size, order } => {
                front_after_length(bytes, max_size, *size, *order, Some)
            }
            Self::Lines(delimiter) => {
                let needed = max_size.saturating_add(delimiter.as_bytes().len());
                match delimiter.find(&bytes[..bytes.len().min(needed)], searched) {
                    Some(at) => {
                        Front::Message { bytes: 0..at, end: at + delimiter.as_bytes().len() }
                    }
                    None if bytes.len() < needed => Front::Part { needed },
                    None => Front::TooLong,
                }
            }
            Self::ByteArrays => {
                front_after_length(bytes, max_size, PrefixSize::Four, ByteOrder::Big, |len| {
                    match len {
                        NULL_ARRAY => Some(0),
                        LONG_ARRAY => None,
                        len => Some(len),
                    }
                })
            }
        }
    }

    /// The prefix and the suffix of a message, if messages have at most `max_size` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`] for a longer message, for one whose length the prefix cannot
    /// represent, and for one in which the delimiter occurs, or would before its end.
    pub fn frame(&self, message: &[u8], max_size: usize) -> Result<(Prefix, &[u8])> {
        let len = message.len();
        let parts = match self {
            _ if len > max_size => None,
            Self::LengthPrefixed { size, order } => {
                Prefix::of_len(len, *size, *order).map(|prefix| (prefix, &[][..]))
            }
            Self::Lines(delimiter) => {
                delimiter.can_end(message).then(|| (Prefix::default(), delimiter.as_bytes()))
            }
            Self::ByteArrays if len as u64 >= LONG_ARRAY => None,
            Self::ByteArrays => Prefix::of_len(len, PrefixSize::Four, ByteOrder::Big)
                .map(|prefix| (prefix, &[][..])),
        };
        parts.ok_or(Error::new(ErrorKind::InvalidMessage, Operation::WriteMessage))
    }
}

/// The front of bytes that begin with a length; `len_of` says which, or that it is too long.
fn front_after_length(
    all: &[u8],
    max_size: usize,
    size: PrefixSize,
    order: ByteOrder,
    len_of: impl Fn(u64) -> Option<u64>,
) -> Front {
    let start = size.bytes();
    let Some(prefix) = all.get(..start) else { return Front::Part { needed: start } };
    let len = len_of(order.read(prefix)).and_then(|len| usize::try_from(len).ok());
    let Some(len) = len.filter(|&len| len <= max_size) else { return Front::TooLong };
    let end = start.saturating_add(len);
    if all.len() < end {
        Front::Part { needed: end }
    } else {
        Front::Message { bytes: start..end, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BIG: Framing = Framing::length_prefixed();
    const LINES: Framing = Framing::lines();

    fn prefixed(size: PrefixSize, order: ByteOrder) -> Framing {
        Framing::LengthPrefixed { size, order }
    }

    fn delimited(delimiter: &[u8]) -> Framing {
        Framing::delimited(delimiter).unwrap()
    }

    fn message(bytes: Range<usize>, end: usize) -> Front {
        Front::Message { bytes, end }
    }

    #[test]
    fn default_length_is_big_endian_u32() {
        for framing in [BIG, Framing::ByteArrays] {
            let text = [b'x'; 0x0102];
            let (prefix, suffix) = framing.frame(&text, 1000).unwrap();
            assert_eq!((prefix.as_ref(), suffix), (&[0, 0, 1, 2][..], &b""[..]));
        }
    }

    #[test]
    fn message_follows_its_length() {
        for framing in [BIG, Framing::ByteArrays] {
            let front = |bytes| framing.front(bytes, 3, 0);
            assert_eq!(front(b""), Front::Part { needed: 4 });
            assert_eq!(front(b"\0\0\0"), Front::Part { needed: 4 });
            assert_eq!(front(b"\0\0\0\0"), message(4..4, 4));
            assert_eq!(front(b"\0\0\0\x03ab"), Front::Part { needed: 7 });
            assert_eq!(front(b"\0\0\0\x03abcd"), message(4..7, 7));
        }
    }

    #[test]
    fn length_has_given_size_and_order() {
        let front = |size, order, bytes| prefixed(size, order).front(bytes, 300, 0);
        use ByteOrder::{Big, Little};
        assert_eq!(front(PrefixSize::One, Big, b"\x02abc"), message(1..3, 3));
        assert_eq!(front(PrefixSize::Two, Little, b"\x02\0abc"), message(2..4, 4));
        assert_eq!(front(PrefixSize::Two, Big, b"\x01\x02abc"), Front::Part { needed: 260 });
        assert_eq!(front(PrefixSize::Four, Little, b"\x01\0\0\0a"), message(4..5, 5));
        assert_eq!(front(PrefixSize::Eight, Big, b"\0\0\0\0\0\0\0"), Front::Part { needed: 8 });
        assert_eq!(front(PrefixSize::Eight, Big, b"\0\0\0\0\0\0\0\x01a"), message(8..9, 9));
        assert_eq!(front(PrefixSize::Eight, Little, b"\x01\0\0\0\0\0\0\0a"), message(8..9, 9));
    }

    #[test]
    fn oversized_length_is_rejected_at_once() {
        assert_eq!(BIG.front(b"\0\0\0\x04", 3, 0), Front::TooLong);
        assert_eq!(BIG.front(b"\xff\xff\xff\xff", Framing::MAX_SIZE, 0), Front::TooLong);
        let eight = prefixed(PrefixSize::Eight, ByteOrder::Little);
        assert_eq!(eight.front(&[0xff; 8], Framing::MAX_SIZE, 0), Front::TooLong);
    }

    #[test]
    fn null_byte_array_is_empty_message() {
        assert_eq!(Framing::ByteArrays.front(b"\xff\xff\xff\xffrest", 0, 0), message(4..4, 4));
    }

    #[test]
    fn extended_byte_array_exceeds_any_cap() {
        let front = Framing::ByteArrays.front(b"\xff\xff\xff\xfe", usize::MAX, 0);
        assert_eq!(front, Front::TooLong);
    }

    #[test]
    fn line_keeps_carriage_return() {
        let front = |bytes| LINES.front(bytes, 3, 0);
        assert_eq!(front(b""), Front::Part { needed: 4 });
        assert_eq!(front(b"\n"), message(0..0, 1));
        assert_eq!(front(b"a\r\nb"), message(0..2, 3));
    }

    #[test]
    fn message_ends_before_delimiter() {
        let front = |bytes| delimited(b"--").front(bytes, 3, 0);
        assert_eq!(front(b"a-"), Front::Part { needed: 5 });
        assert_eq!(front(b"a--b"), message(0..1, 3));
        assert_eq!(front(b"a-b--"), message(0..3, 5));
        assert_eq!(front(b"a---"), message(0..1, 3));
        assert_eq!(delimited(b"\0").front(b"a\n\0", 3, 0), message(0..2, 3));
    }

    #[test]
    fn line_longer_than_cap_is_rejected() {
        let front = |bytes, searched| LINES.front(bytes, 3, searched);
        assert_eq!(front(b"abc", 0), Front::Part { needed: 4 });
        assert_eq!(front(b"abc\n", 3), message(0..3, 4));
        assert_eq!(front(b"abcd", 3), Front::TooLong);
        assert_eq!(front(b"abcd\n", 0), Front::TooLong);
        let front = |bytes, searched| delimited(b"\r\n").front(bytes, 3, searched);
        assert_eq!(front(b"abc\r", 3), Front::Part { needed: 5 });
        assert_eq!(front(b"abc\r\n", 4), message(0..3, 5));
        assert_eq!(front(b"abcd\r\n", 4), Front::TooLong);
        // A lower cap was set since.
        assert_eq!(front(b"abcdefgh", 8), Front::TooLong);
    }

    #[test]
    fn any_cap_is_accepted() {
        assert_eq!(LINES.front(b"a\nb", usize::MAX, 0), message(0..1, 2));
        assert_eq!(LINES.front(b"a", usize::MAX, 1), Front::Part { needed: usize::MAX });
        let front = BIG.front(b"\xff\xff\xff\xff", usize::MAX, 0);
        assert_eq!(front, Front::Part { needed: (u32::MAX as usize).saturating_add(4) });
        let eight = prefixed(PrefixSize::Eight, ByteOrder::Big);
        assert_eq!(eight.front(&[0xff; 8], usize::MAX, 0), Front::Part { needed: usize::MAX });
    }

    #[test]
    fn ambiguous_message_is_not_framed() {
        let kind = |framing: Framing, message: &[u8]| {
            framing.frame(message, 300).err().map(|error| error.kind())
        };
        let invalid = Some(ErrorKind::InvalidMessage);
        for framing in [BIG, LINES, Framing::ByteArrays] {
            assert_eq!(kind(framing, &[b'x'; 300]), None);
            assert_eq!(kind(framing, &[b'x'; 301]), invalid);
        }
        assert_eq!(kind(LINES, b"a\nb"), invalid);
        assert_eq!(kind(BIG, b"a\nb"), None);
        assert_eq!(kind(delimited(b"\r\n"), b"a\nb\r"), None);
        assert_eq!(kind(delimited(b"\r\n"), b"a\r\nb"), invalid);
        assert_eq!(kind(delimited(b"--end--"), b"a--end"), invalid);
        let one = prefixed(PrefixSize::One, ByteOrder::Big);
        assert_eq!(kind(one, &[b'x'; 255]), None);
        assert_eq!(kind(one, &[b'x'; 256]), invalid);
    }
}
