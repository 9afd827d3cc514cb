// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Local (Unix domain) sockets for Qt, implemented in Rust.

mod convert;
mod reactor;
mod server;
mod socket;
