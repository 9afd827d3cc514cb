// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors that go with the bytes of a stream.

use std::os::fd::OwnedFd;

use super::LocalStream;

impl LocalStream {
    /// As [`write`](Self::write), and hands descriptors to the peer: they go with the first byte.
    ///
    /// ```no_run
    /// # fn main() -> std::io::Result<()> {
    /// # let stream = qlocal::LocalStream::connect("greeter")?;
    /// let file = std::fs::File::open("/etc/hostname")?;
    /// if stream.write_with_descriptors(b"a file\n", vec![file.into()]).is_err() {
    ///     eprintln!("it is closed by now");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Gives the descriptors back when nothing was written, `data` being empty included, or when
    /// they are more than one byte can carry (253).
    pub fn write_with_descriptors(
        &self,
        data: &[u8],
        descriptors: Vec<OwnedFd>,
    ) -> Result<usize, Vec<OwnedFd>> {
        self.engine().write_with_descriptors(data, descriptors)
    }

    /// Receives descriptors from now on, up to so many that are not taken yet. With 0, the default,
    /// those that arrive are closed at once.
    ///
    /// A peer that sends more ends the connection with
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded).
    pub fn set_descriptor_limit(&self, most: usize) {
        self.engine().set_descriptor_limit(most);
    }

    /// The next descriptor that has arrived, closed on exec. It is there as soon as the byte is that
    /// it went with.
    pub fn take_descriptor(&self) -> Option<OwnedFd> {
        self.engine().take_descriptor()
    }
}
