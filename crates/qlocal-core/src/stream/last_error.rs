// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The last error of a connection.

use crate::error::{Error, ErrorKind, Operation};

/// The last error since the last connection was made. A call that did not fit the state leaves the
/// error of the connection alone.
#[derive(Debug, Default)]
pub(super) struct LastError {
    of_connection: Option<Error>,
    /// After that error came a call that did not fit the state.
    is_misused: bool,
}

impl LastError {
    pub fn kind(&self) -> Option<ErrorKind> {
        self.of_connection.map(|error| error.kind())
    }

    /// What is to be said in full: that such a call came, or else the error of the connection.
    pub fn to_report(&self) -> Option<Error> {
        let misuse =
            self.is_misused.then(|| Error::new(ErrorKind::InvalidState, Operation::Connect));
        misuse.or(self.of_connection)
    }

    /// The user hears of this error.
    pub fn announced(&mut self, error: Error) {
        self.is_misused = error.kind() == ErrorKind::InvalidState;
        self.remember(error);
    }

    /// Remembers an error that is not announced.
    pub fn remember(&mut self, error: Error) {
        if error.kind() != ErrorKind::InvalidState {
            self.of_connection = Some(error);
        }
    }

    /// A call returns this error, whatever its kind.
    pub fn returned(&mut self, error: Error) {
        self.is_misused = false;
        self.of_connection = Some(error);
    }

    /// As with Qt: writing without a connection is an error which has no name.
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
    fn invalid_call_overrides_error_but_not_kind() {
        let mut last = LastError::default();
        last.announced(error(ErrorKind::PeerClosed));
        last.announced(error(ErrorKind::InvalidState));
        assert_eq!(last.kind(), Some(ErrorKind::PeerClosed));
        assert_eq!(last.to_report(), Some(error(ErrorKind::InvalidState)));
        last.returned(error(ErrorKind::LimitExceeded));
        assert_eq!(last.to_report(), Some(error(ErrorKind::LimitExceeded)));
    }
}
