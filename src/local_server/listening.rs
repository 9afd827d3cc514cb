// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The handlers of a server, and its listener, which is registered with its thread's reactor.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use qlocal_core::{
    Acceptor, AcceptorHost, AllowRule, Listener, NameLoss, PeerCredentials, Reactor, Refusal,
    Source, Token,
};
use qlocal_sys::poller::{Interest, Readiness};

use crate::error::Error;
use crate::handler::{self, Handler, Id, Registry};
use crate::limits::DEFAULT_READ_LIMIT;
use crate::local_stream::LocalStream;

/// How long to wait for memory before a new listener is watched.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct Shared {
    pub id: Id,
    pub listening: Arc<Listening>,
    /// The connection handler is running.
    pub is_busy: Cell<bool>,
    pub connection: Handler<dyn FnMut(LocalStream)>,
    pub error: Handler<dyn FnMut(Error)>,
    pub refused: Handler<dyn FnMut(Refusal)>,
    pub decide: Handler<dyn FnMut(&PeerCredentials) -> bool>,
    pub name_lost: Handler<dyn FnMut(NameLoss)>,
    pub name_regained: Handler<dyn FnMut()>,
    pub handed_over: Handler<dyn FnMut()>,
    /// The settings of each accepted stream.
    pub read_limit: Cell<usize>,
}

/// The host that the engine calls. Finds the handlers by their id.
pub(super) struct Listening {
    id: Id,
    me: Weak<Self>,
    pub acceptor: Acceptor,
    reactor: Arc<Reactor>,
    token: Mutex<Option<Token>>,
    is_accepting: AtomicBool,
}

thread_local! {
    pub(super) static SERVERS: Registry<Shared> = RefCell::new(HashMap::new());
}

impl Shared {
    pub fn new(id: Id, reactor: Arc<Reactor>) -> Self {
        Self {
            id,
            listening: Listening::new(id, reactor),
            is_busy: Cell::default(),
            connection: Handler::default(),
            error: Handler::default(),
            refused: Handler::default(),
            decide: Handler::default(),
            name_lost: Handler::default(),
            name_regained: Handler::default(),
            handed_over: Handler::default(),
            read_limit: Cell::new(DEFAULT_READ_LIMIT),
        }
    }

    fn accepted(&self, connection: OwnedFd) {
        let stream = match LocalStream::accepted(connection) {
            Ok(stream) => stream,
            Err(error) => return self.failed(error),
        };
        self.listening.acceptor.admit(stream.engine());
        self.listening.acceptor.frame(stream.engine(), b"");
        stream.set_read_limit(self.read_limit.get());
        let Some(mut handler) = self.connection.take() else { return };
        self.is_busy.set(true);
        handler(stream);
        self.is_busy.set(false);
        if !self.has_ended() {
            self.connection.put_back(handler);
            if !self.listening.is_accepting() {
                self.listening.set_accepting(true);
            }
        }
    }

    fn failed(&self, error: Error) {
        self.call(&self.error, |handler| handler(error));
    }

    fn call<F: ?Sized>(&self, place: &Handler<F>, call: impl FnOnce(&mut F)) {
        let Some(mut handler) = place.take() else { return };
        call(&mut handler);
        if !self.has_ended() {
            place.put_back(handler);
        }
    }

    pub fn has_ended(&self) -> bool {
        self.listening.acceptor.listener().is_none()
    }
}

impl Listening {
    pub fn new(id: Id, reactor: Arc<Reactor>) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            id,
            me: me.clone(),
            acceptor: Acceptor::default(),
            reactor,
            token: Mutex::default(),
            is_accepting: AtomicBool::new(false),
        })
    }

    pub fn start(&self, listener: Listener) -> qlocal_core::Result<()> {
        let name = String::from_utf8_lossy(listener.address().short_name()).into_owned();
        self.acceptor.set_rule(AllowRule::SAME_USER);
        let listener = self.acceptor.listen(name, Ok(listener))?;
        if let Some(me) = self.me.upgrade() {
            self.acceptor.attach(me);
        }
        self.acceptor.pace_by(self.reactor.clone());
        self.watch(&listener)
    }

    pub fn stop(&self) {
        self.unwatch();
        self.acceptor.detach();
    }

    fn watch(&self, listener: &Arc<Listener>) -> qlocal_core::Result<()> {
        let Some(me) = self.me.upgrade() else { return Ok(()) };
        let interest = Interest { read: self.is_accepting(), write: false };
        let token = self.reactor.register_listener(listener.clone(), interest, me)?;
        *self.token() = Some(token);
        Ok(())
    }

    fn unwatch(&self) {
        let token = self.token().take();
        if let Some(token) = token {
            self.reactor.deregister(token);
        }
    }

    fn token(&self) -> MutexGuard<'_, Option<Token>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source for Listening {
    fn ready(&self, _: Readiness) {
        if handler::find(&SERVERS, self.id).is_some_and(|server| server.is_busy.get()) {
            // The handler runs an event loop: new connections wait until it returns.
            self.set_accepting(false);
        } else {
            self.acceptor.accept_ready();
        }
    }

    fn turn_ended(&self) -> bool {
        // The pause requested by accept_later() is over.
        let is_watching = self.token().is_some();
        match self.acceptor.listener() {
            Some(listener) if !is_watching => self.listener_replaced(&listener),
            _ => self.set_accepting(true),
        }
        false
    }
}

impl AcceptorHost for Listening {
    fn deliver(&self, connection: OwnedFd) {
        let Some(server) = handler::find(&SERVERS, self.id) else { return };
        server.accepted(connection);
    }

    fn pending(&self) -> usize {
        // Each connection is taken as it is delivered.
        0
    }

    fn is_accepting(&self) -> bool {
        self.is_accepting.load(Ordering::Relaxed)
    }

    fn set_accepting(&self, accepting: bool) {
        let token = *self.token();
        let Some(token) = token else { return };
        self.is_accepting.store(accepting, Ordering::Relaxed);
        let interest = Interest { read: accepting, write: false };
        // Cannot fail: the listener is registered, and nothing else has its descriptor.
        let _ = self.reactor.reregister(token, interest);
    }

    fn accept_later(&self, after: Duration) {
        if let Some(me) = self.me.upgrade() {
            self.reactor.after(after, me);
        }
    }

    fn allows(&self, peer: &PeerCredentials) -> bool {
        handler::find(&SERVERS, self.id).is_some_and(|server| server.allows(peer))
    }

    fn refused(&self, refusal: Refusal) {
        if let Some(server) = handler::find(&SERVERS, self.id) {
            server.refuse(refusal);
        }
    }

    fn accept_failed(&self, error: qlocal_core::Error) {
        let address = self.acceptor.listener().map(|listener| listener.address().clone());
        if let (Some(server), Some(address)) = (handler::find(&SERVERS, self.id), address) {
            server.failed(Error::new(error, address));
        }
    }

    fn listener_replaced(&self, listener: &Arc<Listener>) {
        self.unwatch();
        if self.watch(listener).is_err() {
            self.accept_later(PAUSE);
        }
    }

    fn listener_gone(&self) {
        self.unwatch();
    }

    fn name_lost(&self, loss: NameLoss) {
        if let Some(server) = handler::find(&SERVERS, self.id) {
            server.call(&server.name_lost, |handler| handler(loss));
        }
    }

    fn name_regained(&self) {
        if let Some(server) = handler::find(&SERVERS, self.id) {
            server.call(&server.name_regained, |handler| handler());
        }
    }

    fn handed_over(&self) {
        if let Some(server) = handler::find(&SERVERS, self.id) {
            server.call(&server.handed_over, |handler| handler());
        }
    }
}
