// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The order of effects, the framing of messages, the times of attempts to connect, and the loss of a server's
//! name: no I/O, no clock.

mod connection;
mod effect;
mod framing;
mod name_hold;
mod retry;
mod sequence;

pub use connection::Connection;
pub use effect::{Effect, Mark, State};
pub use framing::{Framing, Front, Prefix};
pub use name_hold::{KeepName, NameLoss};
pub(crate) use name_hold::{NameChange, NameHold};
pub(crate) use retry::{Planned, Retry};
pub use retry::{Reconnect, Unsent};
