// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A single instance of a program: one process is the primary, and each later one hands its command line
//! over to it.
//!
//! The primary is the process that holds the lock on a file beside the socket. The kernel grants it to one
//! descriptor only, and releases it when its process ends. Every other rule here only brings the others to
//! that process: `election` says what to do next, `conversation` what to say, both without I/O;
//! `secondary` does that without an event loop, and `primary` is the other end in the thread's reactor.

mod conversation;
mod election;
mod hand_over;
mod host;
mod limits;
mod name;
mod primary;
mod reply;
mod seat;
mod secondary;
mod session;

pub use conversation::{Conversation, Outcome, Word};
pub use election::{Election, Step};
pub use hand_over::{HandOver, Input};
pub use host::InstanceHost;
pub use limits::InstanceLimits;
pub use name::{InstanceName, Scope};
pub use primary::Primary;
pub use reply::Reply;
pub use seat::Seat;
pub use secondary::{claim, hand_over, primary_process, start, Started};
