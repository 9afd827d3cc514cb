// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Local (Unix domain) sockets for Qt, implemented in Rust.
//!
//! [`LocalServer`] and [`LocalStream`] are for Rust programs that run a Qt event loop, such as that
//! of `QCoreApplication` from cxx-qt-lib. `QLocalServer` and `QLocalSocket` in C++ use the same
//! engine, so either end can be written in either language.
//!
//! Servers and streams log their activity and failures to Qt's logging categories `qlocal.server`,
//! `qlocal.socket` and `qlocal.reactor`, which are off by default
//! (`QT_LOGGING_RULES="qlocal.*=true"`), and with the feature `tracing` to the crate of that name.

mod accepted;
mod convert;
mod enums;
mod environment;
mod error;
mod exception;
mod framing;
mod handler;
mod hooks;
mod instance;
mod limits;
mod local_server;
mod local_stream;
mod logging;
#[cfg(feature = "mutations")]
mod mutation;
mod object;
mod panic;
mod qt;
mod reactor;
mod server;
mod server_name;
mod single_instance;
mod socket;
mod types;

pub use error::{Error, Result};
pub use limits::DEFAULT_READ_LIMIT;
pub use local_server::LocalServer;
pub use local_stream::LocalStream;
pub use qlocal_core::instance::{HandOver, Input, InstanceLimits, Scope};
pub use qlocal_core::{
    Address, AllowRule, ByteOrder, ConnectionLimits, Counters, Delimiter, ErrorKind, Framing,
    KeepName, Limits, NameLoss, PeerCredentials, PrefixSize, Reconnect, Refusal, RefusalReason,
    SlowPeer, State, Unsent,
};
pub use qt::quit;
pub use reactor::{set_busy_poll, set_lingering, wake_up_cost};
pub use server_name::ServerName;
pub use single_instance::{Instance, PrimaryInstance, Reply, SingleInstance};

/// Compiles the Rust code of the front page.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// Compiles the Rust code of this page.
#[cfg(doctest)]
#[doc = include_str!("../docs/framing.md")]
struct FramingPage;

/// Compiles the Rust code of this page.
#[cfg(doctest)]
#[doc = include_str!("../docs/large-transfers.md")]
struct LargeTransfers;

/// Compiles the Rust code of this page.
#[cfg(doctest)]
#[doc = include_str!("../docs/staying-connected.md")]
struct StayingConnected;

/// Compiles the Rust code of this page.
#[cfg(doctest)]
#[doc = include_str!("../docs/single-instance.md")]
struct SingleInstancePage;

/// Compiles the Rust code of this page.
#[cfg(doctest)]
#[doc = include_str!("../docs/keeping-a-name.md")]
struct KeepingAName;
