// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How two servers talk about a hand-over.
//!
//! The older one waits for that at an abstract name that is derived from the inode of its socket file, or
//! from its abstract name. Both check that the other acts as the same user. The conversation:
//!
//! 1. The newer one connects.
//! 2. The older one sends [`OFFERED`] with the descriptors of its listener and of the socket at which it
//!    waits, so that further servers wait for whichever has them.
//! 3. The newer one sends [`WANTED`].
//! 4. The older one sends [`GIVEN`], stops accepting, and leaves the file. If that cannot be sent, because
//!    the newer one has given up, it goes on.
//!
//! The newer one gives up by ending the receiving direction first: whatever was sent before has arrived
//! then, so both always agree on which of them has the listener.

use qlocal_sys::file::Identity;
use qlocal_sys::socket::{self, SocketAddress};

use crate::error::{Operation, Result};
use crate::names::{short_name, Address};

use super::super::listener::failed;

/// The messages, each of one byte.
pub const OFFERED: u8 = b'O';
pub const WANTED: u8 = b'W';
pub const GIVEN: u8 = b'G';

/// The name at which a server waits for newer ones. It must never change, like the messages: programs with
/// different versions of this library hand over to each other.
pub fn control_name(address: &Address, file: Option<Identity>) -> Vec<u8> {
    match file {
        Some(file) => format!("qlocal hand-over {file}"),
        None => format!("qlocal hand-over {}", short_name(address.full_name())),
    }
    .into_bytes()
}

pub fn control_address(name: &[u8]) -> Result<SocketAddress> {
    socket::abstract_address(name).map_err(failed(Operation::Name))
}
