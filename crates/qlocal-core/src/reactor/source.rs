// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that a reactor calls.

use qlocal_sys::poller::Readiness;

/// Receives the events of a registration. It is called on the reactor's thread, without any lock held.
pub trait Source: Send + Sync {
    /// The kernel reports readiness.
    fn ready(&self, readiness: Readiness);
    /// The turn ends in which [`Reactor::defer`](crate::Reactor::defer) was called, or the time given
    /// to [`Reactor::after`](crate::Reactor::after) has passed. Returns whether that may have called
    /// user code.
    fn turn_ended(&self) -> bool;
    /// An event loop runs inside a handler of [`Source::ready`]: from now on, whatever the source would
    /// do after its handlers have returned is due at the end of the loop's turns.
    fn interrupt(&self) {}
    /// Whether a fork(2) child calls [`Source::ready`] first, with [`Readiness::UNKNOWN`], because the source
    /// shares with the parent what it waits for.
    fn is_called_after_fork(&self) -> bool {
        false
    }
}
