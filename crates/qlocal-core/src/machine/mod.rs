// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The order of effects, and the framing of messages: no I/O, no clock.

mod connection;
mod effect;
mod framing;
mod sequence;

pub use connection::Connection;
pub use effect::{Effect, Mark, State};
pub use framing::{Framing, Front, Prefix};
