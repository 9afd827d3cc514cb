// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Passes what arrives to the signals of a socket that have handlers.

use std::pin::Pin;

use cxx_qt::CxxQtType as _;
use cxx_qt_lib::{QByteArray, QString};

use super::ffi::{self, LocalSocket};

impl LocalSocket {
    pub(super) fn read_text(mut self: Pin<&mut Self>) -> QString {
        let bytes = self.as_mut().read_all();
        let text = self.decoded(&bytes);
        self.note_unread();
        text
    }

    pub(super) fn read_event(mut self: Pin<&mut Self>) {
        self.as_mut().receive_descriptors();
        if self.is_framed() {
            self.receive_messages();
        } else {
            self.receive_bytes();
        }
    }

    pub(super) fn receive_bytes(mut self: Pin<&mut Self>) {
        let (hears_text, hears_binary) = (ffi::hears_text(&self), ffi::hears_binary(&self));
        if hears_text || hears_binary {
            let bytes = self.as_mut().read_all();
            if hears_text {
                let text = self.decoded(&bytes);
                // It is if there is only the start of a character.
                if !text.is_empty() {
                    self.as_mut().text_received(&text);
                }
            }
            // Last, since its handlers may change the bytes.
            if hears_binary && !bytes.is_empty() {
                self.as_mut().binary_received(&bytes);
            }
        }
        self.note_unread();
    }

    pub(super) fn receive_messages(mut self: Pin<&mut Self>) {
        let was_connected = self.is_connected();
        // Those that are left when a handler ends the connection are not announced.
        while self.is_heard() && self.has_message() && self.is_connected() == was_connected {
            let message = self.as_mut().read_message();
            if ffi::hears_text(&self) || ffi::hears_message(&self) {
                let text = QString::from(&*String::from_utf8_lossy(message.as_ref()));
                self.as_mut().text_received(&text);
                self.as_mut().message_received(&text);
            }
            if ffi::hears_json(&self) {
                self.as_mut().receive_json(&message);
            }
            // Last, since its handlers may change the bytes.
            if ffi::hears_binary(&self) {
                self.as_mut().binary_received(&message);
            }
        }
        self.note_unread();
    }

    pub(super) fn note_unread(self: Pin<&mut Self>) {
        let bytes = self.available();
        if self.rust().unread.replace(bytes) != bytes {
            self.bytes_available_changed();
        }
    }

    pub(super) fn is_heard(&self) -> bool {
        ffi::hears_text(self)
            || ffi::hears_binary(self)
            || ffi::hears_json(self)
            || ffi::hears_message(self)
    }

    pub(super) fn decoded(&self, bytes: &QByteArray) -> QString {
        QString::from(&*self.rust().decoder.decode(bytes.as_ref()))
    }
}
