// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The process at the other end.

use std::os::fd::IntoRawFd;

use crate::object::socket::ffi::RustSocket;
use crate::types::ffi::PeerIdentity;

pub(super) fn peer_of(socket: &RustSocket) -> PeerIdentity {
    socket.stream().peer_credentials().ok().into()
}

pub(super) fn peer_process_of(socket: &RustSocket) -> i32 {
    socket.stream().peer_process().map_or(-1, IntoRawFd::into_raw_fd)
}
