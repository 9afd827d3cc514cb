// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The order of effects, and the framing of messages, without I/O and clock.

mod connection;
mod framing;

pub use connection::{Connection, Effect, Mark, State};
pub use framing::{Framing, Front, Prefix};
