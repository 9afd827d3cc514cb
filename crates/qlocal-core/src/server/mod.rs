// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Servers: listeners, also those bound by a service manager, and acceptors with their limits.

mod accepting;
mod acceptor;
mod activation;
mod admission;
mod host;
mod listener;
mod pace;

pub use acceptor::Acceptor;
pub use activation::Activation;
pub use admission::{ConnectionLimits, Counters, Refusal, RefusalReason};
pub use host::AcceptorHost;
pub use listener::{remove_server, Listener};
