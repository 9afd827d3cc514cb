// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Streams that carry messages.

use qlocal_core::Framing;

use super::LocalStream;
use crate::error::Result;

impl LocalStream {
    /// How messages are delimited; `None`, the default, means that bytes are read.
    pub fn framing(&self) -> Option<Framing> {
        self.engine().framing()
    }

    /// Sets how messages are delimited, starting with the first unread byte, for the rest of the
    /// stream's life or until it is called again. Unread messages are divided again then, together
    /// with what framed them.
    ///
    /// With a framing, messages are read instead of bytes: [`on_message`](Self::on_message)
    /// replaces [`on_ready_read`](Self::on_ready_read), and [`read`](Self::read) and similar
    /// functions return nothing. Messages already received are announced at the end of the
    /// event-loop turn.
    ///
    /// An incomplete message never holds more memory than
    /// [`max_message_size`](crate::Limits::max_message_size), plus what one turn receives. Complete
    /// messages count against [`read_limit`](Self::read_limit), which may be smaller: a longer
    /// message still arrives whole.
    ///
    /// When a peer sends a message longer than that size, the connection ends with
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) as soon as that is detected.
    /// Earlier messages are still announced. If the peer disconnects in the middle of a message,
    /// that part is lost; the error, [`ErrorKind::PeerClosed`](crate::ErrorKind::PeerClosed) as
    /// usual, then has the operation `receive message`.
    ///
    /// ```no_run
    /// use qlocal::{Framing, LocalStream};
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let stream = LocalStream::connect("greeter")?;
    /// stream.set_framing(Some(Framing::length_prefixed()));
    /// stream.on_message(|stream, message| {
    ///     println!("{}", String::from_utf8_lossy(&message));
    ///     stream.disconnect();
    /// });
    /// stream.write_message(b"Who are you?")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_framing(&self, framing: Option<Framing>) {
        self.engine().set_framing(framing, b"");
    }

    /// Queues a whole message, like [`write`](Self::write), or nothing.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`](crate::ErrorKind::InvalidMessage) when it can never be sent:
    /// it is too long, also for its prefix, or contains the delimiter, or there is no framing.
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) when it does not fit into the
    /// queue now, see [`limits`](Self::limits).
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) while there is no connection.
    pub fn write_message(&self, message: &[u8]) -> Result<()> {
        let outcome = self.engine().write_message(message);
        outcome.map_err(|error| self.shared.failure(error))
    }

    /// The next message, if one has arrived.
    pub fn read_message(&self) -> Option<Vec<u8>> {
        self.engine().read_message(<[u8]>::to_vec)
    }

    /// Calls `handler` with each message that arrives. Without a handler they wait for
    /// [`read_message`](Self::read_message), or for a handler, which is called with all of them, in
    /// order, when the next message arrives.
    ///
    /// It is not called recursively, even if it runs an event loop.
    pub fn on_message(&self, handler: impl FnMut(&Self, Vec<u8>) + 'static) {
        self.shared.message.set(Box::new(handler));
    }
}
