// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface of what connects again.

use std::sync::Arc;
use std::time::Duration;

use crate::machine::Reconnect;
use crate::names::Address;
use crate::reactor::Reactor;

use super::outbox::Outbox;

/// Keeps the connection of a stream.
///
/// Only [`Stream::keep_connected`](super::handle::Stream::keep_connected) names the implementation, so a
/// program that does not call that does not contain it. All but [`Keeper::connect`] and
/// [`Keeper::detach`] are called while the driver is locked.
pub(super) trait Keeper: Send + Sync {
    /// The user connects.
    fn connect(&self, address: Address, reactor: &Arc<Reactor>, timeout: Option<Duration>);
    /// A connection to this address is wanted, and made by the caller.
    fn want(&self, address: Address, timeout: Option<Duration>);
    /// There is a connection.
    fn established(&self);
    /// The connection has ended, or an attempt that had to wait for room.
    fn ended(&self, reactor: Option<&Arc<Reactor>>);
    /// The user has ended the connection, or needs another one.
    fn cancel(&self);
    /// As [`Keeper::cancel`]; the host is not called any more.
    fn detach(&self);
    fn leave_thread(&self);
    fn join_thread(&self, reactor: &Arc<Reactor>);
    /// Whether there is no connection and no attempt, but an attempt will be made.
    fn is_waiting(&self) -> bool;
    /// Whether unsent bytes are for the next connection.
    fn keeps_unsent(&self) -> bool;
    /// The connection is closed. Unsent bytes that are for the next one stay.
    fn close_outbox(&self, outbox: &mut Outbox);
    fn policy(&self) -> Reconnect;
    fn set_policy(&self, policy: Reconnect);
}
