// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names that are made: random ones, and short ones that stand for long ones.

use siphasher::sip128::SipHasher24;

use crate::error::{Error, Operation, Result};
use crate::sys::folder;

/// The letters of a random name, with five bits each: at least 128 bits cannot be guessed, and never collide. The name is
/// short, since the path that contains it has to fit into a socket address.
const LETTERS: usize = 26;

/// A name that cannot be guessed, of lower-case letters and digits.
///
/// # Errors
/// When the kernel gives no random bytes.
pub fn random_name() -> Result<String> {
    let mut bytes = [0; LETTERS];
    folder::random(&mut bytes).map_err(|errno| Error::from_errno(errno, Operation::Getrandom))?;
    Ok(bytes.into_iter().map(letter).collect())
}

/// What stands for a name that is too long. It must never change: the programs of two versions meet
/// under it.
pub(super) fn short_name(name: &[u8]) -> String {
    let hash = SipHasher24::new().hash(name).as_u128();
    (0..LETTERS).map(|place| letter((hash >> (5 * place)) as u8)).collect()
}

/// The letter of the lower five bits, in the alphabet of RFC 4648, base 32.
fn letter(bits: u8) -> char {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    char::from(ALPHABET[usize::from(bits % 32)])
}
