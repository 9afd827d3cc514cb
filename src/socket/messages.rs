// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sockets that carry messages.

use std::pin::Pin;

use cxx_qt_lib::QByteArray;

use super::ffi::{FramingKind, RustSocket};
use crate::convert;

impl RustSocket {
    pub(super) fn engine_framing(&self) -> FramingKind {
        self.stream().framing().into()
    }

    pub(super) fn engine_set_framing(&self, framing: FramingKind, ahead: &[u8]) {
        self.stream().set_framing(framing.into(), ahead);
    }

    pub(super) fn engine_message_limit(&self) -> i64 {
        convert::number(self.stream().message_limit())
    }

    pub(super) fn engine_set_message_limit(&self, most: i64) {
        self.stream().set_message_limit(convert::size(most));
    }

    pub(super) fn engine_write_message(
        self: Pin<&mut Self>,
        message: &[u8],
        is_writable: bool,
    ) -> bool {
        let outcome = match is_writable {
            true => self.stream().write_message(message),
            false => self.stream().refuse_message(),
        };
        if let Err(error) = outcome {
            self.change_error_string(&convert::socket_error_string(error));
        }
        outcome.is_ok()
    }

    pub(super) fn engine_has_message(&self) -> bool {
        self.stream().has_message()
    }

    pub(super) fn engine_read_message(&self) -> QByteArray {
        self.stream().read_message(|message| QByteArray::from(message)).unwrap_or_default()
    }
}
