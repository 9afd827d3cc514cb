// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How an acceptor goes on with another listener of the same name, or ends because another server has its
//! listener now.

use std::sync::Arc;
use std::time::Instant;

use super::acceptor::Acceptor;
use super::companion::Companion;
use super::listener::Listener;

impl Acceptor {
    /// Accepts from another listener of the same name once the backlog of the present one is empty: no
    /// client can reach that any more, but some may wait in it.
    pub(super) fn replace(&self, listener: Listener) {
        let listener = Arc::new(listener);
        let mut state = self.lock();
        state.next.push_back(listener.clone());
        let (companions, reactor) = (state.companions(), state.pace.reactor().cloned());
        drop(state);
        // At once: other servers find the new file already.
        if let Some(reactor) = reactor {
            companions.iter().for_each(|companion| companion.replaced(&listener, &reactor));
        }
        self.advance_if_drained();
    }

    /// Goes on with the next listener if there is one and the backlog of the present one is empty: that is
    /// not going to be reported.
    pub(super) fn advance_if_drained(&self) {
        loop {
            let state = self.lock();
            let present = state.listener.clone().filter(|_| !state.next.is_empty());
            drop(state);
            let Some(present) = present else { return };
            let is_empty = !present.wait(Some(Instant::now())).unwrap_or(false);
            if !is_empty || !self.advance(&present) {
                return;
            }
        }
    }

    /// Goes on with the next listener, if there is one: the backlog of this one is empty.
    pub(super) fn advance(&self, drained: &Arc<Listener>) -> bool {
        let mut state = self.lock();
        if !state.listener.as_ref().is_some_and(|present| Arc::ptr_eq(present, drained)) {
            return false;
        }
        let Some(next) = state.next.pop_front() else { return false };
        let old = state.listener.replace(next.clone());
        if let Some((reactor, token)) = &mut state.joined {
            if let Some(token) = token.take() {
                reactor.deregister(token);
            }
            *token = reactor.register_wake_up(next.clone()).ok();
        }
        let host = state.host.clone();
        // An error of the old one is over.
        let fails = std::mem::take(&mut state.fails);
        drop(state);
        if let Some(host) = host {
            host.listener_replaced(&next);
            if fails {
                host.set_accepting(true);
            }
        }
        drop(old);
        true
    }

    /// The listener that has the name, which may not be the one to accept from yet.
    pub(super) fn newest_listener(&self) -> Option<Arc<Listener>> {
        let state = self.lock();
        state.next.back().or(state.listener.as_ref()).cloned()
    }

    /// Another server has this listener now. Returns whether the host was told to stop watching it: the
    /// caller announces that with [`AcceptorHost::handed_over`](super::AcceptorHost::handed_over).
    pub(super) fn give_up(&self, listener: &Arc<Listener>) -> bool {
        if !self.is_only(listener) {
            return false;
        }
        self.leave_thread();
        let mut state = self.lock();
        let listener = state.listener.take();
        state.name.clear();
        state.last_error = None;
        let host = state.host.clone();
        drop(state);
        if let Some(host) = host {
            host.listener_gone();
        }
        drop(listener);
        true
    }

    /// Whether it accepts from this listener, and none is to replace it.
    pub(super) fn is_only(&self, listener: &Arc<Listener>) -> bool {
        let state = self.lock();
        state.next.is_empty()
            && state.listener.as_ref().is_some_and(|present| Arc::ptr_eq(present, listener))
    }

    /// Lets a companion start, if the server listens already.
    pub(super) fn start(&self, companion: &dyn Companion) {
        let listening = self.newest_listener().zip(self.lock().pace.reactor().cloned());
        if let Some((listener, reactor)) = listening {
            companion.started(&listener, &reactor);
        }
    }
}
