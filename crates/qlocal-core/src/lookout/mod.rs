// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the connections of a thread that wait for a server share: one inotify instance and one timer.
//!
//! It exists while any of them waits, so a program without them contains none of this.

mod folders;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use qlocal_sys::poller::{Interest, Readiness};

use crate::lock::{lock, Mutex};
use crate::log::{self, Topic};
use crate::reactor::{Reactor, Source, Token};
use crate::unwinding::is_unwinding;
use folders::{Folders, Id};

/// How long one call goes on before other sources of the thread's event loop get their turn.
const SLICE: Duration = Duration::from_millis(2);

/// Waits for a moment, and for a path to appear. It is called on the reactor's thread, without any lock
/// held.
pub(crate) trait Waiting: Send + Sync {
    /// The moment has come.
    fn due(&self);
    /// There may be a file at the path, since a moment ago.
    fn appeared(&self);
}

/// Those of a thread that wait.
pub(crate) struct Lookout {
    me: Weak<Self>,
    reactor: Arc<Reactor>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: Id,
    members: BTreeMap<Id, Member>,
    schedule: BTreeSet<(Instant, Id)>,
    folders: Folders,
    registration: Option<Registration>,
    /// Those whose path has appeared and that are not called yet.
    found: BTreeSet<Id>,
}

struct Member {
    waiting: Weak<dyn Waiting>,
    path: Option<Box<[u8]>>,
    moment: Option<Instant>,
}

struct Registration {
    token: Token,
    watcher: Arc<qlocal_sys::watcher::Watcher>,
}

/// A place among those that wait, until it is dropped.
pub(crate) struct Entry {
    lookout: Arc<Lookout>,
    id: Id,
}

impl Lookout {
    /// Lets one wait in this reactor's thread, for a path if there is one.
    pub fn enter(reactor: &Arc<Reactor>, waiting: Weak<dyn Waiting>, path: Option<&[u8]>) -> Entry {
        let lookout = reactor.shared(|| {
            Arc::new_cyclic(|me| Self {
                me: me.clone(),
                reactor: reactor.clone(),
                state: Mutex::default(),
            })
        });
        let mut state = lock(&lookout.state);
        state.last += 1;
        let id = state.last;
        let path = path.map(Box::from);
        state.members.insert(id, Member { waiting, path, moment: None });
        drop(state);
        let entry = Entry { lookout, id };
        entry.watch();
        entry
    }

    /// Has the reactor call when the next moment has come.
    fn request(&self, state: &State) {
        let Some(me) = self.me.upgrade() else { return };
        match state.schedule.first() {
            Some((moment, _)) => {
                self.reactor.after(moment.saturating_duration_since(Instant::now()), me);
            }
            None => self.reactor.forget_after(&*me),
        }
    }

    /// Registers the watcher with the reactor for as long as there is one.
    fn register(&self, state: &mut State) {
        let watcher = state.folders.watcher();
        let present = state.registration.as_ref().map(|present| &present.watcher);
        if watcher.map(Arc::as_ptr) == present.map(Arc::as_ptr) {
            return;
        }
        let added = watcher.cloned();
        if let Some(old) = state.registration.take() {
            self.reactor.deregister(old.token);
        }
        let (Some(watcher), Some(me)) = (added, self.me.upgrade()) else { return };
        let interest = Interest { read: true, write: false };
        match self.reactor.register_listener(watcher.clone(), interest, me) {
            Ok(token) => state.registration = Some(Registration { token, watcher }),
            // Those that wait try at intervals.
            Err(error) => log::debug(Topic::Reactor, format_args!("no watch on folders: {error}")),
        }
    }

    /// Calls those whose path has appeared. Returns false if some are left for a later turn.
    fn call_found(&self) -> bool {
        let started = Instant::now();
        loop {
            let mut state = lock(&self.state);
            let Some(id) = state.found.pop_first() else { return true };
            let Some(waiting) = state.members.get(&id).map(|member| member.waiting.clone()) else {
                continue;
            };
            state.watch(id);
            self.register(&mut state);
            drop(state);
            if let Some(waiting) = waiting.upgrade() {
                waiting.appeared();
            }
            if is_unwinding() || started.elapsed() > SLICE {
                self.resume_later();
                return false;
            }
        }
    }

    /// Calls those whose moment has come.
    fn call_due(&self) {
        let now = Instant::now();
        loop {
            let mut state = lock(&self.state);
            let due = state.schedule.first().copied().filter(|(moment, _)| *moment <= now);
            let Some((_, id)) = due else { return self.request(&state) };
            let waiting = state.take_moment(id);
            // For those left, also while this one runs an event loop.
            self.request(&state);
            drop(state);
            if let Some(waiting) = waiting.and_then(|waiting| waiting.upgrade()) {
                waiting.due();
            }
            if is_unwinding() || now.elapsed() > SLICE {
                return self.resume_later();
            }
        }
    }

    /// A handler has interrupted the call, or it takes too long: the rest is due as soon as possible.
    fn resume_later(&self) {
        let state = lock(&self.state);
        match self.me.upgrade() {
            Some(me) if !state.found.is_empty() => self.reactor.after(Duration::ZERO, me),
            _ => self.request(&state),
        }
    }
}

impl Source for Lookout {
    fn ready(&self, _: Readiness) {
        let mut state = lock(&self.state);
        let found = state.folders.read();
        state.found.extend(found);
        drop(state);
        self.call_found();
    }

    fn turn_ended(&self) -> bool {
        if self.call_found() {
            self.call_due();
        }
        true
    }
}

impl State {
    /// Watches for the path of one that waits, if that is possible.
    fn watch(&mut self, id: Id) {
        let Some(path) = self.members.get(&id).and_then(|member| member.path.as_deref()) else {
            return;
        };
        if let Err(errno) = self.folders.watch(id, path) {
            log::debug(Topic::Reactor, format_args!("no watch on a folder: {errno}"));
        }
    }

    fn take_moment(&mut self, id: Id) -> Option<Weak<dyn Waiting>> {
        let member = self.members.get_mut(&id)?;
        if let Some(moment) = member.moment.take() {
            self.schedule.remove(&(moment, id));
        }
        Some(member.waiting.clone())
    }
}

impl Entry {
    /// Watches for the path, unless that is done already or not possible now.
    pub fn watch(&self) {
        let mut state = lock(&self.lookout.state);
        state.watch(self.id);
        self.lookout.register(&mut state);
    }

    /// Has [`Waiting::due`] called at this moment, in place of any other.
    pub fn set_moment(&self, moment: Instant) {
        let mut state = lock(&self.lookout.state);
        let first = state.schedule.first().copied();
        state.take_moment(self.id);
        if let Some(member) = state.members.get_mut(&self.id) {
            member.moment = Some(moment);
            state.schedule.insert((moment, self.id));
        }
        if state.schedule.first() != first.as_ref() {
            self.lookout.request(&state);
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut state = lock(&self.lookout.state);
        state.take_moment(self.id);
        state.members.remove(&self.id);
        state.found.remove(&self.id);
        state.folders.forget(self.id);
        self.lookout.register(&mut state);
        if state.schedule.is_empty() {
            self.lookout.request(&state);
        }
    }
}
