// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What happens in which order, and how messages are told apart: no I/O, no clock.

mod connection;
mod framing;

pub use connection::{Connection, Effect, Mark, State};
pub use framing::{Framing, Front, Prefix};
