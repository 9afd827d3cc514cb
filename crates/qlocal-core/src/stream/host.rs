// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that carries out the effects of a stream.

use crate::machine::Effect;

/// Carries out the effects of a stream: the object that a user holds.
///
/// The stream calls it on its thread, without a lock: the host may call any method of the stream,
/// detach it, or drop it.
pub trait Host: Send + Sync {
    /// Performs or announces an effect. It runs on the stream's thread.
    fn carry_out(&self, effect: Effect);
}
