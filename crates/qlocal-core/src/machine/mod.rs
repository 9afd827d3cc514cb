// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The order of effects, the framing of messages, and the times of attempts to connect: no I/O, no clock.

mod connection;
mod effect;
mod framing;
mod retry;
mod sequence;

pub use connection::Connection;
pub use effect::{Effect, Mark, State};
pub use framing::{Framing, Front, Prefix};
pub(crate) use retry::{Planned, Retry};
pub use retry::{Reconnect, Unsent};
