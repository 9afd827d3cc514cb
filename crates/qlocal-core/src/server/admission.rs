// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The connections of a server: which are admitted, how many there are, and their counters.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::peer::{AllowRule, PeerCredentials};
use crate::stream::Meter;

/// The maximum number of connections at once; 0 means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// From each user.
    pub per_user: usize,
}

/// Why a connection was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// The rule does not allow this peer, or the kernel does not report its credentials.
    NotAllowed,
    /// The server has reached its limit.
    TooManyConnections,
    /// The user has reached the limit per user.
    TooManyOfUser,
}

/// A connection that was closed without being delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The reason.
    pub reason: RefusalReason,
    /// The peer, if the kernel has reported it.
    pub peer: Option<PeerCredentials>,
}

/// The counters of a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Delivered connections.
    pub accepted: u64,
    /// Connections that were closed because of a rule or a limit.
    pub refused: u64,
    /// Failures of the system call.
    pub failed: u64,
    /// Admitted connections that have not ended.
    pub open: u64,
    /// Bytes received by admitted connections.
    pub received: u64,
    /// Bytes sent by admitted connections.
    pub sent: u64,
}

/// The counters that a server and its admitted connections share, in any thread.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub accepted: AtomicU64,
    pub refused: AtomicU64,
    pub failed: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// By user; a user without connections has no entry.
    by_user: BTreeMap<u32, usize>,
}

/// Which connections a server admits.
#[derive(Debug, Clone, Default)]
pub(super) struct Policy {
    pub rule: Arc<AllowRule>,
    pub limits: ConnectionLimits,
    pub totals: Arc<Totals>,
}

/// An open connection in the counters of its server, until it is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    totals: Arc<Totals>,
    uid: u32,
}

impl Totals {
    pub fn counters(&self) -> Counters {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            accepted: value(&self.accepted),
            refused: value(&self.refused),
            failed: value(&self.failed),
            open: self.open().total as u64,
            received: value(&self.received),
            sent: value(&self.sent),
        }
    }

    /// Threads really share it, so this is the standard lock.
    fn open(&self) -> MutexGuard<'_, Open> {
        // Each change is one step, so the value is valid even if an earlier holder has panicked.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more connection of this user is within the limits.
    pub fn check(&self, uid: Option<u32>, limits: ConnectionLimits) -> Result<(), RefusalReason> {
        let reached = |count: usize, limit: usize| limit != 0 && count >= limit;
        let open = self.open();
        if reached(open.total, limits.total) {
            return Err(RefusalReason::TooManyConnections);
        }
        match uid {
            Some(uid) if reached(open.of_user(uid), limits.per_user) => {
                Err(RefusalReason::TooManyOfUser)
            }
            // A peer without credentials could be any user.
            None if limits.per_user != 0 => Err(RefusalReason::TooManyOfUser),
            _ => Ok(()),
        }
    }
}

impl Policy {
    /// Whether a connection is admitted; `ask` decides if the rule says so.
    pub fn examine(
        &self,
        connection: BorrowedFd<'_>,
        ask: impl FnOnce(&PeerCredentials) -> bool,
    ) -> Result<(), Refusal> {
        if *self.rule == AllowRule::AnyUser && self.limits == ConnectionLimits::default() {
            return Ok(());
        }
        let peer = PeerCredentials::of(connection).ok();
        let allowed = match &peer {
            Some(peer) => self.rule.allows(peer, ask),
            None => *self.rule == AllowRule::AnyUser,
        };
        let outcome = if allowed {
            self.totals.check(peer.as_ref().map(|peer| peer.uid), self.limits)
        } else {
            Err(RefusalReason::NotAllowed)
        };
        outcome.map_err(|reason| Refusal { reason, peer })
    }
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

impl Open {
    fn of_user(&self, uid: u32) -> usize {
        self.by_user.get(&uid).copied().unwrap_or(0)
    }
}

impl Admission {
    pub fn new(totals: Arc<Totals>, uid: u32) -> Self {
        let mut open = totals.open();
        open.total += 1;
        *open.by_user.entry(uid).or_default() += 1;
        drop(open);
        Self { totals, uid }
    }
}

impl Meter for Admission {
    fn received(&self, count: usize) {
        add(&self.totals.received, count as u64);
    }

    fn sent(&self, count: usize) {
        add(&self.totals.sent, count as u64);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut open = self.totals.open();
        open.total -= 1;
        let left = open.of_user(self.uid) - 1;
        if left == 0 {
            open.by_user.remove(&self.uid);
        } else {
            open.by_user.insert(self.uid, left);
        }
    }
}
