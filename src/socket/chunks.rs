// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Large transfers, which pass on memory instead of copying it.

use cxx_qt_lib::QByteArray;

use crate::convert::number;
use crate::object::socket::ffi::RustSocket;

pub(super) use qlocal_core::recycle;

/// The array is implicitly shared: a clone is another owner of its memory, which none of them writes
/// to as long as there are several.
pub(super) fn socket_write_shared(socket: &RustSocket, data: &QByteArray) -> i64 {
    socket.stream().write_shared(Box::new(data.clone())).map_or(-1, number)
}

pub(super) fn socket_write_owned(socket: &RustSocket, data: &mut Vec<u8>) -> i64 {
    socket.stream().write_owned(data).map_or(-1, number)
}

pub(super) fn socket_read_chunk(socket: &RustSocket) -> Vec<u8> {
    socket.stream().read_all()
}

pub(super) fn copy_of(data: &[u8]) -> Vec<u8> {
    data.to_vec()
}
