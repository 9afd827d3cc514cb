// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the connections of a thread that wait for a server, and the servers that keep their names, share: one
//! inotify instance and one timer.
//!
//! It exists while there is any of them, so a program without them contains none of this.

mod folders;
mod spare;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use qlocal_sys::poller::{Interest, Readiness};
use qlocal_sys::watcher::Names;

use crate::lock::{lock, Mutex};
use crate::log::{self, Topic};
use crate::reactor::{Reactor, Source, Token};
use crate::unwinding::is_unwinding;
use folders::{Folders, Id};

/// How long one call goes on before other sources of the thread's event loop get their turn.
const SLICE: Duration = Duration::from_millis(2);

/// How often those that have nothing but the watch check their paths. The kernel reports neither a mount over
/// a watched folder nor that a folder above it was renamed.
const CHECK: Duration = Duration::from_secs(30);

/// Waits for a moment, and for changes of a path. It is called on the reactor's thread, without any lock
/// held.
pub(crate) trait Waiting: Send + Sync {
    /// The moment has come.
    fn due(&self);
    /// There may be a file at the path since a moment ago, or with [`Names::All`] none or another one.
    fn changed(&self);
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
    /// When the paths are checked.
    next_check: Option<Instant>,
    /// Those whose path has changed and that are not called yet.
    found: BTreeSet<Id>,
    /// When the reactor is going to call.
    requested: Option<Instant>,
}

struct Member {
    waiting: Weak<dyn Waiting>,
    path: Option<(Box<[u8]>, Names)>,
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
    pub fn enter(
        reactor: &Arc<Reactor>,
        waiting: Weak<dyn Waiting>,
        path: Option<(&[u8], Names)>,
    ) -> Entry {
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
        let path = path.map(|(path, names)| (path.into(), names));
        state.members.insert(id, Member { waiting, path, moment: None });
        drop(state);
        let entry = Entry { lookout, id };
        entry.watch();
        entry
    }

    /// Has the reactor call in time.
    fn request(&self, state: &mut State) {
        let next = state.next_moment();
        if next == state.requested {
            return;
        }
        state.requested = next;
        let Some(me) = self.me.upgrade() else { return };
        match next {
            Some(moment) => {
                self.reactor.after(moment.saturating_duration_since(Instant::now()), me);
            }
            None => self.reactor.forget_after(&*me),
        }
    }

    /// Registers the watcher with the reactor for as long as there is one, and checks the paths meanwhile.
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
        state.next_check = None;
        let (Some(watcher), Some(me)) = (added, self.me.upgrade()) else { return };
        let interest = Interest { read: true, write: false };
        match self.reactor.register_listener(watcher.clone(), interest, me) {
            Ok(token) => {
                state.registration = Some(Registration { token, watcher });
                state.next_check = Some(Instant::now() + CHECK);
            }
            // Those that wait try at intervals.
            Err(error) => log::debug(Topic::Reactor, format_args!("no watch on folders: {error}")),
        }
    }

    /// Calls those whose path has changed. Returns false if anything is left for a later turn.
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
            // For those left, also while this one runs an event loop.
            self.request(&mut state);
            drop(state);
            if let Some(waiting) = waiting.upgrade() {
                waiting.changed();
            }
            if is_unwinding() || started.elapsed() > SLICE {
                return !is_unwinding() && lock(&self.state).found.is_empty();
            }
        }
    }

    /// Calls those whose moment has come.
    fn call_due(&self) {
        let now = Instant::now();
        loop {
            let mut state = lock(&self.state);
            let due = state.schedule.first().copied().filter(|(moment, _)| *moment <= now);
            let waiting = due.and_then(|(_, id)| state.take_moment(id));
            // For those left, also while this one runs an event loop.
            self.request(&mut state);
            drop(state);
            let Some(waiting) = waiting else { return };
            if let Some(waiting) = waiting.upgrade() {
                waiting.due();
            }
            if is_unwinding() || now.elapsed() > SLICE {
                return;
            }
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
        let mut state = lock(&self.state);
        state.requested = None;
        state.check();
        drop(state);
        if self.call_found() {
            self.call_due();
        }
        true
    }

    fn is_called_after_fork(&self) -> bool {
        true
    }
}

impl State {
    fn next_moment(&self) -> Option<Instant> {
        if !self.found.is_empty() {
            return Some(Instant::now());
        }
        let first = self.schedule.first().map(|(moment, _)| *moment);
        [first, self.next_check].into_iter().flatten().min()
    }

    /// Checks the paths of those that have no moment, if that is due. The others [renew](Entry::renew) their
    /// watch when they check, or try.
    fn check(&mut self) {
        let now = Instant::now();
        if self.next_check.is_none_or(|moment| moment > now) {
            return;
        }
        self.next_check = Some(now + CHECK);
        let unplanned = self.members.iter().filter(|(_, member)| member.moment.is_none());
        let paths = unplanned.filter_map(|(&id, member)| Some((id, &*member.path.as_ref()?.0)));
        self.found.extend(self.folders.check(paths));
    }

    /// Watches for the path of one that waits, if that is possible.
    fn watch(&mut self, id: Id) {
        self.watch_with(id, Folders::watch);
    }

    fn watch_with<T>(
        &mut self,
        id: Id,
        watch: fn(&mut Folders, Id, &[u8], Names) -> qlocal_sys::Result<T>,
    ) -> Option<T> {
        let (path, names) = self.members.get(&id)?.path.as_ref()?;
        self.found.extend(self.folders.leave_parent());
        let outcome = watch(&mut self.folders, id, path, *names);
        outcome
            .inspect_err(|errno| {
                log::debug(Topic::Reactor, format_args!("no watch on a folder: {errno}"));
            })
            .ok()
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
        self.lookout.request(&mut state);
    }

    /// Watches for the path wherever it leads by now. Returns whether another folder is watched than before:
    /// what changed there until now is not reported.
    pub fn renew(&self) -> bool {
        let mut state = lock(&self.lookout.state);
        let is_new = state.watch_with(self.id, Folders::renew).unwrap_or(false);
        self.lookout.register(&mut state);
        self.lookout.request(&mut state);
        is_new
    }

    /// Whether [`Waiting::changed`] will be called when there is a file at the path.
    pub fn is_watched(&self) -> bool {
        let state = lock(&self.lookout.state);
        state.registration.is_some() && state.folders.is_watched(self.id)
    }

    /// Whether changes of the path are reported: its folder exists and is watched.
    pub fn is_watching(&self) -> bool {
        let state = lock(&self.lookout.state);
        state.registration.is_some() && state.folders.is_watching(self.id)
    }

    /// Has [`Waiting::due`] called at this moment, in place of any other.
    pub fn set_moment(&self, moment: Option<Instant>) {
        let mut state = lock(&self.lookout.state);
        state.take_moment(self.id);
        if let Some(member) = state.members.get_mut(&self.id) {
            member.moment = moment;
            state.schedule.extend(moment.map(|moment| (moment, self.id)));
        }
        self.lookout.request(&mut state);
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
        self.lookout.request(&mut state);
    }
}
