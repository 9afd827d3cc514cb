// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a driver does with descriptors that go with bytes.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::os::fd::OwnedFd;

use super::Driver;
use crate::error::{Error, ErrorKind, Operation};
use crate::sys::owned::OwnedSocket;
use crate::sys::{passing, socket, Result};

/// Descriptors on their way.
#[derive(Default)]
pub(super) struct Passing {
    /// Those that go with a byte, by the position of that among all that were ever written.
    outgoing: VecDeque<(u64, Vec<OwnedFd>)>,
    /// Those that have arrived and were not taken.
    incoming: VecDeque<OwnedFd>,
    /// How many of these there may be; with 0 none is received.
    most: usize,
    /// More than that have arrived.
    overflows: bool,
}

impl Driver {
    /// As [`Driver::write`]; the descriptors go with the first byte. They come back when nothing was
    /// taken, or when they are too many.
    pub(crate) fn write_with_descriptors(
        &mut self,
        data: &[u8],
        descriptors: Vec<OwnedFd>,
    ) -> std::result::Result<usize, Vec<OwnedFd>> {
        if descriptors.len() > passing::MOST {
            return Err(descriptors);
        }
        let position = self.sent + self.output.len() as u64;
        match self.write(data) {
            Some(taken) if taken > 0 => {
                if !descriptors.is_empty() {
                    let passing = self.passing.get_or_insert_default();
                    passing.outgoing.push_back((position, descriptors));
                }
                Ok(taken)
            }
            _ => Err(descriptors),
        }
    }

    /// More descriptors have arrived than there may be: the connection ends.
    pub(super) fn check_descriptors(&mut self) {
        let Some(passing) = &mut self.passing else { return };
        if std::mem::take(&mut passing.overflows) {
            self.connection.peer_ended(Error::new(ErrorKind::LimitExceeded, Operation::Recvmsg));
        }
    }

    pub(crate) fn set_descriptor_limit(&mut self, most: usize) {
        self.passing.get_or_insert_default().most = most;
    }

    pub(crate) fn descriptor_limit(&self) -> usize {
        self.passing.as_ref().map_or(0, |passing| passing.most)
    }

    pub(crate) fn take_descriptor(&mut self) -> Option<OwnedFd> {
        self.passing.as_mut()?.incoming.pop_front()
    }

    pub(super) fn forget_outgoing_descriptors(&mut self) {
        if let Some(passing) = &mut self.passing {
            passing.outgoing.clear();
        }
    }

    pub(super) fn forget_incoming_descriptors(&mut self) {
        if let Some(passing) = &mut self.passing {
            passing.incoming.clear();
        }
    }
}

impl Passing {
    /// Sends what the slices hold up to the next byte that descriptors go with. Returns how much
    /// that was, and how much the kernel took of it.
    pub fn send(
        &mut self,
        sent: u64,
        descriptor: &OwnedSocket,
        slices: &[IoSlice<'_>],
    ) -> (usize, Result<usize>) {
        let goes_now = self.outgoing.front().is_some_and(|(at, _)| *at == sent);
        let next = self.outgoing.get(usize::from(goes_now)).map(|(at, _)| at - sent);
        let part = first_bytes(slices, next.unwrap_or(u64::MAX));
        let outcome = match self.outgoing.front() {
            Some((_, descriptors)) if goes_now => passing::send(descriptor, &part, descriptors),
            _ => socket::send(descriptor, &part),
        };
        if goes_now && outcome.is_ok_and(|count| count > 0) {
            self.outgoing.pop_front();
        }
        (part.iter().map(|slice| slice.len()).sum(), outcome)
    }

    /// Receives bytes, and the descriptors that come with them if the user wants any.
    pub fn receive(
        &mut self,
        descriptor: &OwnedSocket,
        into: &mut Vec<u8>,
        room: usize,
    ) -> Result<usize> {
        if self.most == 0 {
            return socket::receive(descriptor, into, room);
        }
        let mut descriptors = Vec::new();
        let outcome = passing::receive(descriptor, into, room, &mut descriptors);
        self.incoming.extend(descriptors);
        self.overflows |= self.incoming.len() > self.most;
        // Those that are too many are closed.
        self.incoming.truncate(self.most);
        outcome
    }
}

/// The first bytes of what the slices hold.
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
