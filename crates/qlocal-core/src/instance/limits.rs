// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The limits of a single instance.

use std::time::Duration;

use crate::machine::Framing;

/// The limits of a single instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceLimits {
    /// The maximum size of a hand-over, and of an answer, in bytes; at most [`Framing::MAX_SIZE`].
    pub max_size: usize,
    /// The maximum number of secondaries that a primary serves at once, at least 3. Further ones wait.
    pub max_secondaries: usize,
    /// How long a start may take until this process is the primary, or the primary has received the
    /// hand-over. A primary gives each secondary as long to send it, and at least a second.
    pub timeout: Duration,
    /// How long a secondary waits for the program's answer after that.
    pub answer_timeout: Duration,
}

impl InstanceLimits {
    /// How long a primary waits for a secondary.
    pub(super) fn patience(&self) -> Duration {
        self.timeout.max(Duration::from_secs(1))
    }

    /// The maximum size of a message that carries an answer or a hand-over.
    pub(super) fn message_size(&self) -> usize {
        self.max_size.saturating_add(16).min(Framing::MAX_SIZE)
    }
}

impl Default for InstanceLimits {
    fn default() -> Self {
        Self {
            max_size: 1024 * 1024,
            max_secondaries: 64,
            timeout: Duration::from_secs(5),
            answer_timeout: Duration::from_secs(30),
        }
    }
}
