// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The rule that decides which peers may connect to a server.

use qlocal_sys::peer;

use super::credentials::PeerCredentials;

/// Which peers may connect to a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowRule {
    /// Any user with write permission for the socket file.
    #[default]
    AnyUser,
    /// The effective user of this process, these users, and the members of these groups.
    Listed {
        /// User IDs.
        users: Vec<u32>,
        /// Group IDs.
        groups: Vec<u32>,
    },
    /// Peers for which [`crate::AcceptorHost::allows`] returns true.
    Asked,
}

impl AllowRule {
    /// Only the effective user of this process.
    pub const SAME_USER: Self = Self::Listed { users: Vec::new(), groups: Vec::new() };

    pub(crate) fn allows(
        &self,
        peer: &PeerCredentials,
        ask: impl FnOnce(&PeerCredentials) -> bool,
    ) -> bool {
        match self {
            Self::AnyUser => true,
            Self::Listed { users, groups } => {
                peer.uid == peer::own_uid()
                    || users.contains(&peer.uid)
                    || groups.iter().any(|&gid| peer.is_in_group(gid))
            }
            Self::Asked => ask(peer),
        }
    }
}
