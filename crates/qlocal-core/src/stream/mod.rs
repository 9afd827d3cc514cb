// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Streams: one end of a connection, in parts.
//!
//! A received byte goes through `shared` (called by the reactor), `driver` (receives, and feeds the
//! machine), `inbox` (stores it) and `reading`. A sent one goes through `writing`, `driver` and
//! `outbox`. `link` is the descriptor with the requests to the reactor. The parts `link`, `inbox`
//! and `outbox` know neither each other nor the driver.

mod adoptable;
mod attempt;
mod block;
mod chunk;
mod driver;
mod gauges;
mod handle;
mod host;
mod inbox;
mod input;
mod keeper;
mod keeping;
mod label;
mod last_error;
mod limits;
mod link;
mod messages;
mod meter;
mod outbox;
mod output;
mod passing;
mod pressure;
mod reading;
mod shared;
mod starts;
mod wait;
mod watched;
mod writing;

pub use adoptable::Adoptable;
pub use block::SharedBytes;
pub use chunk::give as recycle;
pub use gauges::Gauges;
pub use handle::Stream;
pub use host::{Host, Reconnecting};
pub use inbox::Read;
pub use input::InputBuffer;
pub use limits::{Limits, SlowPeer};
pub use messages::Messages;
pub(crate) use meter::Meter;
pub use output::OutputQueue;
pub use wait::{Step, Wait};
pub use watched::Blocking;

#[cfg(test)]
mod tests;
