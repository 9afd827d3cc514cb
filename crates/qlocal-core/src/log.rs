// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The log: names that are bound and released, connections that begin and end, and all errors.
//! Single bytes and events are not logged.
//!
//! Lines go to the program's sink, if set, and with the feature `tracing` also to the subscriber of
//! that crate. No lock is held during the call: a sink may use sockets itself.

use std::fmt::Arguments;
use std::sync::OnceLock;

/// The part of the engine that logs a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Names, listening and accepting.
    Server,
    /// Connections.
    Socket,
    /// The event loop of a thread.
    Reactor,
}

/// The severity of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Normal operation.
    Debug,
    /// Something failed.
    Warning,
}

/// Receives log lines. It decides whether to write one, and formats the text only then.
pub type Sink = fn(Topic, Level, Arguments<'_>);

static SINK: OnceLock<Sink> = OnceLock::new();

/// Sets the sink for all lines. Only the first call has an effect.
pub fn set_sink(sink: Sink) {
    // An earlier sink stays, as documented.
    let _ = SINK.set(sink);
}

/// Logs a line about normal operation.
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

/// In `tracing` the target and the level are static, so each combination has its own call.
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
