// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The log: names that are bound and released, connections that begin and end, and every error.
//! Nothing is written per byte or event.
//!
//! Lines go to the sink of the program, if it has set one, and with the feature `tracing` to the
//! subscriber of that crate as well. No lock is held while they are written: a sink may use sockets
//! itself.

use std::fmt::Arguments;
use std::sync::OnceLock;

/// The part of the engine that writes a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Names, listening and accepting.
    Server,
    /// Connections.
    Socket,
    /// The event loop of a thread.
    Reactor,
}

/// The importance of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Normal activity.
    Debug,
    /// A failure.
    Warning,
}

/// Receives lines. It decides whether to format and write each.
pub type Sink = fn(Topic, Level, Arguments<'_>);

static SINK: OnceLock<Sink> = OnceLock::new();

/// Sends all lines to `sink` from now on. Only the first call has an effect.
pub fn set_sink(sink: Sink) {
    // There is one already, which stays.
    let _ = SINK.set(sink);
}

/// Writes a line about normal activity.
pub fn debug(topic: Topic, text: Arguments<'_>) {
    write(topic, Level::Debug, text);
}

/// Logs a failure.
pub fn warning(topic: Topic, text: Arguments<'_>) {
    write(topic, Level::Warning, text);
}

fn write(topic: Topic, level: Level, text: Arguments<'_>) {
    #[cfg(feature = "tracing")]
    trace(topic, level, text);
    if let Some(sink) = SINK.get() {
        sink(topic, level, text);
    }
}

/// Target and level are part of the call site, so each combination has its own.
#[cfg(feature = "tracing")]
fn trace(topic: Topic, level: Level, text: Arguments<'_>) {
    use tracing::{debug, warn};

    match (topic, level) {
        (Topic::Server, Level::Debug) => debug!(target: "qlocal::server", "{text}"),
        (Topic::Server, Level::Warning) => warn!(target: "qlocal::server", "{text}"),
        (Topic::Socket, Level::Debug) => debug!(target: "qlocal::socket", "{text}"),
        (Topic::Socket, Level::Warning) => warn!(target: "qlocal::socket", "{text}"),
        (Topic::Reactor, Level::Debug) => debug!(target: "qlocal::reactor", "{text}"),
        (Topic::Reactor, Level::Warning) => warn!(target: "qlocal::reactor", "{text}"),
    }
}
