// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The operating system, as far as local sockets need it.
//!
//! This is the only module that names a system-call crate. A second platform would have to offer:
//!
//! - [`socket`]: stream sockets of the local domain that are non-blocking and closed on exec from
//!   the moment they exist; connect, also with
//!   a wait for room in the backlog, bind, listen, accept; receive into spare room and gathered
//!   send, neither of which ever blocks or raises a signal;
//! - [`poller`]: a level-triggered readiness queue that is itself a descriptor which becomes
//!   readable, and a wait for a single descriptor;
//! - [`passing`]: the same with descriptors that go with the bytes, closed on exec as they arrive;
//! - [`mod@owned`]: which sockets of this process belong to a connection already;
//! - [`peer`]: the user, groups and process at the other end of a connection;
//! - [`inherited`]: listening sockets that the program was started with;
//! - [`mod@file`]: identity (device and inode), type, mode and removal of a socket's file, and a lock
//!   around changes to its folder;
//! - [`folder`]: owner and mode of a folder, making a private one, and random bytes for names in it;
//! - [`processors`]: whether the thread may run on a single processor only;
//! - [`mod@errno`]: the names of error numbers.
//!
//! Calls that a signal interrupts are repeated here, so that no caller sees `EINTR`. Each call asks
//! [`fault`] first, which in a normal build is nothing at all.

pub mod errno;
pub mod fault;
pub mod file;
pub mod folder;
pub mod inherited;
pub mod owned;
pub mod passing;
pub mod peer;
pub mod poller;
pub mod processors;
pub mod socket;

pub use qlocal_sys::Process;
pub use rustix::io::Errno;

/// The outcome of one system call.
pub type Result<T> = rustix::io::Result<T>;
