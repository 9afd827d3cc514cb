// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Injected faults: `script/differential --mutation NAME` shows that the comparison with stock Qt
//! detects each of them. They require the feature `mutations`, which normal builds do not have; without
//! it [`is`] is false at compile time, and this module leaves no code behind.

/// The names and effects of the faults. `script/differential --mutations` reads this table.
#[cfg(feature = "mutations")]
const MUTATIONS: &[(&str, &str)] = &[
    ("abort-sends", "abort sends the written bytes first"),
    ("announced-in-write", "write emits bytesWritten"),
    ("byte-lost-at-end", "the last unread byte is lost when the peer closes"),
    ("closing-skipped", "stateChanged(Closing) is not emitted"),
    ("error-swapped", "a closing peer is reported as a refused connection"),
    ("file-left", "the socket file remains after the server closes"),
    ("finished-twice", "readChannelFinished is emitted twice"),
    ("flush-always-true", "flush returns true when nothing was sent"),
    ("input-dropped", "unread input is dropped when the peer closes"),
    ("limit-off-by-one", "accepting pauses one connection too early"),
    ("name-left", "the server name remains after the connection has ended"),
    ("nested-ready-read", "readyRead is emitted inside its own handler"),
    ("signals-swapped", "disconnected is emitted before readChannelFinished"),
    ("silent-time-out", "a wait that times out reports no error"),
];

/// Whether this fault is enabled.
#[cfg(feature = "mutations")]
pub(crate) fn is(name: &str) -> bool {
    use std::sync::OnceLock;

    static CHOSEN: OnceLock<String> = OnceLock::new();
    debug_assert!(MUTATIONS.iter().any(|(known, _)| *known == name));
    CHOSEN.get_or_init(|| std::env::var("QLOCAL_MUTATION").unwrap_or_default()) == name
}

/// Whether this fault is enabled: there are none.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn is(_: &str) -> bool {
    false
}
