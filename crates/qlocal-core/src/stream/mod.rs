// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Streams: one end of a connection, in parts.
//!
//! A byte comes in through `shared` (what the reactor calls), `driver` (receives, and feeds the
//! machine), `inbox` (keeps it), and leaves through `reading`. It goes out through `writing`,
//! `driver` and `outbox`. `link` is the descriptor and what the reactor was asked for. These three
//! parts know neither each other nor the driver.

mod attempt;
mod chunk;
mod driver;
mod handle;
mod host;
mod inbox;
mod input;
mod label;
mod last_error;
mod link;
mod messages;
mod meter;
mod outbox;
mod output;
mod passing;
mod pressure;
mod reading;
mod shared;
mod wait;
mod watched;
mod writing;

pub use handle::Stream;
pub use host::Host;
pub use inbox::Read;
pub use input::InputBuffer;
pub use messages::Messages;
pub(crate) use meter::Meter;
pub use output::OutputQueue;
pub use pressure::{SlowPeer, WriteLimits};
pub use wait::{Step, Wait};
pub use watched::Blocking;

#[cfg(test)]
mod tests;
