// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors that go with bytes.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::OwnedFd;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::{passing, socket, Result};

use super::output::offer;

/// Descriptors to send, by the position of their byte among all ever written.
#[derive(Default)]
pub(super) struct Outgoing(VecDeque<(u64, Vec<OwnedFd>)>);

/// Descriptors that have arrived and were not taken yet.
#[derive(Default)]
pub(super) struct Incoming {
    queue: VecDeque<OwnedFd>,
    /// The maximum number of these; with 0 none is received.
    max: usize,
    /// More than the maximum have arrived.
    overflows: bool,
}

impl Outgoing {
    /// The position must be after that of earlier ones.
    pub fn push(&mut self, position: u64, descriptors: Vec<OwnedFd>) {
        self.0.push_back((position, descriptors));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The bytes before `end` are discarded, from `sent` on: drops the descriptors that go with them.
    pub fn skip(&mut self, sent: u64, end: u64) {
        self.0.retain(|(at, _)| *at >= end);
        self.0.iter_mut().for_each(|(at, _)| *at -= end - sent);
    }

    /// Sends the slices up to the next byte that descriptors go with. Returns how much it has
    /// offered to the kernel, and how much of that was accepted.
    pub fn send(
        &mut self,
        sent: u64,
        socket: &OwnedSocket,
        slices: &[IoSlice<'_>],
    ) -> (usize, Result<usize>) {
        let goes_now = self.0.front().is_some_and(|(at, _)| *at == sent);
        let next = self.0.get(usize::from(goes_now)).map(|(at, _)| at - sent);
        let part = first_bytes(slices, next.unwrap_or(u64::MAX));
        let (offered, outcome) = match self.0.front() {
            Some((_, descriptors)) if goes_now => {
                offer(&part, |slices| passing::send(socket, slices, descriptors))
            }
            _ => offer(&part, |slices| socket::send(socket, slices)),
        };
        if goes_now && outcome.is_ok_and(|count| count > 0) {
            self.0.pop_front();
        }
        (offered, outcome)
    }
}

impl Incoming {
    pub fn max(&self) -> usize {
        self.max
    }

    pub fn set_max(&mut self, max: usize) {
        self.max = max;
    }

    pub fn take(&mut self) -> Option<OwnedFd> {
        self.queue.pop_front()
    }

    /// Whether more have arrived than allowed; true once.
    pub fn take_overflow(&mut self) -> bool {
        std::mem::take(&mut self.overflows)
    }

    pub fn clear(&mut self) {
        self.queue.clear();
    }

    /// Receives bytes, and the descriptors that come with them if the user wants any.
    pub fn receive(
        &mut self,
        socket: &OwnedSocket,
        into: &mut Vec<u8>,
        room: usize,
    ) -> Result<usize> {
        if self.max == 0 {
            return socket::receive(socket, into, room);
        }
        let mut descriptors = Vec::new();
        let outcome = passing::receive(socket, into, room, &mut descriptors);
        self.queue.extend(descriptors);
        self.overflows |= self.queue.len() > self.max;
        // Those beyond the maximum are closed.
        self.queue.truncate(self.max);
        outcome
    }
}

/// The first bytes of the slices.
fn first_bytes<'a>(slices: &'a [IoSlice<'_>], mut count: u64) -> Vec<IoSlice<'a>> {
    let mut first = Vec::new();
    for slice in slices {
        let part = usize::try_from(count).unwrap_or(usize::MAX).min(slice.len());
        if part == 0 {
            break;
        }
        first.push(IoSlice::new(&slice[..part]));
        count -= part as u64;
    }
    first
}
