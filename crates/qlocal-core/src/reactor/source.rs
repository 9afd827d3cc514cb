// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a reactor and its backlog call.

use crate::sys::poller::Readiness;

/// What a reactor calls. It does so on its own thread, without any lock held.
pub trait Source: Send + Sync {
    /// The kernel reports readiness.
    fn ready(&self, readiness: Readiness);
    /// The turn ends in which [`Reactor::defer`](crate::Reactor::defer) was called. True when that may
    /// have called a user.
    fn turn_ended(&self) -> bool;
    /// An event loop runs inside a handler of [`Source::ready`]: what the source does when the handlers
    /// have returned is due at the end of the loop's turns from now on.
    fn interrupt(&self) {}
    /// It may be time to try again to connect.
    fn retry(&self, retry: Retry) -> Waiting;
}

/// Whose turn it is among those that wait for room in the same backlog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// Try to connect, and check the deadline.
    Connect,
    /// Another one has just found no room: only check the deadline.
    CheckDeadline,
}

/// Whether a source still waits for room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Ask again.
    Pending,
    /// It is connected, has failed, or was given up.
    Done,
}
