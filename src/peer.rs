// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The peer of a connection, for C++.

use std::os::fd::IntoRawFd;

use qlocal_core::PeerCredentials;

use crate::object::socket::ffi::RustSocket;

/// The credentials of a connection's peer, if known; otherwise every id is 0.
pub struct PeerIdentity(Option<PeerCredentials>);

impl PeerIdentity {
    pub fn is_known(&self) -> bool {
        self.0.is_some()
    }

    pub fn uid(&self) -> u32 {
        self.0.as_ref().map_or(0, |peer| peer.uid)
    }

    pub fn gid(&self) -> u32 {
        self.0.as_ref().map_or(0, |peer| peer.gid)
    }

    pub fn groups(&self) -> &[u32] {
        self.0.as_ref().map_or(&[], |peer| &peer.groups)
    }

    pub fn pid(&self) -> u32 {
        self.0.as_ref().and_then(|peer| peer.pid).unwrap_or(0)
    }
}

impl From<Option<PeerCredentials>> for PeerIdentity {
    fn from(peer: Option<PeerCredentials>) -> Self {
        Self(peer)
    }
}

pub fn peer_of(socket: &RustSocket) -> Box<PeerIdentity> {
    Box::new(PeerIdentity(socket.stream().peer_credentials().ok()))
}

pub fn peer_process_of(socket: &RustSocket) -> i32 {
    socket.stream().peer_process().map_or(-1, IntoRawFd::into_raw_fd)
}
