// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The socket as a device: what QIODevice's functions for data call.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use cxx_qt_lib::qint64;
use qlocal_core::{Read, State};

use super::ffi::RustSocket;
use crate::convert::to_qint64;

impl RustSocket {
    pub(super) fn engine_bytes_available(&self) -> qint64 {
        to_qint64(self.stream().bytes_available())
    }

    pub(super) fn engine_bytes_to_write(&self) -> qint64 {
        to_qint64(self.stream().bytes_to_write())
    }

    pub(super) fn engine_has_line(&self) -> bool {
        self.stream().has_line()
    }

    /// # Safety
    /// `data` is valid for writes of `size` bytes, as QIODevice::readData() says.
    pub(super) unsafe fn engine_read(&self, data: *mut c_char, size: qint64) -> qint64 {
        // SAFETY: the caller's.
        let room = unsafe { destination(data, size) };
        self.answer(self.stream().read(room))
    }

    /// # Safety
    /// As for `engine_read`.
    pub(super) unsafe fn engine_read_line(&self, data: *mut c_char, size: qint64) -> qint64 {
        // SAFETY: the caller's.
        let room = unsafe { destination(data, size) };
        self.answer(self.stream().read_line(room))
    }

    pub(super) fn engine_skip(&self, size: qint64) -> qint64 {
        self.answer(self.stream().skip(usize::try_from(i64::from(size)).unwrap_or(0)))
    }

    /// With Qt nothing can come while a device that is still open connects again.
    fn answer(&self, read: Read) -> qint64 {
        match read {
            Read::Bytes(0) if self.stream().state() == State::Connecting => (-1).into(),
            Read::Bytes(count) => to_qint64(count),
            Read::End => (-1).into(),
        }
    }

    /// # Safety
    /// `data` is valid for reads of `size` bytes, as QIODevice::writeData() says.
    pub(super) unsafe fn engine_write(&self, data: *const c_char, size: qint64) -> qint64 {
        let bytes = match usize::try_from(i64::from(size)) {
            // SAFETY: the caller's; a length above zero comes with a pointer that is not null.
            Ok(length) if length > 0 => unsafe {
                std::slice::from_raw_parts(data.cast::<u8>(), length)
            },
            _ => &[],
        };
        self.stream().write(bytes).map_or((-1).into(), to_qint64)
    }
}

/// The caller's memory, which QIODevice may not have initialised.
///
/// # Safety
/// `data` is valid for writes of `size` bytes for as long as the slice lives.
unsafe fn destination<'a>(data: *mut c_char, size: qint64) -> &'a mut [MaybeUninit<u8>] {
    match usize::try_from(i64::from(size)) {
        // SAFETY: the caller's, and any bytes are valid here.
        Ok(length) if length > 0 => unsafe {
            std::slice::from_raw_parts_mut(data.cast::<MaybeUninit<u8>>(), length)
        },
        _ => &mut [],
    }
}
