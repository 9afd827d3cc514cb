// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a starting process does next, until it is the primary or has reached it: no I/O, no clock.

use std::time::Duration;

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_millis(16);

/// What to do next. The outcome is reported to the [`Election`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Try to get the lock, without waiting for it: [`Election::locked`].
    Lock,
    /// Bind the name and listen, while holding the lock: [`Election::bound`].
    Bind,
    /// Connect to the name, without the lock: [`Election::connected`].
    Connect,
    /// Hand over on the connection: [`Election::interrupted`] if it ends early.
    HandOver,
    /// Wait a moment: [`Election::paused`].
    Pause(Duration),
    /// This process is the primary for as long as it keeps the lock.
    Lead,
}

/// The course of one start.
///
/// Only a process that holds the lock binds, and only one that has bound leads. The lock may be held by a
/// process that listens, by one that is about to, and by one that is ending; the pauses are for the last two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Election {
    step: Step,
    pauses: u32,
}

impl Election {
    /// Starts with the lock.
    pub fn new() -> Self {
        Self { step: Step::Lock, pauses: 0 }
    }

    /// What to do next.
    pub fn step(&self) -> Step {
        self.step
    }

    /// Whether the lock was free, and is held now.
    pub fn locked(&mut self, is_held: bool) {
        debug_assert_eq!(self.step, Step::Lock);
        self.step = if is_held { Step::Bind } else { Step::Connect };
    }

    /// Whether the name was free, and is listened on now. If not, a process without the lock has it, such as
    /// a primary whose lock file was removed; the lock must be released.
    pub fn bound(&mut self, is_listening: bool) {
        debug_assert_eq!(self.step, Step::Bind);
        self.step = if is_listening { Step::Lead } else { Step::Connect };
    }

    /// Whether there is a connection.
    pub fn connected(&mut self, is_connected: bool) {
        debug_assert_eq!(self.step, Step::Connect);
        self.step = if is_connected { Step::HandOver } else { self.next_pause() };
    }

    /// The connection has ended before the answer: its process has ended, or leads no longer.
    pub fn interrupted(&mut self) {
        debug_assert_eq!(self.step, Step::HandOver);
        self.step = self.next_pause();
    }

    /// The pause is over.
    pub fn paused(&mut self) {
        debug_assert!(matches!(self.step, Step::Pause(_)));
        self.step = Step::Lock;
    }

    fn next_pause(&mut self) -> Step {
        let pause = Duration::from_millis(1 << self.pauses.min(6)).min(LONGEST);
        self.pauses += 1;
        Step::Pause(pause)
    }
}

impl Default for Election {
    fn default() -> Self {
        Self::new()
    }
}
