// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Faults on request: `script/differential --mutation NAME` shows that the comparison with stock Qt
//! finds each of them. They exist only with the feature `mutations`, which no normal build has;
//! without it [`is`] is false at compile time, and nothing of this module is left.

/// What there is, and what it does. `script/differential --mutations` reads this table.
#[cfg(feature = "mutations")]
const MUTATIONS: &[(&str, &str)] = &[
    ("abort-sends", "what was written is sent before an abort"),
    ("announced-in-write", "bytesWritten is emitted inside write"),
    ("byte-lost-at-end", "the last unread byte is lost when the peer closes"),
    ("closing-skipped", "stateChanged(Closing) is not announced"),
    ("error-swapped", "the peer's end is announced as a refused connection"),
    ("file-left", "a server's file stays when it closes"),
    ("finished-twice", "readChannelFinished comes twice"),
    ("flush-always-true", "flush is true when it has moved nothing"),
    ("input-dropped", "unread input is dropped when the peer closes"),
    ("limit-off-by-one", "accepting pauses one connection too early"),
    ("name-left", "a socket's names stay after the end"),
    ("nested-ready-read", "readyRead is emitted within its own handler"),
    ("signals-swapped", "disconnected comes before readChannelFinished"),
    ("silent-time-out", "a wait that times out announces no error"),
];

/// Whether this fault was asked for.
#[cfg(feature = "mutations")]
pub(crate) fn is(name: &str) -> bool {
    use std::sync::OnceLock;

    static CHOSEN: OnceLock<String> = OnceLock::new();
    debug_assert!(MUTATIONS.iter().any(|(known, _)| *known == name));
    CHOSEN.get_or_init(|| std::env::var("QLOCAL_MUTATION").unwrap_or_default()) == name
}

/// Whether this fault was asked for: there are none.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn is(_: &str) -> bool {
    false
}
