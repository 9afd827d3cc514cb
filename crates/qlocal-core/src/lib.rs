// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The engine of qlocal: local (Unix domain) stream sockets for an event loop, without Qt.
//!
//! Bottom up: [`sys`] is the operating system; [`address`], [`input`](InputBuffer),
//! [`output`](OutputQueue) and [`error`] are leaf modules; [`framing`](Framing) has the rules of messages, which
//! [`messages`](Messages) keeps to; [`connection`](Connection) is a state machine
//! without I/O; [`reactor`] turns readiness into calls; [`stream`] and [`listener`] stand on all of
//! them. [`names`] says where names are that belong to one user, and [`activation`] what a service
//! manager has given to the process.

#![forbid(unsafe_code)]
#![warn(missing_debug_implementations, missing_docs, rust_2018_idioms)]

mod acceptor;
mod activation;
mod address;
mod admission;
mod chunk;
mod connection;
mod credentials;
mod driver;
mod error;
mod failure;
mod framing;
mod hint;
mod host;
mod input;
mod line;
mod linger;
mod listener;
mod lock;
pub mod log;
mod messages;
mod mutation;
mod names;
mod output;
mod reactor;
mod stream;
pub mod sys;
pub mod unwinding;
mod wait;

pub use acceptor::{Acceptor, AcceptorHost};
pub use activation::Activation;
pub use address::{Address, Namespace};
pub use admission::{ConnectionLimits, Counters, Refusal, RefusalReason};
pub use connection::{Connection, Effect, Mark, State};
pub use credentials::{AllowRule, PeerCredentials};
pub use driver::{Read, SlowPeer, WriteLimits};
pub use error::{Error, ErrorKind, Result};
pub use failure::Failure;
pub use framing::{Framing, Front, Prefix};
pub use hint::set_environment;
pub use host::Host;
pub use input::InputBuffer;
pub use line::Ticket;
pub use listener::{remove_server, Listener};
pub use messages::Messages;
pub use names::{random_name, Environment};
pub use output::OutputQueue;
pub use reactor::{
    always_writable, EventLoop, Follower, Reactor, SharedDescriptor, Source, Token, Turn, Waiting,
};
pub use stream::Stream;
pub use wait::{Blocking, Step, Wait};

use lock::{lock, Mutex, MutexGuard};
