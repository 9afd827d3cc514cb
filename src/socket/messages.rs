// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sockets that carry messages.

use std::pin::Pin;

use cxx_qt_lib::QByteArray;
use qlocal_core::Result;

use crate::convert;
use crate::hooks::ffi::SocketHooks;
use crate::object::socket::ffi::RustSocket;

pub(super) fn socket_write_message(
    socket: Pin<&mut RustSocket>,
    message: &[u8],
    is_writable: bool,
) -> bool {
    let outcome = match is_writable {
        true => socket.stream().write_message(message),
        false => socket.stream().refuse_message(),
    };
    is_queued(socket, outcome)
}

pub(super) fn socket_write_all(
    socket: Pin<&mut RustSocket>,
    data: &[u8],
    is_writable: bool,
) -> bool {
    let outcome = match is_writable {
        true => socket.stream().write_all(data),
        false => socket.stream().refuse_message(),
    };
    is_queued(socket, outcome)
}

fn is_queued(socket: Pin<&mut RustSocket>, outcome: Result<()>) -> bool {
    if let Err(error) = outcome {
        SocketHooks::change_error_string(socket, &convert::socket_error_string(error));
    }
    outcome.is_ok()
}

pub(super) fn socket_reject_message(socket: Pin<&mut RustSocket>) {
    let error = socket.stream().reject_message();
    SocketHooks::change_error_string(socket, &convert::socket_error_string(error));
}

pub(super) fn socket_has_message(socket: &RustSocket) -> bool {
    socket.stream().has_message()
}

pub(super) fn socket_read_message(socket: &RustSocket) -> QByteArray {
    socket.stream().read_message(|message| QByteArray::from(message)).unwrap_or_default()
}
