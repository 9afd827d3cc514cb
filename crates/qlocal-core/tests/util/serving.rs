// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A server in a reactor's thread, for tests of its name and of hand-over.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use qlocal_core::{
    Acceptor, AcceptorHost, Address, Listener, NameLoss, Reactor, Result, Source, Token,
};
use qlocal_sys::poller::{Interest, Readiness};

use super::turn_until;

type Action = Box<dyn FnOnce(&Serving) + Send>;

pub struct Serving {
    me: Weak<Self>,
    pub acceptor: Acceptor,
    pub reactor: Arc<Reactor>,
    token: Mutex<Option<Token>>,
    accepting: AtomicBool,
    /// The pending connections.
    pub connections: Mutex<Vec<UnixStream>>,
    /// What `connections` counts for.
    holds: AtomicBool,
    events: Mutex<Vec<String>>,
    action: Mutex<Option<Action>>,
    pub accepted: AtomicUsize,
}

impl Serving {
    pub fn new(reactor: &Arc<Reactor>) -> Arc<Self> {
        let server = Arc::new_cyclic(|me: &Weak<Self>| Self {
            me: me.clone(),
            acceptor: Acceptor::default(),
            reactor: reactor.clone(),
            token: Mutex::default(),
            accepting: true.into(),
            connections: Mutex::default(),
            holds: false.into(),
            events: Mutex::default(),
            action: Mutex::default(),
            accepted: AtomicUsize::default(),
        });
        server.acceptor.attach(server.clone());
        server
    }

    /// A server that listens on this address already.
    #[track_caller]
    pub fn on(reactor: &Arc<Reactor>, address: &Address) -> Arc<Self> {
        let server = Self::new(reactor);
        server.listen(address).unwrap();
        server
    }

    pub fn listen(&self, address: &Address) -> Result<()> {
        self.listen_with(address, None)
    }

    pub fn listen_with(&self, address: &Address, mode: Option<u32>) -> Result<()> {
        let listener = self.acceptor.bind(address.clone(), mode, 200);
        let listener = self.acceptor.listen("s".into(), listener)?;
        self.acceptor.pace_by(self.reactor.clone());
        self.watch(&listener);
        Ok(())
    }

    fn watch(&self, listener: &Arc<Listener>) {
        let interest = Interest { read: self.accepting.load(Relaxed), write: false };
        let me = self.me.upgrade().unwrap();
        let token = self.reactor.register_listener(listener.clone(), interest, me).unwrap();
        *self.token.lock().unwrap() = Some(token);
    }

    fn unwatch(&self) {
        if let Some(token) = self.token.lock().unwrap().take() {
            self.reactor.deregister(token);
        }
    }

    /// Connections count as pending, and with the lowest limit accepting pauses after three.
    pub fn hold_connections(&self) {
        self.holds.store(true, Relaxed);
        self.acceptor.set_limit(1);
    }

    /// Takes them all, as a user does.
    pub fn take_connections(&self) -> Vec<UnixStream> {
        let taken = std::mem::take(&mut *self.connections.lock().unwrap());
        self.acceptor.resume();
        taken
    }

    pub fn close(&self) {
        self.unwatch();
        self.acceptor.close();
    }

    /// What was announced since the last call.
    pub fn events(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock().unwrap())
    }

    /// Calls this once, in the next announcement.
    pub fn on_event(&self, action: impl FnOnce(&Self) + Send + 'static) {
        *self.action.lock().unwrap() = Some(Box::new(action));
    }

    /// Turns until something was announced.
    #[track_caller]
    pub fn next_event(&self) -> String {
        turn_until(&self.reactor, || !self.events.lock().unwrap().is_empty());
        self.events.lock().unwrap().remove(0)
    }

    fn announce(&self, event: &str) {
        self.events.lock().unwrap().push(event.into());
        let action = self.action.lock().unwrap().take();
        if let Some(action) = action {
            action(self);
        }
    }
}

impl Source for Serving {
    fn ready(&self, _: Readiness) {
        self.acceptor.accept_ready();
    }

    fn turn_ended(&self) -> bool {
        self.set_accepting(true);
        false
    }
}

impl AcceptorHost for Serving {
    fn deliver(&self, connection: OwnedFd) {
        self.accepted.fetch_add(1, Relaxed);
        self.connections.lock().unwrap().push(connection.into());
    }

    fn pending(&self) -> usize {
        if self.holds.load(Relaxed) {
            self.connections.lock().unwrap().len()
        } else {
            0
        }
    }

    fn is_accepting(&self) -> bool {
        self.accepting.load(Relaxed)
    }

    fn set_accepting(&self, accepting: bool) {
        self.accepting.store(accepting, Relaxed);
        if let Some(token) = *self.token.lock().unwrap() {
            let interest = Interest { read: accepting, write: false };
            self.reactor.reregister(token, interest).unwrap();
        }
    }

    fn accept_later(&self, after: Duration) {
        self.reactor.after(after, self.me.upgrade().unwrap());
    }

    fn listener_replaced(&self, listener: &Arc<Listener>) {
        self.unwatch();
        self.watch(listener);
    }

    fn listener_gone(&self) {
        self.unwatch();
    }

    fn name_lost(&self, loss: NameLoss) {
        self.announce(&format!("lost {loss:?}"));
    }

    fn name_regained(&self) {
        self.announce("regained");
    }

    fn handed_over(&self) {
        self.announce("handed over");
    }
}
