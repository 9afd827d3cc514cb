// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a connection announces.

use crate::error::Error;

/// The state of a connection, as the user sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum State {
    #[default]
    /// There is no connection.
    Unconnected,
    /// The connection is not established yet.
    Connecting,
    /// Both ends can talk.
    Connected,
    /// The user has closed; bytes written before are still being sent.
    Closing,
}

/// An action or announcement that the machine requests from its driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The state is now this one. In `Unconnected` the descriptor is closed already.
    StateChanged(State),
    /// The user can read and write from now on.
    OpenDevice,
    /// The user can no longer read or write.
    CloseDevice,
    /// The connection is established, and the device open.
    Connected,
    /// The established connection has ended.
    Disconnected,
    /// Bytes have arrived since the last such effect.
    ReadyRead,
    /// Replaces that if the user reads messages: there is one.
    MessageReady,
    /// The kernel has taken this many bytes since the last such effect.
    BytesWritten(usize),
    /// The queue of written bytes has passed a mark.
    WaterMark(Mark),
    /// A failure. The state shows whether the connection continues.
    ErrorOccurred(Error),
    /// Nothing more will arrive.
    ReadChannelFinished,
}

/// A mark of the queue of written bytes. The two are passed in turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The queue has grown to the high-water mark.
    High,
    /// The queue has shrunk to the low-water mark.
    Low,
}
