// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The forms of a run: complete, shorter, or only to show that everything runs.

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// Only enough to show that everything runs.
    Smoke,
    Quick,
    Full,
}

impl Form {
    pub fn name(self) -> &'static str {
        match self {
            Form::Smoke => "smoke",
            Form::Quick => "quick",
            Form::Full => "full",
        }
    }

    /// How often each program runs each workload.
    pub fn runs(self) -> usize {
        match self {
            Form::Smoke => 1,
            Form::Quick => 3,
            Form::Full => 5,
        }
    }

    /// The time-out of a run, in seconds: long enough for the slowest row on a busy machine.
    pub fn timeout(self) -> u32 {
        match self {
            Form::Smoke | Form::Quick => 60,
            Form::Full => 300,
        }
    }
}
