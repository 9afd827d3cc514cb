// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The primary: serves secondaries in its thread's reactor.

use std::collections::HashMap;
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::{Duration, Instant};

use qlocal_sys::file_lock::FileLock;
use qlocal_sys::poller::{Interest, Readiness};

use crate::error::Result;
use crate::lock::{lock, Mutex};
use crate::names::Address;
use crate::peer::AllowRule;
use crate::reactor::{Reactor, Source, Token};
use crate::server::{Acceptor, AcceptorHost};

use super::hand_over::HandOver;
use super::host::InstanceHost;
use super::limits::InstanceLimits;
use super::reply::Reply;
use super::seat::Seat;
use super::session::{Owner, Session};

/// Serves secondaries until it is dropped. Then the next process to start is the primary.
pub struct Primary(Arc<Shared>);

struct Shared {
    me: Weak<Self>,
    acceptor: Acceptor,
    reactor: Arc<Reactor>,
    token: OnceLock<Token>,
    is_accepting: AtomicBool,
    host: Mutex<Option<Arc<dyn InstanceHost>>>,
    sessions: Mutex<HashMap<u64, Arc<Session>>>,
    last_id: AtomicU64,
    limits: InstanceLimits,
    lock: Mutex<Option<FileLock>>,
    sweeper: Arc<Sweeper>,
}

/// Ends sessions that are late.
struct Sweeper {
    primary: Weak<Shared>,
    is_due: AtomicBool,
}

impl Primary {
    /// Serves a seat from now on. All secondaries that connect are of the same user.
    ///
    /// # Errors
    /// When the reactor cannot watch the listener.
    pub fn new(
        seat: Seat,
        reactor: Arc<Reactor>,
        host: Arc<dyn InstanceHost>,
        limits: InstanceLimits,
    ) -> Result<Self> {
        let Seat { listener, lock } = seat;
        let shared = Arc::new_cyclic(|me: &Weak<Shared>| Shared {
            me: me.clone(),
            acceptor: Acceptor::default(),
            reactor,
            token: OnceLock::new(),
            is_accepting: AtomicBool::new(false),
            host: Mutex::new(Some(host)),
            sessions: Mutex::default(),
            last_id: AtomicU64::new(0),
            limits,
            lock: Mutex::new(Some(lock)),
            sweeper: Arc::new(Sweeper { primary: me.clone(), is_due: AtomicBool::new(false) }),
        });
        let primary = Self(shared.clone());
        let acceptor = &shared.acceptor;
        // An acceptor takes two more than its limit.
        acceptor.set_limit(shared.limits.max_secondaries.max(3) - 2);
        acceptor.set_rule(AllowRule::SAME_USER);
        let name = String::from_utf8_lossy(listener.address().short_name()).into_owned();
        let listener = acceptor.listen(name, Ok(listener))?;
        acceptor.attach(shared.clone());
        acceptor.pace_by(shared.reactor.clone());
        let reading = Interest { read: true, write: false };
        let token = shared.reactor.register_listener(listener, reading, shared.clone())?;
        shared.token.get_or_init(|| token);
        shared.is_accepting.store(true, Ordering::Relaxed);
        Ok(primary)
    }

    /// The address that it listens on.
    pub fn address(&self) -> Address {
        let listener = self.0.acceptor.listener();
        listener.map_or(Address::Unnamed, |listener| listener.address().clone())
    }

    /// How many secondaries are connected.
    pub fn secondaries(&self) -> usize {
        lock(&self.0.sessions).len()
    }
}

impl Drop for Primary {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl fmt::Debug for Primary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Primary").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Shared {
    /// Gives up the name, and then the lock. Secondaries without an answer start again.
    fn close(&self) {
        let host = lock(&self.host).take();
        if let Some(&token) = self.token.get() {
            self.reactor.deregister(token);
        }
        self.acceptor.detach();
        let sessions = std::mem::take(&mut *lock(&self.sessions));
        sessions.values().for_each(|session| session.end());
        let held = lock(&self.lock).take();
        drop((sessions, held, host));
    }

    fn sweep_later(&self) {
        if !self.sweeper.is_due.swap(true, Ordering::Relaxed) {
            self.reactor.after(self.limits.patience(), self.sweeper.clone());
        }
    }

    /// Ends sessions that are late. Returns whether there are others.
    fn sweep(&self) -> bool {
        let now = Instant::now();
        let sessions: Vec<_> = lock(&self.sessions).values().cloned().collect();
        let late = sessions.iter().filter(|session| session.is_late(now, self.limits.patience()));
        late.for_each(|session| session.end());
        !lock(&self.sessions).is_empty()
    }
}

impl Source for Shared {
    fn ready(&self, _: Readiness) {
        self.acceptor.accept_ready();
    }

    fn turn_ended(&self) -> bool {
        // The pause requested by accept_later() is over.
        self.set_accepting(true);
        false
    }
}

impl Source for Sweeper {
    fn ready(&self, _: Readiness) {}

    fn turn_ended(&self) -> bool {
        self.is_due.store(false, Ordering::Relaxed);
        if let Some(primary) = self.primary.upgrade() {
            if primary.sweep() {
                primary.sweep_later();
            }
        }
        false
    }
}

impl AcceptorHost for Shared {
    fn deliver(&self, connection: OwnedFd) {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed);
        let session = Session::new(id, self.me.clone(), &self.limits);
        lock(&self.sessions).insert(id, session.clone());
        session.start(connection, self.reactor.clone(), &self.limits);
        self.sweep_later();
    }

    fn pending(&self) -> usize {
        lock(&self.sessions).len()
    }

    fn is_accepting(&self) -> bool {
        self.is_accepting.load(Ordering::Relaxed)
    }

    fn set_accepting(&self, accepting: bool) {
        let Some(&token) = self.token.get() else { return };
        if self.is_accepting.swap(accepting, Ordering::Relaxed) == accepting {
            return;
        }
        // Cannot fail: the listener is registered, and nothing else has its descriptor.
        let _ = self.reactor.reregister(token, Interest { read: accepting, write: false });
    }

    fn accept_later(&self, after: Duration) {
        if let Some(me) = self.me.upgrade() {
            self.reactor.after(after, me);
        }
    }
}

impl Owner for Shared {
    fn handed_over(&self, hand_over: HandOver, session: Arc<Session>) {
        let host = lock(&self.host).clone();
        if let Some(host) = host {
            host.handed_over(hand_over, Reply::new(session));
        }
    }

    fn ended(&self, id: u64) {
        let session = lock(&self.sessions).remove(&id);
        if session.is_some() {
            self.acceptor.resume();
        }
        drop(session);
    }
}
