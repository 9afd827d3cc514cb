// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The older server: waits for newer ones, and hands its listener over.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::IoSlice;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use qlocal_sys::poller::{Interest, Readiness};
use qlocal_sys::{passing, peer, socket, Errno, Process};

use crate::error::{Error, Operation, Result};
use crate::lock::{lock, Mutex};
use crate::log::{self, Topic};
use crate::reactor::{Reactor, Source, Token};

use super::super::acceptor::WeakAcceptor;
use super::super::companion::Companion;
use super::super::listener::{failed, Listener, Taken};
use super::protocol::{control_address, control_name, GIVEN, OFFERED, WANTED};

/// How many newer servers may be asking at once. The one that asked first is dropped for another one: it
/// may hang.
const MAX_TAKERS: usize = 8;

/// How long to wait until an older server has closed the socket at which it waited.
const CLOSING: Duration = Duration::from_millis(100);

/// How long not to accept when no descriptor is free.
const PAUSE: Duration = Duration::from_millis(100);

thread_local! {
    /// The offers of this thread, by the names at which they wait. A newer server in the same thread cannot
    /// wait for an answer of this one.
    static OFFERS: RefCell<BTreeMap<Vec<u8>, Weak<Offer>>> = const { RefCell::new(BTreeMap::new()) };
}

/// Hands the listener of an acceptor over while it has one.
pub(super) struct Offer {
    me: Weak<Self>,
    acceptor: WeakAcceptor,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// The listener was handed over, which is to be announced.
    announces: bool,
}

/// An offer that newer servers can find.
struct Open {
    listener: Arc<Listener>,
    reactor: Arc<Reactor>,
    name: Vec<u8>,
    control: Arc<OwnedFd>,
    token: Token,
    takers: Vec<(Token, Arc<Taker>)>,
    process: Process,
}

/// A newer server that asks for the listener.
struct Taker {
    offer: Weak<Offer>,
    socket: Arc<OwnedFd>,
}

const READ: Interest = Interest { read: true, write: false };

impl Offer {
    pub fn new(me: Weak<Self>, acceptor: WeakAcceptor) -> Self {
        Self { me, acceptor, state: Mutex::default() }
    }

    fn open(
        &self,
        listener: &Arc<Listener>,
        reactor: &Arc<Reactor>,
        control: Option<Arc<OwnedFd>>,
    ) -> Result<()> {
        let Some(me) = self.me.upgrade() else { return Ok(()) };
        let name = control_name(listener.address(), listener.file());
        let control = match control {
            Some(control) => control,
            None => Arc::new(wait_at(&name)?),
        };
        let token = reactor.register_listener(control.clone(), READ, me)?;
        let _ = OFFERS.try_with(|offers| {
            offers.borrow_mut().insert(name.clone(), self.me.clone());
        });
        let (listener, reactor, process) = (listener.clone(), reactor.clone(), Process::current());
        let open = Open { listener, reactor, name, control, token, takers: vec![], process };
        lock(&self.state).open = Some(open);
        Ok(())
    }

    fn open_or_log(
        &self,
        listener: &Arc<Listener>,
        reactor: &Arc<Reactor>,
        control: Option<Arc<OwnedFd>>,
    ) {
        if let Err(error) = self.open(listener, reactor, control) {
            let address = listener.address();
            log::warning(Topic::Server, format_args!("{address} cannot be handed over: {error}"));
        }
    }

    /// Withdraws the offer. Those that ask see the end of their connection.
    fn close(&self) -> Option<Open> {
        let mut open = lock(&self.state).open.take()?;
        open.reactor.deregister(open.token);
        for (token, taker) in open.takers.drain(..) {
            open.reactor.deregister(token);
            drop(taker);
        }
        let _ = OFFERS.try_with(|offers| offers.borrow_mut().remove(&open.name));
        Some(open)
    }

    /// Offers the listener to one that has connected.
    fn greet(&self, connection: OwnedFd) {
        let is_own_user = peer::ids(&connection).is_ok_and(|ids| ids.uid == peer::own_uid());
        let mut state = lock(&self.state);
        let Some(open) = state.open.as_mut().filter(|_| is_own_user) else { return };
        let lent = [open.listener.as_fd(), open.control.as_fd()];
        if passing::lend(&connection, &[IoSlice::new(&[OFFERED])], &lent) != Ok(1) {
            return;
        }
        let taker = Arc::new(Taker { offer: self.me.clone(), socket: Arc::new(connection) });
        let Ok(token) = open.reactor.register(taker.socket.clone(), READ, taker.clone()) else {
            return;
        };
        open.takers.push((token, taker));
        if open.takers.len() > MAX_TAKERS {
            let (token, first) = open.takers.remove(0);
            open.reactor.deregister(token);
            drop(state);
            drop(first);
        }
    }

    fn dismiss(&self, taker: &Taker) {
        let mut state = lock(&self.state);
        let Some(open) = &mut state.open else { return };
        let place = open.takers.iter().position(|(_, other)| std::ptr::eq(&**other, taker));
        if let Some(place) = place {
            let (token, taker) = open.takers.remove(place);
            open.reactor.deregister(token);
            drop(state);
            drop(taker);
        }
    }

    /// Hands the listener over to the one that wants it.
    fn give(&self, taker: &Taker) {
        let Some(acceptor) = self.acceptor.upgrade() else { return };
        let is_known = lock(&self.state).open.as_ref().is_some_and(|open| {
            open.takers.iter().any(|(_, other)| std::ptr::eq(&**other, taker))
                && acceptor.is_only(&open.listener)
        });
        if !is_known {
            return self.dismiss(taker);
        }
        let Some(Open { listener, reactor, control, .. }) = self.close() else { return };
        // From the moment of the last message on the file belongs to the other one.
        listener.set_given_up(true);
        match socket::send(&taker.socket, &[IoSlice::new(&[GIVEN])]) {
            Ok(1) => {
                drop(control);
                self.given(&listener);
                self.announce();
            }
            // It has given up.
            _ => {
                listener.set_given_up(false);
                self.open_or_log(&listener, &reactor, Some(control));
            }
        }
    }

    /// Hands the listener over to a newer server in the same thread. It is announced later: the caller is
    /// in the middle of a call.
    fn give_in_thread(
        &self,
        prepare: impl Fn(BorrowedFd<'_>) -> Result<()>,
    ) -> Result<Option<Taken>> {
        let Some(acceptor) = self.acceptor.upgrade() else { return Ok(None) };
        let taken = {
            let state = lock(&self.state);
            let Some(open) = &state.open else { return Ok(None) };
            if !open.process.is_current() {
                return Ok(None);
            }
            if !acceptor.is_only(&open.listener) {
                // Clients wait for this thread in the backlog of the previous listener.
                return Err(Error::from_errno(Errno::ADDRINUSE, Operation::Bind));
            }
            let duplicate = |descriptor: &dyn AsFd| {
                let owned = descriptor.as_fd().try_clone_to_owned();
                owned.map_err(|error| Error::from_io(&error, Operation::Fcntl))
            };
            Taken { listener: duplicate(&*open.listener)?, control: duplicate(&*open.control)? }
        };
        prepare(taken.listener.as_fd())?;
        let Some(Open { listener, reactor, .. }) = self.close() else { return Ok(None) };
        listener.set_given_up(true);
        self.given(&listener);
        if let Some(me) = self.me.upgrade() {
            reactor.after(Duration::ZERO, me);
        }
        Ok(Some(taken))
    }

    fn given(&self, listener: &Arc<Listener>) {
        let address = listener.address();
        log::debug(Topic::Server, format_args!("{address}: a newer server has taken it over"));
        if let Some(acceptor) = self.acceptor.upgrade() {
            let is_given_up = acceptor.give_up(listener);
            lock(&self.state).announces = is_given_up;
        }
    }

    fn announce(&self) {
        let announces = std::mem::take(&mut lock(&self.state).announces);
        let acceptor = self.acceptor.upgrade().filter(|_| announces);
        if let Some(host) = acceptor.and_then(|acceptor| acceptor.host()) {
            host.handed_over();
        }
    }

    fn set_interest(&self, interest: Interest) {
        let state = lock(&self.state);
        if let Some(open) = &state.open {
            // Cannot fail: it is registered, and nothing else has its descriptor.
            let _ = open.reactor.reregister(open.token, interest);
        }
    }
}

/// Asks an offer of this thread.
pub(super) fn take_from_this_thread(
    name: &[u8],
    prepare: impl Fn(BorrowedFd<'_>) -> Result<()>,
) -> Result<Option<Taken>> {
    let offer = OFFERS.try_with(|offers| offers.borrow().get(name).and_then(Weak::upgrade));
    offer.ok().flatten().map_or(Ok(None), |offer| offer.give_in_thread(prepare))
}

fn wait_at(name: &[u8]) -> Result<OwnedFd> {
    let control = socket::stream().map_err(failed(Operation::Socket))?;
    let address = control_address(name)?;
    // The server that it was taken over from may be about to close its own.
    let deadline = Instant::now() + CLOSING;
    loop {
        match socket::bind(&control, &address) {
            Err(Errno::ADDRINUSE) if Instant::now() < deadline => {
                std::thread::sleep(Duration::from_millis(1));
            }
            bound => break bound,
        }
    }
    .map_err(failed(Operation::Bind))?;
    socket::listen(&control, MAX_TAKERS as i32).map_err(failed(Operation::Listen))?;
    Ok(control)
}

impl Companion for Offer {
    fn started(&self, listener: &Arc<Listener>, reactor: &Arc<Reactor>) {
        // The file of a service manager is its own affair, and so are those that it starts.
        if listener.address().path().is_some() && listener.file().is_none() {
            return;
        }
        self.open_or_log(listener, reactor, listener.take_control().map(Arc::new));
    }

    fn stopped(&self) {
        drop(self.close());
    }

    fn replaced(&self, listener: &Arc<Listener>, reactor: &Arc<Reactor>) {
        self.stopped();
        self.started(listener, reactor);
    }
}

/// Newer servers connect, or there are descriptors again, or it is time to announce.
impl Source for Offer {
    fn ready(&self, _: Readiness) {
        for _ in 0..MAX_TAKERS {
            let control = {
                let state = lock(&self.state);
                let Some(open) = &state.open else { return };
                if !open.process.is_current() {
                    // A fork(2) child: its parent answers.
                    let _ = open.reactor.reregister(open.token, Interest { read: false, ..READ });
                    return;
                }
                open.control.clone()
            };
            match socket::accept(&control) {
                Ok(connection) => self.greet(connection),
                Err(Errno::AGAIN | Errno::CONNABORTED) => return,
                Err(_) => {
                    self.set_interest(Interest { read: false, ..READ });
                    let state = lock(&self.state);
                    if let (Some(open), Some(me)) = (&state.open, self.me.upgrade()) {
                        open.reactor.after(PAUSE, me);
                    }
                    return;
                }
            }
        }
    }

    fn turn_ended(&self) -> bool {
        self.set_interest(READ);
        self.announce();
        true
    }
}

impl Source for Taker {
    fn ready(&self, _: Readiness) {
        let Some(offer) = self.offer.upgrade() else { return };
        let mut answer = vec![];
        match socket::receive(&self.socket, &mut answer, 1) {
            Err(Errno::AGAIN) => {}
            Ok(1) if answer == [WANTED] => offer.give(self),
            _ => offer.dismiss(self),
        }
    }

    fn turn_ended(&self) -> bool {
        false
    }
}
