// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What an idle processor does while the programs run, which decides what waking a thread costs.

/// Whether idle processors may sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Regime {
    /// As the host does it: a virtual processor usually halts, and waking it takes tens of microseconds.
    AsIs,
    /// No processor sleeps, see [`Spinners`](crate::spinners::Spinners).
    Awake,
}

impl Regime {
    pub const BOTH: [Regime; 2] = [Regime::AsIs, Regime::Awake];

    /// The name in JSON and in file names.
    pub fn name(self) -> &'static str {
        match self {
            Regime::AsIs => "as-is",
            Regime::Awake => "awake",
        }
    }

    /// The name shown to readers.
    pub fn title(self) -> &'static str {
        match self {
            Regime::AsIs => "The host as it is",
            Regime::Awake => "Processors kept awake",
        }
    }
}
