// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Written and unsent bytes, and the descriptors that go with them.

use std::os::fd::OwnedFd;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::{self, socket, Errno};

use crate::machine::Mark;

use super::block::SharedBytes;
use super::chunk;
use super::limits::Limits;
use super::output::{offer, OutputQueue};
use super::passing::Outgoing;
use super::pressure::Pressure;

/// Written and unsent bytes, their limits, and whether the kernel accepts more.
#[derive(Default)]
pub(super) struct Outbox {
    queue: OutputQueue,
    /// The number of bytes ever sent.
    sent: u64,
    /// The kernel has accepted only a part: it reports when it accepts more.
    is_blocked: bool,
    /// The limits of the queue; most connections have none.
    pressure: Option<Box<Pressure>>,
    /// Descriptors on their way; most connections pass none.
    descriptors: Option<Box<Outgoing>>,
}

impl Outbox {
    // What there is to send.

    pub fn len(&self) -> usize {
        self.queue.len()
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub fn sent(&self) -> u64 {
        self.sent
    }

    pub fn is_blocked(&self) -> bool {
        self.is_blocked
    }

    /// How much of a write fits into the queue; `None` when it ends the connection.
    #[inline]
    pub fn room_for(&mut self, wanted: usize) -> Option<usize> {
        match &mut self.pressure {
            None => Some(wanted),
            Some(pressure) => pressure.room_for(wanted, self.sent, self.queue.len()),
        }
    }

    /// Whether each write fits, and no descriptor is on its way.
    pub fn is_unlimited(&self) -> bool {
        let is_unlimited = self.pressure.as_ref().is_none_or(|pressure| pressure.is_unlimited());
        is_unlimited && self.descriptors.is_none()
    }

    /// Queues bytes for which there is room.
    #[inline(always)]
    pub fn write(&mut self, data: &[u8]) {
        self.queue.write(data);
    }

    /// Queues all parts or, if there is no room for them, nothing; true if they are queued.
    pub fn write_all(&mut self, parts: &[&[u8]]) -> bool {
        let size = parts.iter().map(|part| part.len()).sum();
        let has_room = self.room_for(size) == Some(size);
        if has_room {
            parts.iter().for_each(|part| self.write(part));
        }
        has_room
    }

    /// As [`Outbox::write`], and keeps the memory.
    pub fn write_owned(&mut self, bytes: Vec<u8>) {
        self.queue.write_owned(bytes);
    }

    /// As [`Outbox::write_owned`], for memory that may be shared.
    pub fn write_shared(&mut self, bytes: SharedBytes) {
        self.queue.write_shared(bytes);
    }

    /// The position of the next written byte among all ever written.
    pub fn end(&self) -> u64 {
        self.sent + self.queue.len() as u64
    }

    /// Sends descriptors with the byte at this position, which is after that of earlier ones.
    pub fn attach(&mut self, position: u64, descriptors: Vec<OwnedFd>) {
        self.descriptors.get_or_insert_default().push(position, descriptors);
    }

    /// Discards unsent bytes.
    pub fn clear(&mut self) {
        self.queue.clear();
    }

    /// The connection is closed. Resets everything for the next one, except unsent bytes, which are
    /// counted until [`Outbox::clear`].
    pub fn close(&mut self) {
        self.is_blocked = false;
        self.pressure.iter_mut().for_each(|pressure| pressure.relax());
        self.descriptors.iter_mut().for_each(|descriptors| descriptors.clear());
    }

    /// Sets whether to record where writes start, for [`Outbox::carry_over`].
    pub fn record_starts(&mut self, wanted: bool) {
        if wanted || self.pressure.is_some() {
            // The kernel may have accepted a part of the first write.
            let start = (!self.is_blocked).then_some(self.sent);
            self.pressure.get_or_insert_default().record_starts(wanted, start);
        }
    }

    /// As [`Outbox::close`], but the unsent bytes and their descriptors are for the next connection, without
    /// the rest of a write that was sent in part if its start [was recorded](Outbox::record_starts).
    pub fn carry_over(&mut self) {
        self.is_blocked = false;
        let queued = self.queue.len();
        let Some(pressure) = &mut self.pressure else { return };
        pressure.relax();
        let rest = pressure.skip_rest_of_write(self.sent, queued);
        if rest > 0 {
            self.queue.advance(rest);
            let end = self.sent + rest as u64;
            self.descriptors.iter_mut().for_each(|queue| queue.skip(self.sent, end));
        }
    }

    // Sending.

    /// The next send is attempted even if the kernel has refused bytes before.
    pub fn unblock(&mut self) {
        self.is_blocked = false;
    }

    /// Sends once, and returns how much the kernel has accepted. It is blocked if that was not all.
    ///
    /// # Errors
    /// When the connection is broken.
    #[inline]
    pub fn send(&mut self, socket: &OwnedSocket) -> qlocal_sys::Result<usize> {
        let (offered, outcome) = match self.queue.single() {
            Some(bytes) if bytes.len() <= chunk::LARGE && self.descriptors.is_none() => {
                (bytes.len(), socket::send_bytes(socket, bytes))
            }
            _ => self.send_parts(socket),
        };
        match outcome {
            Ok(count) => {
                self.queue.advance(count);
                self.sent += count as u64;
                self.is_blocked = count < offered;
                Ok(count)
            }
            Err(Errno::AGAIN) => {
                self.is_blocked = true;
                Ok(0)
            }
            Err(errno) => Err(errno),
        }
    }

    /// Offers the next parts of the queue. Also returns how many bytes these were.
    #[inline(never)]
    fn send_parts(&mut self, socket: &OwnedSocket) -> (usize, qlocal_sys::Result<usize>) {
        let mut offered = 0;
        let outcome = self.queue.offer(|slices| {
            let outcome;
            (offered, outcome) = match &mut self.descriptors {
                Some(descriptors) => descriptors.send(self.sent, socket, slices),
                None => offer(slices, |slices| socket::send(socket, slices)),
            };
            outcome
        });
        (offered, outcome)
    }

    // The limits.

    pub fn limits(&self) -> Limits {
        self.pressure.as_ref().map(|pressure| pressure.limits()).unwrap_or_default()
    }

    /// Takes over those of the queue. True when that changes anything. Queued bytes stay.
    pub fn set_limits(&mut self, limits: Limits) -> bool {
        let limits = limits.of_queue();
        let changes = limits != self.limits();
        if changes {
            self.pressure.get_or_insert_default().set_limits(limits);
        }
        changes
    }

    /// Whether something was written beyond a limit that ends the connection.
    pub fn has_overrun(&self) -> bool {
        self.pressure.as_ref().is_some_and(|pressure| pressure.has_overrun())
    }

    /// The mark that the queue has passed since the last call.
    pub fn passed_mark(&mut self) -> Option<Mark> {
        self.pressure.as_mut()?.passed_mark(self.queue.len())
    }
}
