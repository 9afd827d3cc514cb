// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How a program answers a secondary.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::peer::PeerCredentials;

use super::session::Session;

/// The answer that a secondary waits for. Dropping it answers with the exit code 0 and no bytes. It stays on
/// the primary's thread.
pub struct Reply(Option<Arc<Session>>);

impl Reply {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self(Some(session))
    }

    /// Answers with an exit code and bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`] when the bytes are more than [`InstanceLimits::max_size`]: then the
    /// secondary fails in the same way. [`ErrorKind::NotConnected`] when it no longer waits.
    ///
    /// [`ErrorKind::InvalidMessage`]: crate::ErrorKind::InvalidMessage
    /// [`ErrorKind::NotConnected`]: crate::ErrorKind::NotConnected
    /// [`InstanceLimits::max_size`]: super::InstanceLimits::max_size
    pub fn answer(mut self, code: i32, bytes: &[u8]) -> Result<()> {
        self.0.take().map_or(Ok(()), |session| session.answer(code, bytes))
    }

    /// Whether the secondary still waits.
    pub fn is_awaited(&self) -> bool {
        self.0.as_ref().is_some_and(|session| session.is_connected())
    }

    /// The process that has handed over, as the kernel reports it.
    ///
    /// # Errors
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) when it no longer waits.
    pub fn peer(&self) -> Result<PeerCredentials> {
        let gone = Error::new(ErrorKind::NotConnected, Operation::Getsockopt);
        self.0.as_ref().map_or(Err(gone), |session| session.peer())
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            // It may have given up.
            let _ = session.answer(0, b"");
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("is_awaited", &self.is_awaited()).finish()
    }
}
