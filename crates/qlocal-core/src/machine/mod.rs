// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The order of effects, the framing of messages, the times of attempts to connect, and the loss of a server's
//! name: no I/O, no clock.

mod connection;
mod delimiter;
mod effect;
mod framing;
mod framing_settings;
mod name_hold;
mod prefix;
mod retry;
mod sequence;

pub use connection::Connection;
pub use delimiter::Delimiter;
pub use effect::{Effect, Mark, State};
pub use framing::{Framing, Front};
pub use framing_settings::{FramingKind, FramingSettings};
pub use name_hold::{KeepName, NameLoss};
pub(crate) use name_hold::{NameChange, NameHold};
pub use prefix::{ByteOrder, Prefix, PrefixSize};
pub(crate) use retry::{Planned, Retry};
pub use retry::{Reconnect, Unsent};
