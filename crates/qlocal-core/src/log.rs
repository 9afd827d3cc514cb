// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is worth a line in a log: names that are taken and given up, connections that begin and
//! end, and every error. Nothing is written for single bytes or events.
//!
//! Lines go to the sink of the program, if it has set one, and with the feature `tracing` to the
//! subscriber of that crate as well. No lock is held meanwhile: a sink may use sockets itself.

use std::fmt::Arguments;
use std::sync::OnceLock;

/// Which part of the engine speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Names, listening and accepting.
    Server,
    /// Connections.
    Socket,
    /// The event loop of a thread.
    Reactor,
}

/// How important it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It tells what goes on.
    Debug,
    /// Something failed.
    Warning,
}

/// Where lines go. It decides by itself whether to write one: making the text is left to it.
pub type Sink = fn(Topic, Level, Arguments<'_>);

static SINK: OnceLock<Sink> = OnceLock::new();

/// Sends all lines to `sink` from now on. The first one stays.
pub fn set_sink(sink: Sink) {
    // There is one already: that is what the contract says.
    let _ = SINK.set(sink);
}

/// Writes a line about what goes on.
pub fn debug(topic: Topic, text: Arguments<'_>) {
    write(topic, Level::Debug, text);
}

/// Writes a line about a failure.
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

/// A target and a level are part of the place that speaks, so each has a place of its own.
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
