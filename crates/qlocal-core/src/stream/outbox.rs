// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What was written and not sent yet: bytes, and the descriptors that go with them.

use std::os::fd::OwnedFd;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::{self, socket, Errno};

use crate::machine::Mark;

use super::output::OutputQueue;
use super::passing::Outgoing;
use super::pressure::{Pressure, WriteLimits};

/// Written bytes that the kernel has not taken, how many there may be, and whether it takes more.
#[derive(Default)]
pub(super) struct Outbox {
    queue: OutputQueue,
    /// How many bytes the kernel has ever taken.
    sent: u64,
    /// The kernel took less than it was offered: it says when it takes more.
    is_blocked: bool,
    /// What bounds the queue; most connections have no bounds.
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

    /// How much of a write can be queued; `None` when it ends the connection.
    pub fn room_for(&mut self, wanted: usize) -> Option<usize> {
        match &mut self.pressure {
            None => Some(wanted),
            Some(pressure) => pressure.room_for(wanted, self.queue.len()),
        }
    }

    /// Queues bytes for which there is room.
    pub fn write(&mut self, data: &[u8]) {
        self.queue.write(data);
    }

    /// The position that the next written byte will have among all that were ever written.
    pub fn end(&self) -> u64 {
        self.sent + self.queue.len() as u64
    }

    /// Lets descriptors go with the byte at this position, which is behind that of earlier ones.
    pub fn attach(&mut self, position: u64, descriptors: Vec<OwnedFd>) {
        self.descriptors.get_or_insert_default().push(position, descriptors);
    }

    /// Throws away what was not sent.
    pub fn clear(&mut self) {
        self.queue.clear();
    }

    /// The connection is closed, and the next one starts afresh. What was not sent stays until
    /// [`Outbox::clear`], to be counted.
    pub fn close(&mut self) {
        self.is_blocked = false;
        self.pressure.iter_mut().for_each(|pressure| pressure.relax());
        self.descriptors.iter_mut().for_each(|descriptors| descriptors.clear());
    }

    // Sending.

    /// Tries again, whatever the kernel took before.
    pub fn unblock(&mut self) {
        self.is_blocked = false;
    }

    /// Sends once, and returns how much the kernel took. It is blocked when that was not all.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn send(&mut self, socket: &OwnedSocket) -> qlocal_sys::Result<usize> {
        let mut offered = 0;
        let outcome = self.queue.send(|slices| {
            if let Some(descriptors) = &mut self.descriptors {
                let outcome;
                (offered, outcome) = descriptors.send(self.sent, socket, slices);
                return outcome;
            }
            offered = slices.iter().map(|slice| slice.len()).sum();
            match socket::send(socket, slices) {
                // A socket of packets takes all in one or nothing: so it gets less at a time.
                Err(Errno::MSGSIZE) if slices.len() > 1 => {
                    offered = slices[0].len();
                    socket::send(socket, &slices[..1])
                }
                outcome => outcome,
            }
        });
        match outcome {
            Ok(count) => {
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

    // The limits.

    pub fn limits(&self) -> WriteLimits {
        self.pressure.as_ref().map(|pressure| pressure.limits()).unwrap_or_default()
    }

    /// True when that changes anything. What is queued already stays.
    pub fn set_limits(&mut self, limits: WriteLimits) -> bool {
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
