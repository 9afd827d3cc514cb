// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors passed along with the bytes of a stream.

use std::os::fd::OwnedFd;

use super::LocalStream;

impl LocalStream {
    /// Like [`write`](Self::write), and passes descriptors to the peer along with the first byte.
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
    /// Returns the descriptors when nothing was written, also for empty `data`, or when there are
    /// more than one byte can carry (253).
    pub fn write_with_descriptors(
        &self,
        data: &[u8],
        descriptors: Vec<OwnedFd>,
    ) -> Result<usize, Vec<OwnedFd>> {
        self.engine().write_with_descriptors(data, descriptors)
    }

    /// The next received descriptor, closed on exec. It is available as soon as the byte that it
    /// was sent with. None is received unless
    /// [`max_descriptors`](crate::Limits::max_descriptors) is set.
    pub fn take_descriptor(&self) -> Option<OwnedFd> {
        self.engine().take_descriptor()
    }
}
