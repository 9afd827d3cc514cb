// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A server with its user, which keeps all connections.

use std::os::fd::{AsFd as _, AsRawFd as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use qlocal_core::{Acceptor, AcceptorHost, Address, Listener, Reactor, Result, Source, Token};
use qlocal_sys::poller::{Interest, Readiness};

use crate::end::{End, Role};
use crate::injector::Injector;

pub struct Server {
    me: Weak<Self>,
    pub acceptor: Acceptor,
    reactor: Arc<Reactor>,
    injector: Injector,
    role: Mutex<Role>,
    token: Mutex<Option<Token>>,
    accepts: AtomicBool,
    ends: Mutex<Vec<Arc<End>>>,
    /// The read limit of each end.
    read_limit: Mutex<usize>,
}

impl Server {
    pub fn new(injector: &Injector, reactor: &Arc<Reactor>) -> Arc<Self> {
        let server = Arc::new_cyclic(|me: &Weak<Self>| Self {
            me: me.clone(),
            acceptor: Acceptor::default(),
            reactor: reactor.clone(),
            injector: injector.clone(),
            role: Mutex::new(Role::Echo),
            token: Mutex::default(),
            accepts: AtomicBool::new(false),
            ends: Mutex::default(),
            read_limit: Mutex::default(),
        });
        server.acceptor.attach(server.clone());
        server
    }

    pub fn set_role(&self, role: Role, read_limit: usize) {
        *held(&self.role) = role;
        *held(&self.read_limit) = read_limit;
    }

    pub fn listen(&self, address: Address, mode: Option<u32>, backlog: i32) -> Result<()> {
        self.listen_with(Listener::bind(address, mode, backlog))
    }

    pub fn listen_with(&self, listener: Result<Listener>) -> Result<()> {
        let listener = self.acceptor.listen("server".into(), listener)?;
        self.acceptor.pace_by(self.reactor.clone());
        let watched = self.watch(&listener);
        if watched.is_err() {
            drop(listener);
            self.acceptor.close();
        }
        watched
    }

    fn watch(&self, listener: &Arc<Listener>) -> Result<()> {
        let Some(me) = self.me.upgrade() else { return Ok(()) };
        let token = self.reactor.register_listener(listener.clone(), Interest::default(), me)?;
        *held(&self.token) = Some(token);
        Ok(())
    }

    fn unwatch(&self) {
        let token = held(&self.token).take();
        if let Some(token) = token {
            self.reactor.deregister(token);
        }
    }

    pub fn close(&self) {
        self.unwatch();
        self.acceptor.close();
    }

    /// A fault has closed its descriptor: nothing accepts connections any more.
    pub fn is_lost(&self) -> bool {
        let listener = self.acceptor.listener();
        listener.is_some_and(|one| self.injector.entry(one.as_fd().as_raw_fd()).closed)
    }

    pub fn ends(&self) -> Vec<Arc<End>> {
        held(&self.ends).clone()
    }

    pub fn forget_ends(&self) {
        for end in std::mem::take(&mut *held(&self.ends)) {
            end.stream.detach();
        }
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Source for Server {
    fn ready(&self, _: Readiness) {
        self.acceptor.accept_ready();
    }

    fn turn_ended(&self) -> bool {
        // The pause requested by accept_later() is over, or a new listener could not be watched.
        let is_watching = held(&self.token).is_some();
        if let Some(listener) = self.acceptor.listener().filter(|_| !is_watching) {
            if self.watch(&listener).is_err() {
                self.accept_later(Duration::ZERO);
            }
        }
        self.set_accepting(true);
        false
    }
}

impl AcceptorHost for Server {
    fn deliver(&self, connection: std::os::fd::OwnedFd) {
        let end = End::new(&self.injector, *held(&self.role), 0);
        end.stream.set_read_limit(*held(&self.read_limit));
        held(&self.ends).push(end.clone());
        end.adopt(connection, &self.reactor);
    }

    fn pending(&self) -> usize {
        0
    }

    fn is_accepting(&self) -> bool {
        self.accepts.load(Ordering::Relaxed)
    }

    fn set_accepting(&self, accepting: bool) {
        let token = *held(&self.token);
        let Some(token) = token else { return };
        self.accepts.store(accepting, Ordering::Relaxed);
        let interest = Interest { read: accepting, write: false };
        if self.reactor.reregister(token, interest).is_err() && accepting {
            self.accept_later(Duration::ZERO);
        }
    }

    fn accept_later(&self, after: Duration) {
        if let Some(me) = self.me.upgrade() {
            self.reactor.after(after, me);
        }
    }

    fn listener_replaced(&self, _: &Arc<Listener>) {
        self.unwatch();
        self.accept_later(Duration::ZERO);
    }

    fn listener_gone(&self) {
        self.unwatch();
    }
}
