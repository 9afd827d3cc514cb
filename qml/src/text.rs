// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Text that arrives in pieces.

use std::cell::RefCell;

/// Decodes UTF-8 that may be cut anywhere.
#[derive(Default)]
pub struct Decoder {
    /// The start of a character whose rest has not arrived yet.
    part: RefCell<Vec<u8>>,
}

impl Decoder {
    /// The text of these bytes and of those kept before. The start of a character at the end is
    /// kept; what is not UTF-8 becomes U+FFFD.
    pub fn decode(&self, bytes: &[u8]) -> String {
        let mut part = self.part.borrow_mut();
        part.extend_from_slice(bytes);
        let complete = part.len() - incomplete(&part);
        let text = String::from_utf8_lossy(&part[..complete]).into_owned();
        part.drain(..complete);
        text
    }

    /// Forgets the start of a character.
    pub fn reset(&self) {
        self.part.borrow_mut().clear();
    }
}

/// How many bytes at the end are the start of a character.
fn incomplete(bytes: &[u8]) -> usize {
    // A character has at most four bytes.
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    let Some(start) = tail.iter().rposition(|byte| byte & 0xc0 != 0x80) else { return 0 };
    let tail = &tail[start..];
    match std::str::from_utf8(tail) {
        Err(error) if error.error_len().is_none() => tail.len(),
        _ => 0,
    }
}
