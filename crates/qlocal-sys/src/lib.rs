// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The operating system, as far as local sockets need it: each system call of qlocal behind a safe
//! function. No other crate of qlocal calls libc or rustix.
//!
//! A second platform would have to offer:
//!
//! - [`socket`]: stream sockets of the local domain that are non-blocking and close-on-exec from the
//!   start; connect, also with a wait for room in the backlog, bind, listen, accept; receive into spare
//!   capacity and gathered send, neither of which ever blocks or raises a signal;
//! - [`passing`]: the same with descriptors that go with the bytes, close-on-exec as they arrive;
//! - [`poller`]: a level-triggered readiness queue that is itself a descriptor which becomes readable, and
//!   a wait for a single descriptor;
//! - [`mod@owned`]: which sockets of this process belong to a connection already;
//! - [`peer`]: the user, groups and process at the other end of a connection;
//! - [`inherited`]: listening sockets that the program was started with;
//! - [`mod@file`]: identity (device and inode), type, mode and removal of a socket's file, and a lock
//!   around changes to its folder;
//! - [`mod@file_lock`]: a lock on a file, which the kernel releases when the process that holds it ends;
//! - [`folder`]: owner and mode of a folder, creation of a private one, and random bytes for names in it;
//! - [`Process`]: whether a value belongs to this process or to the one that it was forked from;
//! - [`watcher`]: reports of names that appear in a folder;
//! - [`processors`]: whether the thread may run on a single processor only;
//! - [`mod@errno`]: error numbers and their names.
//!
//! Calls that a signal interrupts are repeated here, so that no caller sees `EINTR`. Each call consults
//! [`fault`] first, which in a normal build compiles to nothing.

#![warn(missing_debug_implementations, missing_docs, rust_2018_idioms)]

mod claimed;
mod defect;
pub mod errno;
pub mod fault;
pub mod file;
pub mod file_lock;
pub mod folder;
pub mod inherited;
pub mod owned;
pub mod passing;
pub mod peer;
pub mod poller;
mod process;
pub mod processors;
pub mod socket;
pub mod watcher;

pub use errno::{Errno, Result};
pub use process::Process;
