// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that receives what is handed over to a primary.

use super::hand_over::HandOver;
use super::reply::Reply;

/// Receives what secondaries hand over: the object that a user holds.
///
/// It is called on the primary's thread, without a lock. It may close the primary or drop it.
pub trait InstanceHost: Send + Sync {
    /// A secondary has handed over. The reply may be given later.
    fn handed_over(&self, hand_over: HandOver, reply: Reply);
}
