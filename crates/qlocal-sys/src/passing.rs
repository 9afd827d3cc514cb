// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Bytes with descriptors.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::retry_on_intr;
use rustix::net::{
    self, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags,
};

use crate::errno::{Errno, Result};
use crate::fault::{self, Call};

/// The maximum number of descriptors that can go with one byte (`SCM_MAX_FD`).
pub const MAX_DESCRIPTORS: usize = 253;

const SPACE: usize = rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS));

/// As [`crate::socket::send`]; the descriptors go with the first byte.
pub fn send(socket: impl AsFd, slices: &[IoSlice<'_>], descriptors: &[OwnedFd]) -> Result<usize> {
    let descriptors: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
    lend(socket, slices, &descriptors)
}

/// As [`send`]; the caller keeps the descriptors.
pub fn lend(
    socket: impl AsFd,
    slices: &[IoSlice<'_>],
    descriptors: &[BorrowedFd<'_>],
) -> Result<usize> {
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(Errno::INVAL);
    }
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    let sent = retry_on_intr(|| {
        fault::check_on(Call::Send, &socket)?;
        net::sendmsg(&socket, slices, &mut ancillary, flags)
    });
    fault::moved(Call::Send, &socket, sent);
    sent
}

/// As [`crate::socket::receive`], and appends the descriptors that come with the bytes.
///
/// # Errors
/// `EMFILE` when this process had no room for all of them: the others are lost, and so are the bytes.
pub fn receive(
    socket: impl AsFd,
    into: &mut Vec<u8>,
    room: usize,
    descriptors: &mut Vec<OwnedFd>,
) -> Result<usize> {
    let room = fault::at_most(Call::Receive, &socket, room);
    let start = into.len();
    into.resize(start + room, 0);
    let mut space = [MaybeUninit::uninit(); SPACE];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::DONTWAIT | RecvFlags::CMSG_CLOEXEC;
    let outcome = retry_on_intr(|| {
        fault::check_on(Call::Receive, &socket)?;
        net::recvmsg(&socket, &mut [IoSliceMut::new(&mut into[start..])], &mut ancillary, flags)
    });
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            descriptors.extend(received);
        }
    }
    let received = outcome.and_then(|message| {
        if message.flags.contains(ReturnFlags::CTRUNC) {
            return Err(Errno::MFILE);
        }
        Ok(message.bytes)
    });
    fault::moved(Call::Receive, &socket, received);
    into.truncate(start + received.unwrap_or(0));
    received
}
