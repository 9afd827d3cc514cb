// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The engine of qlocal: local (Unix domain) stream sockets for an event loop, without Qt.
//!
//! A [`Stream`] is one end of a connection, an [`Acceptor`] takes connections from a [`Listener`], and a [`Reactor`] calls
//! both when the kernel reports readiness. [`Connection`] is the state machine of a stream, without I/O. ARCHITECTURE.md
//! lists the folders.

#![forbid(unsafe_code)]
#![warn(missing_debug_implementations, missing_docs, rust_2018_idioms)]

mod error;
mod failure;
pub mod instance;
mod lock;
pub mod log;
mod lookout;
mod machine;
mod names;
mod peer;
mod reactor;
mod server;
mod stream;
pub mod unwinding;

pub use error::{Error, ErrorKind, Operation, Result};
pub use failure::{set_environment, Failure};
pub use machine::{
    ByteOrder, Connection, Delimiter, Effect, Framing, FramingKind, FramingSettings, Front,
    KeepName, Mark, NameLoss, Prefix, PrefixSize, Reconnect, State, Unsent,
};
pub use names::{random_name, Address, Environment, Namespace};
pub use peer::{AllowRule, PeerCredentials};
pub use reactor::{
    always_writable, EventLoop, Follower, Reactor, SharedDescriptor, Source, Ticket, Token,
};
pub use server::{
    remove_server, Acceptor, AcceptorHost, Activation, ConnectionLimits, Counters, Listener,
    Refusal, RefusalReason,
};
pub use stream::{
    recycle, Adoptable, Blocking, Gauges, Host, InputBuffer, Limits, Messages, OutputQueue, Read,
    Reconnecting, SharedBytes, SlowPeer, Step, Stream, Wait,
};
