// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! With the feature `tracing`, a subscriber of that crate receives the log.

use std::fmt;
use std::sync::{Arc, Mutex};

use qlocal_core::Listener;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

mod util;
use util::*;

/// Records each event: target, level, message.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<(String, Level, String)>>>);

impl Subscriber for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let from = event.metadata();
        self.0.lock().unwrap().push((from.target().to_owned(), *from.level(), text.0));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        self.0 = format!("{value:?}");
    }
}

#[test]
fn subscriber_receives_events_and_failures() {
    let lines = Lines::default();
    let folder = Folder::new();
    tracing::subscriber::with_default(lines.clone(), || {
        let server = Listener::bind(folder.address("a"), None, 50).unwrap();
        Listener::bind(folder.address("a"), None, 50).unwrap_err();
        drop(server);
    });
    let lines = lines.0.lock().unwrap();
    let levels: Vec<Level> = lines.iter().map(|line| line.1).collect();
    assert_eq!(levels, [Level::DEBUG, Level::WARN, Level::DEBUG], "{lines:?}");
    assert!(lines.iter().all(|line| line.0 == "qlocal::server"));
    assert!(lines[1].2.contains("EADDRINUSE"), "{lines:?}");
}
