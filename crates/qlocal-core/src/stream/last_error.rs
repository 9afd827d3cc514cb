// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The last error of a connection.

use crate::error::{Error, ErrorKind, Operation};

/// The last error since the last connection was established. A call in the wrong state does not
/// change the error of the connection.
#[derive(Debug, Default)]
pub(super) struct LastError {
    of_connection: Option<Error>,
    /// A call in the wrong state came after that error.
    is_misused: bool,
}

impl LastError {
    pub fn kind(&self) -> Option<ErrorKind> {
        self.of_connection.map(|error| error.kind())
    }

    /// The error to report in full: that of such a call, or else that of the connection.
    pub fn to_report(&self) -> Option<Error> {
        let misuse =
            self.is_misused.then(|| Error::new(ErrorKind::InvalidState, Operation::Connect));
        misuse.or(self.of_connection)
    }

    /// This error is announced to the user.
    pub fn announced(&mut self, error: Error) {
        self.is_misused = error.kind() == ErrorKind::InvalidState;
        self.remember(error);
    }

    /// Stores an error that is not announced.
    pub fn remember(&mut self, error: Error) {
        if error.kind() != ErrorKind::InvalidState {
            self.of_connection = Some(error);
        }
    }

    /// A call returns this error, regardless of its kind.
    pub fn returned(&mut self, error: Error) {
        self.is_misused = false;
        self.of_connection = Some(error);
    }

    /// As with Qt, writing without a connection is an error without a kind.
    pub fn forget_kind(&mut self) {
        self.of_connection = None;
    }

    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: ErrorKind) -> Error {
        Error::new(kind, Operation::Connect)
    }

    #[test]
    fn invalid_call_keeps_error_kind() {
        let mut last = LastError::default();
        last.announced(error(ErrorKind::PeerClosed));
        last.announced(error(ErrorKind::InvalidState));
        assert_eq!(last.kind(), Some(ErrorKind::PeerClosed));
        assert_eq!(last.to_report(), Some(error(ErrorKind::InvalidState)));
        last.returned(error(ErrorKind::LimitExceeded));
        assert_eq!(last.to_report(), Some(error(ErrorKind::LimitExceeded)));
    }
}
