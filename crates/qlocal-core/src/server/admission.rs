// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The connections of a server: which are admitted, how many there are, and their counters.

use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use qlocal_sys::peer::Ids;

use crate::peer::{AllowRule, PeerCredentials};
use crate::stream::Meter;

/// The maximum number of connections at once; 0 means no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// In all.
    pub total: usize,
    /// From each user.
    pub per_user: usize,
    /// From each process, so that one of them leaves room for the user's others. The processes of
    /// other PID namespaces, whose IDs the kernel does not report, count as one.
    pub per_process: usize,
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
    /// The process has reached the limit per process.
    TooManyOfProcess,
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
    by_user: Tally,
    by_process: Tally,
}

/// How many connections there are by the ID of a user or process; one without connections has no
/// entry.
#[derive(Debug, Default)]
struct Tally(BTreeMap<u32, usize>);

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
    peer: Ids,
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

    /// Whether one more connection of this peer is within the limits. One without credentials could
    /// be any user or process.
    pub fn check(
        &self,
        peer: Option<&PeerCredentials>,
        limits: ConnectionLimits,
    ) -> Result<(), RefusalReason> {
        let open = self.open();
        let of_user = peer.map(|peer| open.by_user.of(peer.uid));
        let of_process = peer.map(|peer| open.by_process.of(peer.pid.unwrap_or(0)));
        let reached = |count: Option<usize>, limit: usize| {
            limit != 0 && count.is_none_or(|count| count >= limit)
        };
        if reached(Some(open.total), limits.total) {
            Err(RefusalReason::TooManyConnections)
        } else if reached(of_user, limits.per_user) {
            Err(RefusalReason::TooManyOfUser)
        } else if reached(of_process, limits.per_process) {
            Err(RefusalReason::TooManyOfProcess)
        } else {
            Ok(())
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
            self.totals.check(peer.as_ref(), self.limits)
        } else {
            Err(RefusalReason::NotAllowed)
        };
        outcome.map_err(|reason| Refusal { reason, peer })
    }
}

pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

impl Tally {
    fn of(&self, id: u32) -> usize {
        self.0.get(&id).copied().unwrap_or(0)
    }

    fn add(&mut self, id: u32) {
        *self.0.entry(id).or_default() += 1;
    }

    fn remove(&mut self, id: u32) {
        match self.of(id) {
            0 | 1 => self.0.remove(&id),
            count => self.0.insert(id, count - 1),
        };
    }
}

impl Admission {
    pub fn new(totals: Arc<Totals>, peer: Ids) -> Self {
        let mut open = totals.open();
        open.total += 1;
        open.by_user.add(peer.uid);
        open.by_process.add(peer.pid);
        drop(open);
        Self { totals, peer }
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
        open.by_user.remove(self.peer.uid);
        open.by_process.remove(self.peer.pid);
    }
}
