// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Servers: listeners, also those bound by a service manager, and acceptors with their limits.

mod accepting;
mod acceptor;
mod activation;
mod admission;
mod companion;
mod hand_over;
mod host;
mod keeper;
mod listener;
mod name;
mod pace;
mod replacing;

pub use acceptor::Acceptor;
pub use activation::Activation;
pub use admission::{ConnectionLimits, Counters, Refusal, RefusalReason};
pub use host::AcceptorHost;
pub use listener::{remove_server, Listener};
