// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The environment of a plan: reactors, a server, clients, and the loop that drives them.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::{Duration, Instant};

use qlocal_core::{AcceptorHost as _, Address, Namespace, Reactor, State};
use qlocal_sys::poller::Poller;

use crate::end::{End, Role};
use crate::injector::{self, Injector};
use crate::other_thread::OtherThread;
use crate::random::Random;
use crate::server::Server;

/// If nothing is ready for this long, nothing ever will be. In milliseconds.
const STALL: i64 = 1000;

/// Longer than any workload takes, in processor time. A loop that runs for this long is a busy
/// loop.
const MAX_TIME: Duration = Duration::from_secs(20);

/// How often an action is retried while a fault makes it fail. Faults run out before that.
const TRIES: usize = 200;

/// What is wrong.
pub type Finding = String;

pub struct World {
    pub injector: Injector,
    pub reactor: Arc<Reactor>,
    pub other: Option<OtherThread>,
    pub server: Arc<Server>,
    pub clients: Vec<Arc<End>>,
    pub random: Random,
    folder: PathBuf,
    names: u32,
}

impl World {
    pub fn new(injector: &Injector, folder: &Path, seed: u64) -> Result<Self, Finding> {
        let reactor = new_reactor()?;
        let server = Server::new(injector, &reactor);
        Ok(Self {
            injector: injector.clone(),
            reactor,
            other: None,
            server,
            clients: Vec::new(),
            random: Random::new(seed),
            folder: folder.into(),
            names: 0,
        })
    }

    pub fn start_other_thread(&mut self) -> Result<(), Finding> {
        self.other = Some(OtherThread::new(new_reactor()?));
        Ok(())
    }

    /// A path in the folder, or an abstract name.
    pub fn new_address(&mut self) -> Address {
        self.names += 1;
        let name = format!("s{}", self.names);
        if self.random.one_in(4) {
            let name = format!("qlocal-faults-{}-{name}", std::process::id());
            return Address::expand(name.as_bytes(), Namespace::Abstract);
        }
        let folder = self.folder.as_os_str().as_encoded_bytes();
        Address::expand(name.as_bytes(), Namespace::Files { folder })
    }

    /// A path in the folder.
    pub fn new_file_address(&mut self) -> Address {
        self.names += 1;
        let folder = self.folder.as_os_str().as_encoded_bytes();
        let name = format!("i{}", self.names);
        Address::expand(name.as_bytes(), Namespace::Files { folder })
    }

    /// Listens, and accepts if requested. A failure leaves nothing behind and can be retried.
    pub fn listen(
        &mut self,
        address: &Address,
        backlog: i32,
        accepts: bool,
    ) -> Result<(), Finding> {
        let mode = *self.random.choose(&[None, Some(0o600), Some(0o777)]);
        let was_there = exists(address);
        for _ in 0..TRIES {
            match self.server.listen(address.clone(), mode, backlog) {
                Ok(()) => {
                    self.server.set_accepting(accepts);
                    return Ok(());
                }
                Err(error) if exists(address) && !was_there && !self.may_leave_files() => {
                    return Err(format!("listen failed ({error}) and left a file behind"));
                }
                Err(_) => {}
            }
        }
        Err("listen keeps failing".into())
    }

    /// If checking the file or removing it failed, it inevitably stays.
    fn may_leave_files(&self) -> bool {
        self.injector.meets_files()
    }

    pub fn add_client(&mut self, role: Role) -> Arc<End> {
        let key = self.clients.len() as u8;
        let client = End::new(&self.injector, role, key);
        self.clients.push(client.clone());
        client
    }

    pub fn connect(&self, client: &Arc<End>, address: &Address, timeout: Option<Duration>) {
        client.stream.connect(Ok(address.clone()), Ok(self.reactor.clone()), timeout);
    }

    /// Runs a function on the thread of an end.
    pub fn at(&self, end: &Arc<End>, what: impl FnOnce(&End) + Send + 'static) {
        match &self.other {
            Some(other) if end.is_away() => {
                let end = end.clone();
                other.run(move |_| what(&end));
            }
            _ => what(end),
        }
    }

    /// Moves an end to the other of the two threads.
    pub fn move_away(&self, end: &Arc<End>) {
        let Some(other) = &self.other else { return };
        self.at(end, |end| end.stream.leave_thread());
        if end.is_away.fetch_xor(true, Ordering::Relaxed) {
            end.stream.join_thread(Ok(self.reactor.clone()));
        } else {
            let end = end.clone();
            other.run(move |reactor| end.stream.join_thread(Ok(reactor.clone())));
        }
    }

    /// Runs one turn, as an event loop does; false if nothing was ready for a long time.
    pub fn turn(&self, timeout: i64) -> bool {
        let mut busy = self.reactor.end_turn();
        busy |= self.in_other(|reactor| reactor.end_turn());
        if !busy && !self.wait_for_work(timeout) {
            return false;
        }
        self.reactor.dispatch();
        self.in_other(|reactor| reactor.dispatch());
        true
    }

    /// Waits for descriptors and ticks; false if nothing was ready or due in this many
    /// milliseconds.
    fn wait_for_work(&self, timeout: i64) -> bool {
        let of_other = self.other.as_ref().and_then(OtherThread::next_tick);
        let tick = [self.reactor.next_tick(), of_other].into_iter().flatten().min();
        let left = tick.map(|tick| tick.saturating_duration_since(Instant::now()));
        let timeout = left.map_or(timeout, |left| timeout.min(left.as_millis() as i64 + 1));
        let is_ready = injector::poll(&self.descriptors(), timeout);
        let is_due = tick.is_some_and(|tick| tick <= Instant::now());
        if is_due {
            tick_if_due(&self.reactor);
            self.in_other(tick_if_due);
        }
        is_ready || is_due
    }

    fn in_other(&self, what: fn(&Arc<Reactor>) -> bool) -> bool {
        self.other.as_ref().and_then(|other| other.run(what)).unwrap_or(false)
    }

    fn descriptors(&self) -> Vec<Arc<Poller>> {
        let own = self.reactor.poller().ok();
        let other = self.other.as_ref().and_then(OtherThread::poller);
        own.into_iter().chain(other).collect()
    }

    /// Runs turns until done.
    pub fn until(&self, what: &str, mut done: impl FnMut(&Self) -> bool) -> Result<(), Finding> {
        let started = time_on_processor();
        while !done(self) {
            if !self.turn(STALL) && !done(self) {
                return Err(format!("it stalls: {what}"));
            }
            if time_on_processor() - started > MAX_TIME {
                return Err(format!("a busy loop: {what}"));
            }
        }
        Ok(())
    }

    /// Runs a few turns, whether or not anything happens.
    pub fn turn_a_little(&mut self) {
        for _ in 0..self.random.within(0, 4) {
            self.turn(0);
        }
    }

    /// The server's end of a client's connection, if already known.
    pub fn partner(&self, client: &End) -> Option<Arc<End>> {
        client.partner_among(|| self.server.ends())
    }

    /// Ends with the threads. Nothing is called after this.
    pub fn finish(&mut self) {
        let ends: Vec<_> = self.clients.drain(..).chain(self.server.ends()).collect();
        for end in ends {
            self.at(&end, |end| end.stream.detach());
        }
        self.server.forget_ends();
        self.server.close();
        self.server.acceptor.detach();
        self.other = None;
        // A server that waits to accept again learns only at the next tick that it need not.
        let started = Instant::now();
        while self.reactor.held() > 0 && started.elapsed() < Duration::from_secs(1) {
            self.turn(5);
        }
    }
}

/// The processor time of this process: on a busy machine far less than the elapsed time.
pub fn time_on_processor() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

pub fn exists(address: &Address) -> bool {
    use std::os::unix::ffi::OsStrExt as _;

    address.path().is_some_and(|path| Path::new(std::ffi::OsStr::from_bytes(path)).exists())
}

/// Whether an end has nothing more to do: it never was connected, or no longer is.
pub fn is_over(end: &End) -> bool {
    end.stream.state() == State::Unconnected
}

fn tick_if_due(reactor: &Arc<Reactor>) -> bool {
    let is_due = reactor.next_tick().is_some_and(|tick| tick <= Instant::now());
    if is_due {
        reactor.tick();
    }
    is_due
}

fn new_reactor() -> Result<Arc<Reactor>, Finding> {
    let made = (0..TRIES).find_map(|_| Reactor::new().ok());
    made.map(Arc::new).ok_or("making a reactor keeps failing".into())
}
