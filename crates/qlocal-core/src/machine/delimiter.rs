// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The bytes that end a message.

use std::fmt;

use crate::error::{Error, ErrorKind, Operation};
use crate::failure::Failure;

/// The bytes that end a message in [`Framing::Lines`](super::Framing::Lines): a newline by default.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Delimiter {
    len: u8,
    /// Zeros after the delimiter.
    bytes: [u8; Self::MAX_LEN],
}

impl Delimiter {
    /// The maximum length, in bytes.
    pub const MAX_LEN: usize = 63;

    /// A newline, `\n`.
    pub const NEWLINE: Self = Self::of(b"\n");

    /// A carriage return and a newline, `\r\n`.
    pub const CRLF: Self = Self::of(b"\r\n");

    /// A NUL byte, `\0`.
    pub const NUL: Self = Self::of(b"\0");

    /// A delimiter of 1 to [`MAX_LEN`](Self::MAX_LEN) bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidFraming`] for any other number of bytes.
    pub fn new(bytes: &[u8]) -> Result<Self, Failure> {
        match bytes.len() {
            1..=Self::MAX_LEN => Ok(Self::of(bytes)),
            _ => Err(Error::new(ErrorKind::InvalidFraming, Operation::SetDelimiter).into()),
        }
    }

    const fn of(given: &[u8]) -> Self {
        let mut bytes = [0; Self::MAX_LEN];
        let mut at = 0;
        while at < given.len() {
            bytes[at] = given[at];
            at += 1;
        }
        Self { len: at as u8, bytes }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len.into()]
    }

    /// Where it first occurs, if it does not end within the first `searched` bytes.
    pub(super) fn find(&self, bytes: &[u8], searched: usize) -> Option<usize> {
        let (&last, start) = self.as_bytes().split_last()?;
        let mut from = searched.max(start.len());
        loop {
            let end = from + position(bytes.get(from..)?, last)?;
            if bytes[..end].ends_with(start) {
                return Some(end - start.len());
            }
            from = end + 1;
        }
    }

    /// Whether it does not occur in a message that it follows, not even across the message's end.
    pub(super) fn can_end(&self, message: &[u8]) -> bool {
        let delimiter = self.as_bytes();
        // Its first bytes end the message, and are repeated by the rest of it.
        let begins_early = |len: usize| {
            delimiter.starts_with(&delimiter[len..]) && message.ends_with(&delimiter[..len])
        };
        self.find(message, 0).is_none() && !(1..delimiter.len()).any(begins_early)
    }
}

/// The position of a byte. `contains` compares many bytes at once, which pays off unless there is one
/// nearby.
fn position(bytes: &[u8], wanted: u8) -> Option<usize> {
    const NEAR: usize = 64;
    const BLOCK: usize = 256;
    let among = |bytes: &[u8]| bytes.iter().position(|&byte| byte == wanted);
    let (near, far) = bytes.split_at(bytes.len().min(NEAR));
    among(near).or_else(|| {
        let start = far.chunks(BLOCK).position(|block| block.contains(&wanted))? * BLOCK;
        among(&far[start..]).map(|at| near.len() + start + at)
    })
}

impl Default for Delimiter {
    fn default() -> Self {
        Self::NEWLINE
    }
}

impl fmt::Debug for Delimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Delimiter(b\"{}\")", self.as_bytes().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(bytes: &[u8]) -> Delimiter {
        Delimiter::new(bytes).unwrap()
    }

    #[test]
    fn one_to_maximum_number_of_bytes_are_a_delimiter() {
        for len in [1, 2, Delimiter::MAX_LEN] {
            assert_eq!(delimiter(&vec![b'x'; len]).as_bytes(), vec![b'x'; len]);
        }
        for len in [0, Delimiter::MAX_LEN + 1, 1000] {
            let failure = Delimiter::new(&vec![b'x'; len]).unwrap_err();
            assert_eq!(failure.kind(), ErrorKind::InvalidFraming);
            assert_eq!(failure.operation(), "set delimiter");
            assert!(failure.hint().contains("1 to 63 bytes"), "{failure}");
        }
    }

    #[test]
    fn search_goes_on_where_it_stopped() {
        let end = delimiter(b"--end--");
        let bytes = b"--end-x--end--";
        assert_eq!(end.find(bytes, 0), Some(7));
        for searched in 0..=13 {
            assert_eq!(end.find(&bytes[..13], searched), None);
            assert_eq!(end.find(bytes, searched), Some(7), "searched {searched}");
        }
        assert_eq!(end.find(bytes, 14), None);
        assert_eq!(end.find(b"", 100), None);
    }

    #[test]
    fn delimiter_is_found_at_any_position() {
        let end = delimiter(b"\r\n");
        for at in 0..400 {
            let bytes = [&vec![b'\r'; at][..], b"\n"].concat();
            assert_eq!(end.find(&bytes, 0), at.checked_sub(1));
        }
    }

    #[test]
    fn delimiter_does_not_occur_across_end_of_message() {
        let end = delimiter(b"--end--");
        assert!(end.can_end(b"message"));
        assert!(end.can_end(b"--en"));
        assert!(!end.can_end(b"--end-"), "--end---end-- begins with the delimiter");
        assert!(!end.can_end(b"a--end--b"));
        assert!(!end.can_end(b"a--end"), "a--end--end-- would end after the a");
        assert!(delimiter(b"\r\n").can_end(b"a\r"));
        assert!(!delimiter(b"aa").can_end(b"ba"));
    }

    #[test]
    fn delimiter_is_shown_as_bytes() {
        assert_eq!(format!("{:?}", Delimiter::CRLF), r#"Delimiter(b"\r\n")"#);
    }
}
