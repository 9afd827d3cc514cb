// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The framing of messages in a byte stream.

use std::ops::Range;

use crate::error::{Error, ErrorKind, Operation, Result};

/// The size of the length prefix.
const PREFIX: usize = 4;

/// How messages are delimited in a byte stream. Both ends must use the same framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Framing {
    /// Each message follows its length as a big-endian `u32`, as `QDataStream` writes a `QByteArray`.
    /// The value for a null array, `0xffffffff`, exceeds any message size.
    LengthPrefixed,
    /// Each message ends with a newline (`\n`), which is not part of it. A carriage return before the
    /// newline is.
    Lines,
}

/// The beginning of received bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Front {
    /// A whole message.
    Message {
        /// The range of its bytes.
        bytes: Range<usize>,
        /// The start of the next one.
        end: usize,
    },
    /// An incomplete message, or nothing.
    Part {
        /// How many bytes are needed for a different result.
        needed: usize,
    },
    /// A message that exceeds the maximum size.
    TooLong,
}

impl Framing {
    /// The default maximum size of a message, in bytes.
    pub const DEFAULT_MAX_SIZE: usize = 1024 * 1024;

    /// The highest maximum that can be set, in bytes.
    pub const MAX_SIZE: usize = i32::MAX as usize;

    /// Parses the beginning of `bytes`, with messages of up to `max_size` bytes. The first `searched`
    /// bytes contain no newline.
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

    /// The prefix and suffix of a message, with messages of up to `max_size` bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`] if it is longer, or contains a newline with [`Framing::Lines`].
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

/// The bytes before a message.
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
    fn oversized_length_is_rejected_before_message() {
        assert_eq!(Framing::LengthPrefixed.front(b"\0\0\0\x04", 3, 0), Front::TooLong);
    }

    #[test]
    fn null_byte_array_length_exceeds_any_cap() {
        let front = Framing::LengthPrefixed.front(b"\xff\xff\xff\xff", Framing::MAX_SIZE, 0);
        assert_eq!(front, Front::TooLong);
    }

    #[test]
    fn line_excludes_newline_but_keeps_carriage_return() {
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
