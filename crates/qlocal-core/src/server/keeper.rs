// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Keeps the name of a server: notices that its socket file was removed or replaced, or that the folder went,
//! and binds the name again.

use std::sync::{Arc, Weak};
use std::time::Instant;

use qlocal_sys::watcher::Names;
use qlocal_sys::Process;

use crate::lock::{lock, Mutex};
use crate::log::{self, Topic};
use crate::lookout::{Entry, Lookout, Waiting};
use crate::machine::{KeepName, NameChange, NameHold};
use crate::reactor::Reactor;
use crate::unwinding::is_unwinding;

use super::acceptor::{Acceptor, WeakAcceptor};
use super::companion::Companion;
use super::listener::Listener;

impl Acceptor {
    /// Keeps the name of its socket file from now on, and of each one that it listens with later, until
    /// [`Acceptor::stop_keeping_name`]. The host is told when the name is lost and when it is regained.
    ///
    /// The folder is watched, and where that is not possible the file is checked every second. Abstract
    /// names and files of a service manager have no need of that, and are left alone.
    pub fn keep_name(&self, policy: KeepName) {
        self.stop_keeping_name();
        let keeper = Arc::new_cyclic(|me: &Weak<Keeper>| Keeper {
            me: me.clone(),
            acceptor: self.downgrade(),
            policy,
            runs: Mutex::default(),
        });
        self.lock().keeper = Some(keeper.clone());
        self.start(&*keeper);
    }

    /// Keeps the name no longer.
    pub fn stop_keeping_name(&self) {
        let keeper = self.lock().keeper.take();
        if let Some(keeper) = keeper {
            keeper.stopped();
        }
    }

    /// How it keeps its name, if it does.
    pub fn name_policy(&self) -> Option<KeepName> {
        let keeper = self.lock().keeper.clone();
        keeper.and_then(|keeper| keeper.name_policy())
    }
}

struct Keeper {
    me: Weak<Self>,
    acceptor: WeakAcceptor,
    policy: KeepName,
    runs: Mutex<Runs>,
}

/// The present run, and the number of the last one.
#[derive(Default)]
struct Runs {
    present: Option<Run>,
    last: u64,
}

/// While the server listens in a thread.
struct Run {
    number: u64,
    hold: NameHold,
    entry: Entry,
    /// The permission bits of the next file.
    mode: Option<u32>,
    process: Process,
}

impl Run {
    /// Calls this when the folder that the path leads to is watched. If it was not until now, a change may
    /// have gone unnoticed, so the next check comes soon.
    fn watched<T>(&mut self, call: impl FnOnce(&mut Self, Instant) -> T) -> T {
        let is_new = self.entry.renew();
        let now = Instant::now();
        let result = call(self, now);
        if is_new {
            self.hold.stirred(now);
        }
        result
    }
}

impl Keeper {
    /// Calls this for the run with the number, if that is the present one.
    fn with<T>(&self, number: Option<u64>, call: impl FnOnce(&mut Run) -> T) -> Option<T> {
        let mut runs = lock(&self.runs);
        let run = runs.present.as_mut()?;
        // A fork(2) child has a copy, but the name stays with its parent.
        if !run.process.is_current() || number.is_some_and(|number| number != run.number) {
            return None;
        }
        let result = call(run);
        run.entry.set_moment(Some(run.hold.next()));
        Some(result)
    }

    fn check(&self, acceptor: &Acceptor, listener: &Listener, number: u64) {
        let found = match listener.loss() {
            Ok(found) => found,
            Err(error) => {
                let address = listener.address();
                return log::debug(Topic::Server, format_args!("{address}: {error}"));
            }
        };
        let checked = self.with(Some(number), |run| {
            run.watched(|run, now| run.hold.checked(found, run.entry.is_watching(), now))
        });
        let Some((change, rebinds)) = checked else { return };
        if let Some(change) = change {
            announce(acceptor, listener, change);
            if is_unwinding() {
                return;
            }
        }
        if rebinds {
            self.rebind(acceptor, listener, number);
        }
    }

    fn rebind(&self, acceptor: &Acceptor, listener: &Listener, number: u64) {
        // The handler may have ended the run.
        let Some(mode) = self.with(Some(number), |run| run.mode) else { return };
        let bound = match listener.bind_again(mode, self.policy.recreates_folder) {
            Ok(bound) => bound,
            Err(error) => {
                let address = listener.address();
                return log::debug(Topic::Server, format_args!("{address} not yet: {error}"));
            }
        };
        let change = self.with(Some(number), |run| {
            run.watched(|run, now| run.hold.rebound(run.entry.is_watching(), now))
        });
        acceptor.replace(bound);
        if let Some(change) = change {
            announce(acceptor, listener, change);
        }
    }
}

fn announce(acceptor: &Acceptor, listener: &Listener, change: NameChange) {
    let address = listener.address();
    let Some(host) = acceptor.host() else { return };
    match change {
        NameChange::Lost(loss) => {
            log::warning(Topic::Server, format_args!("{address}: the name is lost: {loss:?}"));
            host.name_lost(loss);
        }
        NameChange::Regained => {
            log::debug(Topic::Server, format_args!("{address}: the name is regained"));
            host.name_regained();
        }
    }
}

impl Companion for Keeper {
    fn started(&self, listener: &Arc<Listener>, reactor: &Arc<Reactor>) {
        let (Some(path), Some(_)) = (listener.address().path(), listener.file()) else { return };
        let entry = Lookout::enter(reactor, self.me.clone(), Some((path, Names::All)));
        let hold = NameHold::new(self.policy, Instant::now());
        entry.set_moment(Some(hold.next()));
        let (mode, process) = (listener.file_mode(), Process::current());
        let mut runs = lock(&self.runs);
        runs.last += 1;
        let run = Run { number: runs.last, hold, entry, mode, process };
        let previous = runs.present.replace(run);
        drop(runs);
        drop(previous);
    }

    fn stopped(&self) {
        let run = lock(&self.runs).present.take();
        drop(run);
    }

    fn name_policy(&self) -> Option<KeepName> {
        Some(self.policy)
    }
}

impl Waiting for Keeper {
    fn due(&self) {
        let due = self.with(None, |run| (run.number, run.hold.take_due(Instant::now())));
        let Some((number, due)) = due else { return };
        let Some(acceptor) = self.acceptor.upgrade() else { return };
        let Some(listener) = acceptor.newest_listener() else { return };
        if due.touch {
            if let Err(errno) = listener.touch() {
                let address = listener.address();
                log::debug(Topic::Server, format_args!("{address} cannot be touched: {errno}"));
            }
        }
        if due.check {
            self.check(&acceptor, &listener, number);
        }
    }

    fn changed(&self) {
        self.with(None, |run| run.hold.stirred(Instant::now()));
    }
}
