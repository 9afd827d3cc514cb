// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The interfaces that a stream calls.

use std::time::Duration;

use crate::machine::Effect;

/// Carries out the effects of a stream: the object that a user holds.
///
/// The stream calls it on its thread.
pub trait Host: Send + Sync {
    /// Performs or announces an effect. It is called without a lock: the host may call any method of
    /// the stream, detach it, or drop it.
    fn carry_out(&self, effect: Effect);

    /// Whether anything would happen on [`Effect::BytesWritten`]. If not, it may be left out, since most
    /// programs don't use it. The stream is locked, so the host must not call it.
    fn hears_bytes_written(&self) -> bool {
        true
    }

    /// Passes the bytes that the host has kept since [`Stream::write_staged`] to `take`, and keeps
    /// none from now on. The stream is locked, so the host must not call it.
    ///
    /// [`Stream::write_staged`]: super::Stream::write_staged
    fn unstage(&self, _take: &mut dyn FnMut(&[u8])) {}
}

/// Announces the attempts of a kept connection: the object that a user holds.
///
/// It is called like a [`Host`], without a lock and on the stream's thread.
pub trait Reconnecting: Send + Sync {
    /// There is no connection, and an attempt of this number follows after this time, or with `None` as soon
    /// as the server's file appears.
    fn reconnecting(&self, attempt: u32, delay: Option<Duration>);
}
