// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interface that carries out the effects of a stream.

use crate::machine::Effect;

/// Carries out the effects of a stream: the object that a user holds.
///
/// The stream calls it on its thread.
pub trait Host: Send + Sync {
    /// Performs or announces an effect. It is called without a lock: the host may call any method of
    /// the stream, detach it, or drop it.
    fn carry_out(&self, effect: Effect);

    /// Passes the bytes that the host has kept since [`Stream::write_staged`] to `take`, and keeps
    /// none from now on. The stream is locked, so the host must not call it.
    ///
    /// [`Stream::write_staged`]: super::Stream::write_staged
    fn unstage(&self, _take: &mut dyn FnMut(&[u8])) {}
}
