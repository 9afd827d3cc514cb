// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Accepting: when it pauses, resumes and waits.

use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qlocal_core::{Acceptor, AcceptorHost, AllowRule, ErrorKind, Listener, Reactor, Refusal};
use qlocal_sys::poller::{wait_one, Interest};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

mod util;
use util::*;

type Handler = Box<dyn Fn(&Acceptor) + Send>;

/// A server without an event loop: it keeps each connection, and calls a function for it.
struct Server {
    acceptor: Acceptor,
    pending: Mutex<Vec<OwnedFd>>,
    accepting: AtomicBool,
    pauses: AtomicU32,
    handler: Mutex<Option<Handler>>,
    /// Connects again whenever a peer is refused.
    flooder: Option<PathBuf>,
}

impl AcceptorHost for Server {
    fn deliver(&self, connection: OwnedFd) {
        self.pending.lock().unwrap().push(connection);
        if let Some(handler) = &*self.handler.lock().unwrap() {
            handler(&self.acceptor);
        }
    }

    fn pending(&self) -> usize {
        self.pending.lock().unwrap().len()
    }

    fn is_accepting(&self) -> bool {
        self.accepting.load(Ordering::Relaxed)
    }

    fn set_accepting(&self, accepting: bool) {
        self.accepting.store(accepting, Ordering::Relaxed);
    }

    fn accept_later(&self, after: Duration) {
        assert!(after > Duration::ZERO && after < Duration::from_secs(1));
        self.pauses.fetch_add(1, Ordering::Relaxed);
    }

    fn refused(&self, _: Refusal) {
        if let Some(path) = &self.flooder {
            drop(UnixStream::connect(path));
        }
    }
}

impl Server {
    /// A listening server with this many connected clients.
    #[track_caller]
    fn new(folder: &Folder, clients: usize) -> (Arc<Self>, Vec<UnixStream>) {
        Self::with(folder, clients, None)
    }

    #[track_caller]
    fn with(
        folder: &Folder,
        clients: usize,
        flooder: Option<PathBuf>,
    ) -> (Arc<Self>, Vec<UnixStream>) {
        let acceptor = Acceptor::default();
        let server = Arc::new(Self {
            acceptor: acceptor.clone(),
            pending: Mutex::default(),
            accepting: true.into(),
            pauses: AtomicU32::default(),
            handler: Mutex::default(),
            flooder,
        });
        acceptor.attach(server.clone());
        acceptor.listen("a".into(), Listener::bind(folder.address("a"), None, 200)).unwrap();
        let clients = (0..clients).map(|_| UnixStream::connect(folder.join("a")).unwrap());
        (server, clients.collect())
    }

    /// Calls it as often as an event loop does while connections wait.
    fn accept_ready(&self) -> (usize, bool) {
        let mut before = usize::MAX;
        while self.is_accepting() && before != self.pending() {
            before = self.pending();
            self.acceptor.accept_ready();
        }
        (self.pending(), self.is_accepting())
    }

    /// How many connections one call accepts.
    fn accept_once(&self) -> usize {
        let before = self.pending();
        self.acceptor.accept_ready();
        self.pending() - before
    }
}

#[track_caller]
fn check_pause(limit: usize, accepted: usize) {
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 40);
    server.acceptor.set_limit(limit);
    assert_eq!(server.accept_ready(), (accepted, false));
    server.acceptor.detach();
}

#[test]
fn accepting_pauses_two_above_limit() {
    check_pause(1, 3);
    check_pause(2, 4);
    check_pause(30, 32);
}

#[test]
fn full_acceptor_pauses_before_next() {
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 3);
    server.acceptor.set_limit(1);
    assert_eq!(server.accept_ready(), (3, false));
    server.acceptor.detach();
}

#[test]
fn limit_of_zero_accepts_nothing() {
    check_pause(0, 0);
}

#[test]
fn accepting_resumes_below_limit() {
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 6);
    server.acceptor.set_limit(1);
    assert_eq!(server.accept_ready(), (3, false));
    server.pending.lock().unwrap().pop();
    server.acceptor.resume();
    assert!(!server.is_accepting(), "two are more than the limit");
    server.pending.lock().unwrap().pop();
    server.acceptor.resume();
    assert_eq!(server.accept_ready(), (3, false));
    server.acceptor.detach();
}

#[test]
fn waiting_clients_are_accepted() {
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 5);
    assert_eq!(server.accept_ready(), (5, true));
    assert_eq!(server.accept_ready(), (5, true));
    server.acceptor.detach();
}

#[test]
fn accept_batch_grows_while_idle() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (server, mut clients) = Server::new(&folder, 0);
    server.acceptor.set_limit(usize::MAX);
    server.acceptor.pace_by(reactor());
    // On a busy machine the time limit of a call may allow only one.
    loop {
        let waiting = clients.len() - server.pending().min(clients.len());
        clients.extend((waiting..50).map(|_| UnixStream::connect(folder.join("a")).unwrap()));
        match server.accept_once() {
            0..8 => {}
            count => break assert!(count < 50, "{count}"),
        }
    }
    server.acceptor.detach();
}

#[test]
fn accept_batch_is_one_while_busy() {
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 100);
    let mut wire = Wire::new();
    server.acceptor.set_limit(1000);
    server.acceptor.pace_by(wire.reactor.clone());
    for _ in 0..5 {
        server.accept_once();
    }
    for _ in 0..10 {
        wire.peer.write_all(b"?").unwrap();
        assert!(wait_for_work(&wire.reactor, deadline()));
        wire.reactor.dispatch();
        assert_eq!(server.accept_once(), 1);
    }
    server.acceptor.detach();
}

#[test]
fn accept_wait_times_out_despite_refusals() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (server, _clients) = Server::with(&folder, 1, Some(folder.join("a")));
    server.acceptor.set_rule(AllowRule::Asked);
    for time in [0, 30] {
        let until = Instant::now() + Duration::from_millis(time);
        let outcome = server.acceptor.wait(Some(until));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::TimedOut);
        assert!(Instant::now() >= until);
    }
    server.acceptor.detach();
}

#[test]
fn close_in_handler_ends_accepting() {
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 3);
    *server.handler.lock().unwrap() = Some(Box::new(Acceptor::close));
    assert_eq!(server.accept_ready().0, 1);
    assert!(server.acceptor.listener().is_none());
    assert!(!folder.join("a").exists());
    server.acceptor.detach();
}

#[test]
fn detached_host_is_not_called() {
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 1);
    server.acceptor.detach();
    assert_eq!(server.accept_ready().0, 0);
    assert!(!folder.join("a").exists());
}

#[test]
fn waiting_delivers_one_connection() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 2);
    for count in [1, 2] {
        server.acceptor.wait(None).unwrap();
        assert_eq!(server.pending(), count);
    }
    // One is pending, and no client waits.
    server.acceptor.wait(None).unwrap();
    assert_eq!(server.pending(), 2);
    server.acceptor.detach();
}

#[test]
fn waiting_accepts_beyond_limit() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 1);
    server.acceptor.set_limit(0);
    server.acceptor.wait(deadline()).unwrap();
    assert_eq!(server.pending(), 1);
    server.acceptor.detach();
}

#[test]
fn waiting_obeys_its_deadline() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 0);
    let until = Instant::now() + Duration::from_millis(30);
    assert_eq!(server.acceptor.wait(Some(until)).unwrap_err().kind(), ErrorKind::TimedOut);
    assert!(Instant::now() >= until);
    server.acceptor.detach();
}

#[test]
fn waiting_without_listener_is_error() {
    let outcome = Acceptor::default().wait(None);
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidState);
}

#[test]
fn wait_accepts_new_client() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 0);
    let path = folder.join("a");
    let client = std::thread::spawn(move || UnixStream::connect(path).unwrap());
    server.acceptor.wait(None).unwrap();
    assert_eq!(server.pending(), 1);
    client.join().unwrap();
    server.acceptor.detach();
}

#[test]
fn lack_of_descriptors_only_pauses() {
    if child_argument().is_none() {
        return run_child("lack_of_descriptors_only_pauses", "limit");
    }
    let folder = Folder::new();
    let (server, _clients) = Server::new(&folder, 2);
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(3), maximum: before.maximum }).unwrap();
    assert_eq!(server.accept_ready(), (0, false));
    assert_eq!(server.pauses.load(Ordering::Relaxed), 1);
    let error = server.acceptor.last_error().unwrap();
    assert_eq!(error.kind(), ErrorKind::ResourceExhausted);
    let waited = server.acceptor.wait(None).unwrap_err();
    assert_eq!(waited.kind(), ErrorKind::ResourceExhausted);
    setrlimit(Resource::Nofile, before).unwrap();
    assert!(folder.join("a").exists());
    // The pause requested by `accept_later`.
    server.set_accepting(true);
    assert_eq!(server.accept_ready(), (2, true));
    server.acceptor.detach();
}

#[test]
fn lost_races_end_nothing() {
    let folder = Folder::new();
    let (server, _) = Server::new(&folder, 0);
    for _ in 0..1000 {
        assert_eq!(server.accept_once(), 0);
    }
    assert!(server.is_accepting());
    let _client = UnixStream::connect(folder.join("a")).unwrap();
    assert_eq!(server.accept_once(), 1);
    assert_eq!(server.pauses.load(Ordering::Relaxed), 0);
}

#[test]
fn shut_down_listener_stops_accepting() {
    let folder = Folder::new();
    let (server, _) = Server::new(&folder, 0);
    let listener = server.acceptor.listener().unwrap();
    rustix::net::shutdown(&*listener, rustix::net::Shutdown::Both).unwrap();
    let calls = (0..1000).take_while(|_| server.is_accepting() && server.accept_once() == 0);
    assert!(calls.count() < 100);
    assert_eq!(server.acceptor.last_error().unwrap().kind(), ErrorKind::NotConnected);
    assert_eq!(server.pauses.load(Ordering::Relaxed), 0, "no retry is requested");
}

#[test]
fn lost_race_stops_waking_event_loop() {
    let folder = Folder::new();
    let (server, _) = Server::new(&folder, 0);
    let reactor = Arc::new(Reactor::new().unwrap());
    server.acceptor.join_thread(Ok(reactor.clone()));
    let wakes = || {
        let _client = UnixStream::connect(folder.join("a")).unwrap();
        let read = Interest { read: true, write: false };
        let poller = reactor.poller().unwrap();
        let woken = wait_one(&*poller, read, Some(Instant::now())).unwrap().readable;
        reactor.dispatch();
        assert_eq!(server.accept_once(), 1);
        woken
    };
    assert!(wakes());
    assert_eq!(server.accept_once(), 0);
    assert!(!wakes());
    server.acceptor.join_thread(Ok(reactor.clone()));
    assert!(wakes());
}

#[test]
fn failed_listen_is_kept_and_returned() {
    let folder = Folder::new();
    let acceptor = Acceptor::default();
    let error = acceptor.listen("a".into(), Listener::bind(folder.address("no/a"), None, 5));
    assert_eq!(error.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(acceptor.last_error().unwrap().kind(), ErrorKind::NotFound);
    assert!(acceptor.listener().is_none() && acceptor.name().is_empty());
}
