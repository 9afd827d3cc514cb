// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generated names: random ones, and short ones derived from long ones.

use qlocal_sys::folder;
use siphasher::sip128::SipHasher24;

use crate::error::{Error, Operation, Result};

/// The length of a generated name. Each letter has five bits: 128 bits cannot be guessed and do not
/// collide. The name is short, since its path must fit into a socket address.
const LETTERS: usize = 26;

/// A name that cannot be guessed, made of lower-case letters and digits.
///
/// # Errors
/// If the kernel provides no random bytes.
pub fn random_name() -> Result<String> {
    let mut bytes = [0; LETTERS];
    folder::random(&mut bytes).map_err(|errno| Error::from_errno(errno, Operation::Getrandom))?;
    Ok(bytes.into_iter().map(letter).collect())
}

/// A random number, or 0 if the kernel provides no random bytes.
pub(crate) fn random_number() -> u32 {
    let mut bytes = [0; 4];
    // It only spreads attempts in time, which is no reason to fail.
    let _ = folder::random(&mut bytes);
    u32::from_ne_bytes(bytes)
}

/// A short name derived from one that is too long. The algorithm must never change: programs that
/// use different versions of this library rely on the same name.
pub(crate) fn short_name(name: &[u8]) -> String {
    let hash = SipHasher24::new().hash(name).as_u128();
    (0..LETTERS).map(|place| letter((hash >> (5 * place)) as u8)).collect()
}

/// The base 32 letter (RFC 4648) of the lower five bits.
fn letter(bits: u8) -> char {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    char::from(ALPHABET[usize::from(bits % 32)])
}
