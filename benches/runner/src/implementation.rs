// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The compared implementations.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Implementation {
    Stock,
    Qlocal,
    /// qlocal whose threads never poll before they go to sleep.
    NoLingering,
    Epoll,
    Blocking,
    Tokio,
    Interprocess,
    Glib,
}

use Implementation::{Blocking, Epoll, Glib, Interprocess, NoLingering, Qlocal, Stock, Tokio};

impl Implementation {
    pub const ALL: [Implementation; 8] =
        [Stock, Qlocal, NoLingering, Epoll, Blocking, Tokio, Interprocess, Glib];

    /// The two that the Qt program is built against.
    pub const OF_QT: [Implementation; 2] = [Stock, Qlocal];

    /// Alternatives to Qt's sockets.
    pub const PEERS: [Implementation; 3] = [Tokio, Interprocess, Glib];

    /// The name in JSON, and to the programs.
    pub fn name(self) -> &'static str {
        match self {
            Stock => "stock",
            Qlocal => "qlocal",
            NoLingering => "no-lingering",
            Epoll => "epoll",
            Blocking => "blocking",
            Tokio => "tokio",
            Interprocess => "interprocess",
            Glib => "glib",
        }
    }

    /// The name shown to readers.
    pub fn title(self) -> &'static str {
        match self {
            Stock => "Stock Qt",
            NoLingering => "no lingering",
            Epoll => "plain epoll",
            Glib => "GLib",
            other => other.name(),
        }
    }
}
