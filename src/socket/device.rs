// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The socket as a QIODevice: reading, writing and counting bytes.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use cxx_qt_lib::qint64;
use qlocal_core::{Read, State};

use crate::convert::{number, size, to_qint64};
use crate::limits::DEFAULT_READ_LIMIT;
use crate::object::socket::ffi::RustSocket;

pub(super) fn socket_has_line(socket: &RustSocket) -> bool {
    socket.stream().has_line()
}

pub(super) fn socket_set_read_limit(socket: &RustSocket, limit: qint64) {
    // A negative limit means none, as in Qt.
    socket.stream().set_read_limit(size(limit.into()));
}

pub(super) fn default_read_limit() -> i64 {
    number(DEFAULT_READ_LIMIT)
}

pub(super) fn socket_received(socket: &RustSocket) -> u64 {
    socket.stream().received()
}

pub(super) fn socket_sent(socket: &RustSocket) -> u64 {
    socket.stream().sent()
}

/// # Safety
/// `data` must be valid for writes of `size` bytes, as QIODevice::readData() documents.
pub(super) unsafe fn socket_read(socket: &RustSocket, data: *mut c_char, size: qint64) -> qint64 {
    // SAFETY: guaranteed by the caller.
    let room = unsafe { destination(data, size) };
    if room.is_empty() {
        return 0.into();
    }
    answer(socket, socket.stream().read(room))
}

/// # Safety
/// As for `socket_read`.
pub(super) unsafe fn socket_read_line(
    socket: &RustSocket,
    data: *mut c_char,
    size: qint64,
) -> qint64 {
    // SAFETY: guaranteed by the caller.
    let room = unsafe { destination(data, size) };
    answer(socket, socket.stream().read_line(room))
}

pub(super) fn socket_skip(socket: &RustSocket, size: qint64) -> qint64 {
    answer(socket, socket.stream().skip(usize::try_from(i64::from(size)).unwrap_or(0)))
}

/// # Safety
/// `data` must be valid for reads of `size` bytes, as QIODevice::writeData() documents.
pub(super) unsafe fn socket_write(
    socket: &RustSocket,
    data: *const c_char,
    size: qint64,
) -> qint64 {
    let bytes = match usize::try_from(i64::from(size)) {
        // SAFETY: guaranteed by the caller; the pointer is not null if the length is above zero.
        Ok(length) if length > 0 => unsafe {
            std::slice::from_raw_parts(data.cast::<u8>(), length)
        },
        _ => &[],
    };
    socket.stream().write_staged(bytes).map_or((-1).into(), to_qint64)
}

/// As in Qt, nothing can arrive while a device that is still open connects again.
fn answer(socket: &RustSocket, read: Read) -> qint64 {
    match read {
        Read::Bytes(0) if socket.stream().state() == State::Connecting => (-1).into(),
        Read::Bytes(count) => to_qint64(count),
        Read::End => (-1).into(),
    }
}

/// The caller's buffer, which may be uninitialised.
///
/// # Safety
/// `data` must be valid for writes of `size` bytes for as long as the slice lives.
unsafe fn destination<'a>(data: *mut c_char, size: qint64) -> &'a mut [MaybeUninit<u8>] {
    match usize::try_from(i64::from(size)) {
        // SAFETY: guaranteed by the caller, and any bytes are valid here.
        Ok(length) if length > 0 => unsafe {
            std::slice::from_raw_parts_mut(data.cast::<MaybeUninit<u8>>(), length)
        },
        _ => &mut [],
    }
}
