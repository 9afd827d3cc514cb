// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that carries out the effects of a stream.

use crate::machine::Effect;

/// Carries out the effects of a stream: the object that a user holds.
///
/// The stream calls it on the thread that it is attached to, and holds nothing meanwhile: the host
/// may call any method of the stream, detach it, or drop it.
pub trait Host: Send + Sync {
    /// Does or announces what happened. It runs on the stream's thread.
    fn carry_out(&self, effect: Effect);
}
