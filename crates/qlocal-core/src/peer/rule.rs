// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which peers may connect to a server.

use crate::sys::peer;

use super::credentials::PeerCredentials;

/// Who may connect to a server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowRule {
    /// Everybody whom the mode of the socket file lets in.
    #[default]
    AnyUser,
    /// The effective user of this process, these users, and the members of these groups.
    Listed {
        /// Ids of users.
        users: Vec<u32>,
        /// Ids of groups.
        groups: Vec<u32>,
    },
    /// Whom [`crate::AcceptorHost::allows`] lets in.
    Asked,
}

impl AllowRule {
    /// Nobody but the user that this process acts as.
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
