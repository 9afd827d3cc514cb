// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The framing of messages in a stream of bytes.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Operation, Result};

/// The size of the length before a message.
const PREFIX: usize = 4;

/// How messages are delimited in a stream of bytes. Both ends have to use the same framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Each message follows its length: four bytes in big-endian order, as `QDataStream` writes a
    /// `QByteArray`. Its length of a null array, `0xffffffff`, exceeds that of any message.
    LengthPrefixed,
    /// Each message ends with a newline (`\n`), which is not part of it. A carriage return before
    /// that is.
    Lines,
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

impl Framing {
    /// The default maximum length of a message, in bytes.
    pub const DEFAULT_MAX_SIZE: usize = 1024 * 1024;

    /// The greatest maximum that a user can set, in bytes.
    pub const MAX_SIZE: usize = i32::MAX as usize;

    /// The front of `bytes`, if messages have at most `max_size` bytes. None of the first `searched`
    /// bytes is a newline.
    pub fn front(self, bytes: &[u8], max_size: usize, searched: usize) -> Front {
        match self {
            Self::LengthPrefixed => {
                let Some(prefix) = bytes.first_chunk::<PREFIX>() else {
                    return Front::Part { needed: PREFIX };
                };
                match usize::try_from(u32::from_be_bytes(*prefix)) {
                    Ok(len) if len <= max_size => {
                        let end = PREFIX.saturating_add(len);
                        front_until(bytes, PREFIX..end, end)
                    }
                    _ => Front::TooLong,
                }
            }
            Self::Lines => {
                let needed = max_size.saturating_add(1);
                let may_end = &bytes[searched..bytes.len().min(needed).max(searched)];
                match may_end.iter().position(|&byte| byte == b'\n') {
                    Some(at) => front_until(bytes, 0..searched + at, searched + at + 1),
                    None if bytes.len() > max_size => Front::TooLong,
                    None => Front::Part { needed },
                }
            }
        }
    }

    /// The prefix and the suffix of a message, if messages have at most `max_size` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`] for a longer message, and for one that is not a single line.
    pub fn frame(self, message: &[u8], max_size: usize) -> Result<(Prefix, &'static [u8])> {
        let is_line = || !message.contains(&b'\n');
        match (self, u32::try_from(message.len())) {
            (Self::LengthPrefixed, Ok(len)) if message.len() <= max_size => {
                Ok((Prefix(Some(len.to_be_bytes())), b""))
            }
            (Self::Lines, _) if message.len() <= max_size && is_line() => Ok((Prefix(None), b"\n")),
            _ => Err(Error::new(ErrorKind::InvalidMessage, Operation::WriteMessage)),
        }
    }
}

/// The prefix of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prefix(Option<[u8; PREFIX]>);

impl AsRef<[u8]> for Prefix {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], |bytes| bytes)
    }
}

fn front_until(all: &[u8], bytes: Range<usize>, end: usize) -> Front {
    if all.len() < end {
        Front::Part { needed: end }
    } else {
        Front::Message { bytes, end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: Range<usize>, end: usize) -> Front {
        Front::Message { bytes, end }
    }

    #[test]
    fn length_is_big_endian_u32() {
        let (prefix, suffix) = Framing::LengthPrefixed.frame(&[b'x'; 0x0102], 1000).unwrap();
        assert_eq!((prefix.as_ref(), suffix), (&[0, 0, 1, 2][..], &b""[..]));
    }

    #[test]
    fn message_follows_its_length() {
        let front = |bytes| Framing::LengthPrefixed.front(bytes, 3, 0);
        assert_eq!(front(b""), Front::Part { needed: 4 });
        assert_eq!(front(b"\0\0\0"), Front::Part { needed: 4 });
        assert_eq!(front(b"\0\0\0\0"), message(4..4, 4));
        assert_eq!(front(b"\0\0\0\x03ab"), Front::Part { needed: 7 });
        assert_eq!(front(b"\0\0\0\x03abcd"), message(4..7, 7));
    }

    #[test]
    fn oversized_length_is_rejected_at_once() {
        assert_eq!(Framing::LengthPrefixed.front(b"\0\0\0\x04", 3, 0), Front::TooLong);
    }

    #[test]
    fn null_byte_array_length_exceeds_any_cap() {
        let front = Framing::LengthPrefixed.front(b"\xff\xff\xff\xff", Framing::MAX_SIZE, 0);
        assert_eq!(front, Front::TooLong);
    }

    #[test]
    fn line_keeps_carriage_return() {
        let front = |bytes| Framing::Lines.front(bytes, 3, 0);
        assert_eq!(front(b""), Front::Part { needed: 4 });
        assert_eq!(front(b"\n"), message(0..0, 1));
        assert_eq!(front(b"a\r\nb"), message(0..2, 3));
    }

    #[test]
    fn line_longer_than_cap_is_rejected() {
        let front = |bytes, searched| Framing::Lines.front(bytes, 3, searched);
        assert_eq!(front(b"abc", 0), Front::Part { needed: 4 });
        assert_eq!(front(b"abc\n", 3), message(0..3, 4));
        assert_eq!(front(b"abcd", 3), Front::TooLong);
        assert_eq!(front(b"abcd\n", 0), Front::TooLong);
    }

    #[test]
    fn any_cap_is_accepted() {
        assert_eq!(Framing::Lines.front(b"a\nb", usize::MAX, 0), message(0..1, 2));
        assert_eq!(Framing::Lines.front(b"a", usize::MAX, 1), Front::Part { needed: usize::MAX });
        let front = Framing::LengthPrefixed.front(b"\xff\xff\xff\xff", usize::MAX, 0);
        assert_eq!(front, Front::Part { needed: (u32::MAX as usize).saturating_add(4) });
    }

    #[test]
    fn ambiguous_message_is_not_framed() {
        let kind = |framing: Framing, message: &[u8]| framing.frame(message, 3).unwrap_err().kind();
        assert_eq!(kind(Framing::LengthPrefixed, b"abcd"), ErrorKind::InvalidMessage);
        assert_eq!(kind(Framing::Lines, b"abcd"), ErrorKind::InvalidMessage);
        assert_eq!(kind(Framing::Lines, b"a\nb"), ErrorKind::InvalidMessage);
        assert!(Framing::LengthPrefixed.frame(b"a\nb", 3).is_ok());
        assert!(Framing::Lines.frame(b"abc", 3).is_ok());
    }
}
