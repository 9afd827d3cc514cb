// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Peers: their credentials, and the rules that admit them.

mod credentials;
mod rule;

pub use credentials::PeerCredentials;
pub(crate) use credentials::{peer_ids, peer_process};
pub use rule::AllowRule;
