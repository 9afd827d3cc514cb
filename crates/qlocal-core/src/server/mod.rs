// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Servers: the bound socket, accepting from it, limits, and sockets that a service manager has bound.

mod acceptor;
mod activation;
mod admission;
mod listener;

pub use acceptor::{Acceptor, AcceptorHost};
pub use activation::Activation;
pub use admission::{ConnectionLimits, Counters, Refusal, RefusalReason};
pub use listener::{remove_server, Listener};
