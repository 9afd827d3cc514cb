// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How many connections a server has, how many it may have, and what went through them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::peer::PeerCredentials;
use crate::stream::Meter;

/// How many connections a server may have at once; 0 is no limit.
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
    /// The rule does not allow this peer, or the kernel does not say who it is.
    NotAllowed,
    /// The server has as many connections as it may have.
    TooManyConnections,
    /// This user has as many connections as one may have.
    TooManyOfUser,
}

/// A connection that was closed without being delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// Whose it was, if the kernel said so.
    pub peer: Option<PeerCredentials>,
}

/// What a server has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Connections that were handed out.
    pub accepted: u64,
    /// Connections that were closed because of a rule or a limit.
    pub refused: u64,
    /// Failures of the system call.
    pub failed: u64,
    /// Admitted connections that have not ended.
    pub open: u64,
    /// Bytes that came in by admitted connections.
    pub received: u64,
    /// Bytes that the kernel took from admitted connections.
    pub sent: u64,
}

/// What a server and its admitted connections count together, from any thread.
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
    /// By user; who has none has no entry.
    by_user: BTreeMap<u32, usize>,
}

/// The place that an open connection has among those of its server. Dropping it gives it back.
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

    /// Any thread may ask at any time, so this is a lock that sleeps until it is free.
    fn open(&self) -> MutexGuard<'_, Open> {
        // A change is one step, so it is whole whatever became of an earlier holder.
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
