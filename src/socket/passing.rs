// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors passed along with bytes.

use std::os::fd::{FromRawFd, IntoRawFd, OwnedFd};

use qlocal_core::State;

use crate::convert;
use crate::object::socket::ffi::RustSocket;

pub(super) fn socket_write_with_descriptor(
    socket: &RustSocket,
    data: &[u8],
    descriptor: i32,
) -> i64 {
    if descriptor < 0 {
        return -1;
    }
    // SAFETY: the caller transfers ownership of the descriptor; if unused, it is returned below.
    let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
    match socket.stream().write_with_descriptors(data, vec![owned]) {
        Ok(count) => convert::number(count),
        Err(descriptors) => {
            // The caller keeps it, under the same number.
            for descriptor in descriptors {
                let _ = descriptor.into_raw_fd();
            }
            if socket.stream().state() == State::Connected {
                0
            } else {
                -1
            }
        }
    }
}

pub(super) fn socket_take_descriptor(socket: &RustSocket) -> i32 {
    socket.stream().take_descriptor().map_or(-1, IntoRawFd::into_raw_fd)
}
