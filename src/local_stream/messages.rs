// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Streams that carry messages.

use qlocal_core::Framing;

use super::LocalStream;
use crate::Result;

impl LocalStream {
    /// How messages are told apart; `None`, the default, where bytes are read.
    pub fn framing(&self) -> Option<Framing> {
        self.engine().framing()
    }

    /// Sets how messages are told apart, from the first byte on that was not read. It stays so for as
    /// long as the stream lives.
    ///
    /// With a framing messages are read in place of bytes: [`on_message`](Self::on_message) in place of
    /// [`on_ready_read`](Self::on_ready_read), and [`read`](Self::read) and its like give nothing. When
    /// messages are here already, that is told as the turn of the event loop ends.
    ///
    /// A peer that sends a message longer than [`max_message_size`](Self::max_message_size) ends the
    /// connection with [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded), as soon as that is
    /// known. What comes before it is still told. When the peer ends in the middle of a message, that
    /// part is lost; the operation of the error, [`ErrorKind::PeerClosed`](crate::ErrorKind::PeerClosed)
    /// as always, is `receive message` then.
    ///
    /// ```no_run
    /// use qlocal::{Framing, LocalStream};
    ///
    /// # fn main() -> qlocal::Result<()> {
    /// let stream = LocalStream::connect("greeter")?;
    /// stream.set_framing(Some(Framing::LengthPrefixed));
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

    /// How long a message may be, in either direction, without what frames it; a mebibyte by default.
    ///
    /// No more than that is held of a message that is not whole, beside what one turn receives.
    /// Messages that are whole count against [`read_limit`](Self::read_limit). That may be lower than
    /// this: a longer message comes as a whole all the same.
    pub fn max_message_size(&self) -> usize {
        self.engine().message_limit()
    }

    /// Sets that size, up to [`Framing::LARGEST`]; 0 sets the default.
    pub fn set_max_message_size(&self, size: usize) {
        self.engine().set_message_limit(size);
    }

    /// Queues a message, as [`write`](Self::write) does bytes: all of it or nothing.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`](crate::ErrorKind::InvalidMessage) when it can never be sent: it is
    /// too long, or has a newline in it with [`Framing::Lines`], or there is no framing.
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) when the queue has no room for it now,
    /// see [`write_limits`](Self::write_limits).
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) while there is no connection.
    pub fn write_message(&self, message: &[u8]) -> Result<()> {
        let outcome = self.engine().write_message(message);
        outcome.map_err(|error| self.shared.failure(error))
    }

    /// The next message, if one has arrived.
    pub fn read_message(&self) -> Option<Vec<u8>> {
        self.engine().read_message(<[u8]>::to_vec)
    }

    /// Calls `handler` with each message that arrives. Without one they wait for
    /// [`read_message`](Self::read_message), or for a handler, which the next message that arrives calls
    /// with all of them, in their order.
    ///
    /// It is not called from within itself, even if it runs an event loop.
    pub fn on_message(&self, handler: impl FnMut(&Self, Vec<u8>) + 'static) {
        self.shared.message.set(Box::new(handler));
    }
}
