// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Rules and limits for connections, and the counters.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qlocal_core::{
    Acceptor, AcceptorHost, AllowRule, ConnectionLimits, Error, ErrorKind, Limits, Listener,
    PeerCredentials, Reactor, Refusal, RefusalReason, SlowPeer, Stream,
};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

mod util;
use util::*;

const NO_LIMITS: ConnectionLimits = ConnectionLimits { total: 0, per_user: 0, per_process: 0 };

/// A server without an event loop, which admits its connections.
struct Server {
    acceptor: Acceptor,
    reactor: Arc<Reactor>,
    path: PathBuf,
    /// The peers that it was asked about, and its answer.
    asked: Mutex<Vec<PeerCredentials>>,
    admits: bool,
    streams: Mutex<Vec<Stream>>,
    refused: Mutex<Vec<Refusal>>,
    failures: Mutex<Vec<Error>>,
    closes_when_it_refuses: bool,
    closes_when_it_is_asked: bool,
}

impl AcceptorHost for Server {
    fn deliver(&self, connection: OwnedFd) {
        let (stream, _) = adopted(&self.reactor, connection);
        self.acceptor.admit(&stream);
        self.streams.lock().unwrap().push(stream);
    }

    fn pending(&self) -> usize {
        0
    }

    fn is_accepting(&self) -> bool {
        true
    }

    fn set_accepting(&self, _: bool) {}

    fn accept_later(&self, _: Duration) {}

    fn allows(&self, peer: &PeerCredentials) -> bool {
        self.asked.lock().unwrap().push(peer.clone());
        if self.closes_when_it_is_asked {
            self.acceptor.close();
        }
        self.admits
    }

    fn refused(&self, refusal: Refusal) {
        self.refused.lock().unwrap().push(refusal);
        if self.closes_when_it_refuses {
            self.acceptor.close();
        }
    }

    fn accept_failed(&self, error: Error) {
        self.failures.lock().unwrap().push(error);
    }
}

impl Server {
    fn new(folder: &Folder) -> Self {
        Self {
            acceptor: Acceptor::default(),
            reactor: reactor(),
            path: folder.join("a"),
            asked: Mutex::default(),
            admits: false,
            streams: Mutex::default(),
            refused: Mutex::default(),
            failures: Mutex::default(),
            closes_when_it_refuses: false,
            closes_when_it_is_asked: false,
        }
    }

    #[track_caller]
    fn start(self) -> Arc<Self> {
        let server = Arc::new(self);
        server.acceptor.attach(server.clone());
        let listener = Listener::bind(file_address(&server.path), Some(0o777), 50);
        server.acceptor.listen("a".into(), listener).unwrap();
        server
    }

    #[track_caller]
    fn with_rule(folder: &Folder, rule: AllowRule) -> Arc<Self> {
        let server = Self::new(folder).start();
        server.acceptor.set_rule(rule);
        server
    }

    #[track_caller]
    fn with_limits(folder: &Folder, limits: ConnectionLimits) -> Arc<Self> {
        let server = Self::new(folder).start();
        server.acceptor.set_connection_limits(limits);
        server
    }

    /// Lets a user connect, and returns the reason if that was refused.
    #[track_caller]
    fn outcome(&self, uid: u32, gid: u32, groups: &[u32]) -> (UnixStream, Option<RefusalReason>) {
        let client = connect_as(&self.path, uid, gid, groups);
        let before = self.streams.lock().unwrap().len();
        self.acceptor.accept_ready();
        let refusal = self.refused.lock().unwrap().pop();
        assert_eq!(self.streams.lock().unwrap().len() - before, usize::from(refusal.is_none()));
        (client, refusal.map(|refusal| refusal.reason))
    }

    fn open(&self) -> u64 {
        self.acceptor.counters().open
    }

    fn end(&self) {
        self.acceptor.detach();
        self.streams.lock().unwrap().drain(..).for_each(|stream| stream.detach());
    }
}

/// The outcome for another user. Without root privileges that is the same user, who is admitted.
fn refused_as_another_user() -> Option<RefusalReason> {
    is_root().then_some(RefusalReason::NotAllowed)
}

fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[test]
fn any_user_connects_by_default() {
    let folder = Folder::new();
    let server = Server::new(&folder).start();
    assert_eq!(server.outcome(OTHER_UID, 77, &[]).1, None);
    server.end();
}

#[test]
fn same_user_may_connect_and_no_other() {
    let folder = Folder::new();
    let server = Server::with_rule(&folder, AllowRule::SAME_USER);
    assert_eq!(server.outcome(own_uid(), 77, &[]).1, None);
    assert_eq!(server.outcome(OTHER_UID, 0, &[0]).1, refused_as_another_user());
    server.end();
}

#[test]
fn listed_users_can_connect() {
    let folder = Folder::new();
    let rule = AllowRule::Listed { users: vec![OTHER_UID, 5], groups: vec![] };
    let server = Server::with_rule(&folder, rule);
    assert_eq!(server.outcome(OTHER_UID, 77, &[]).1, None);
    assert_eq!(server.outcome(own_uid(), 77, &[]).1, None);
    assert_eq!(server.outcome(OTHER_UID + 1, 77, &[5]).1, refused_as_another_user());
    server.end();
}

#[test]
fn members_of_listed_groups_may_connect() {
    let folder = Folder::new();
    let rule = AllowRule::Listed { users: vec![], groups: vec![88] };
    let server = Server::with_rule(&folder, rule);
    assert_eq!(server.outcome(OTHER_UID, 88, &[]).1, None, "the effective group");
    assert_eq!(server.outcome(OTHER_UID, 77, &[99, 88]).1, None, "another group");
    assert_eq!(server.outcome(OTHER_UID, 77, &[99]).1, refused_as_another_user());
    server.end();
}

#[test]
fn allow_function_is_called_for_each_peer() {
    let folder = Folder::new();
    for admits in [false, true] {
        let server = Server { admits, ..Server::new(&folder) }.start();
        server.acceptor.set_rule(AllowRule::Asked);
        let reason = (!admits).then_some(RefusalReason::NotAllowed);
        assert_eq!(server.outcome(own_uid(), 77, &[]).1, reason, "not even the same user may");
        assert_eq!(server.outcome(OTHER_UID, 77, &[]).1, reason);
        let asked = server.asked.lock().unwrap();
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1].uid, if is_root() { OTHER_UID } else { own_uid() });
        drop(asked);
        server.end();
    }
}

#[test]
fn refused_peer_is_reported() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let server = Server::new(&folder).start();
    server.acceptor.set_rule(AllowRule::Asked);
    let mut client = connect_as(&server.path, OTHER_UID, 77, &[]);
    server.acceptor.accept_ready();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    let refused = std::mem::take(&mut *server.refused.lock().unwrap());
    let [Refusal { reason: RefusalReason::NotAllowed, peer: Some(peer), .. }] = &refused[..] else {
        panic!("{refused:?}");
    };
    assert_eq!(peer.uid, if is_root() { OTHER_UID } else { own_uid() });
    let counters = server.acceptor.counters();
    assert_eq!((counters.accepted, counters.refused, counters.open), (0, 1, 0));
    server.end();
}

#[test]
fn connection_limit_is_exact() {
    let folder = Folder::new();
    let server = Server::with_limits(&folder, ConnectionLimits { total: 2, ..NO_LIMITS });
    let _first = server.outcome(own_uid(), 77, &[]);
    let (_second, outcome) = server.outcome(OTHER_UID, 77, &[]);
    assert_eq!(outcome, None);
    let (_third, outcome) = server.outcome(own_uid(), 77, &[]);
    assert_eq!(outcome, Some(RefusalReason::TooManyConnections));
    assert_eq!(server.open(), 2);
    // A connection that ends makes room for another one.
    server.streams.lock().unwrap()[0].abort();
    assert_eq!(server.open(), 1);
    assert_eq!(server.outcome(own_uid(), 77, &[]).1, None);
    assert_eq!(server.outcome(own_uid(), 77, &[]).1, Some(RefusalReason::TooManyConnections));
    server.end();
}

#[test]
fn limit_of_user_leaves_others_alone() {
    let folder = Folder::new();
    let server = Server::with_limits(&folder, ConnectionLimits { per_user: 2, ..NO_LIMITS });
    let _clients = [server.outcome(OTHER_UID, 77, &[]), server.outcome(OTHER_UID, 78, &[])];
    let (_third, outcome) = server.outcome(OTHER_UID, 77, &[]);
    assert_eq!(outcome, Some(RefusalReason::TooManyOfUser));
    let (_other, outcome) = server.outcome(OTHER_UID + 1, 77, &[]);
    assert_eq!(outcome, (!is_root()).then_some(RefusalReason::TooManyOfUser));
    server.streams.lock().unwrap()[0].abort();
    let (_again, outcome) = server.outcome(OTHER_UID, 77, &[]);
    assert_eq!(outcome, None);
    server.end();
}

#[test]
fn limit_of_process_leaves_others_alone() {
    let _watchdog = watchdog();
    if let Some(path) = child_argument() {
        let _connection = UnixStream::connect(path).unwrap();
        std::io::stdin().read_exact(&mut [0]).unwrap();
        return;
    }
    let folder = Folder::new();
    let limits = ConnectionLimits { per_process: 1, ..NO_LIMITS };
    let server = Server::with_limits(&folder, limits);
    assert_eq!(server.outcome(own_uid(), 77, &[]).1, None);
    let (_second, outcome) = server.outcome(own_uid(), 77, &[]);
    assert_eq!(outcome, Some(RefusalReason::TooManyOfProcess));
    let test = "limit_of_process_leaves_others_alone";
    let mut other = child(test, server.path.to_str().unwrap()).spawn().unwrap();
    server.acceptor.wait(None).unwrap();
    assert_eq!(server.open(), 2);
    other.stdin.take().unwrap().write_all(b"x").unwrap();
    assert!(other.wait().unwrap().success());
    server.streams.lock().unwrap()[0].abort();
    assert_eq!(server.outcome(own_uid(), 77, &[]).1, None);
    server.end();
}

#[test]
fn closed_connection_frees_its_slot() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let server = Server::with_limits(&folder, ConnectionLimits { total: 1, ..NO_LIMITS });
    let (client, _) = server.outcome(own_uid(), 77, &[]);
    drop(client);
    turn_until(&server.reactor, || server.open() == 0);
    assert_eq!(server.outcome(own_uid(), 77, &[]).1, None);
    server.end();
}

#[test]
fn accept_wait_continues_after_refusal() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let server = Server::with_limits(&folder, ConnectionLimits { total: 1, ..NO_LIMITS });
    let (_first, _) = server.outcome(own_uid(), 77, &[]);
    let _second = UnixStream::connect(&server.path).unwrap();
    let soon = Some(Instant::now() + Duration::from_millis(50));
    assert_eq!(server.acceptor.wait(soon).unwrap_err().kind(), ErrorKind::TimedOut);
    assert_eq!(server.refused.lock().unwrap().len(), 1);
    server.end();
}

#[test]
fn refusal_handler_may_close_server() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    for waits in [false, true] {
        let server = Server { closes_when_it_refuses: true, ..Server::new(&folder) }.start();
        server.acceptor.set_rule(AllowRule::Asked);
        let _clients = [(); 2].map(|()| UnixStream::connect(&server.path).unwrap());
        if waits {
            let error = server.acceptor.wait(None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidState);
        } else {
            server.acceptor.accept_ready();
        }
        assert_eq!(server.acceptor.counters().refused, 1);
        assert!(server.acceptor.listener().is_none());
        server.end();
    }
}

#[test]
fn allow_function_may_close_server() {
    let folder = Folder::new();
    let host = Server { admits: true, closes_when_it_is_asked: true, ..Server::new(&folder) };
    let server = host.start();
    server.acceptor.set_rule(AllowRule::Asked);
    let mut clients = [(); 2].map(|()| UnixStream::connect(&server.path).unwrap());
    server.acceptor.accept_ready();
    assert_eq!(server.asked.lock().unwrap().len(), 1);
    assert_eq!(server.streams.lock().unwrap().len(), 0);
    assert_eq!(clients[0].read(&mut [0]).unwrap(), 0);
    server.end();
}

#[test]
fn bytes_and_connections_are_counted() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let server = Server::new(&folder).start();
    for _ in 0..2 {
        let mut client = UnixStream::connect(&server.path).unwrap();
        server.acceptor.accept_ready();
        client.write_all(b"12345").unwrap();
        server.streams.lock().unwrap().last().unwrap().write(b"678");
        turn_until(&server.reactor, || {
            let streams = server.streams.lock().unwrap();
            let last = streams.last().unwrap();
            (last.received(), last.sent()) == (5, 3)
        });
    }
    let counters = server.acceptor.counters();
    assert_eq!((counters.accepted, counters.refused, counters.failed), (2, 0, 0));
    assert_eq!((counters.received, counters.sent), (10, 6));
    server.end();
}

#[test]
fn admitted_connections_have_server_limits() {
    let folder = Folder::new();
    let server = Server::new(&folder).start();
    let limits = Limits {
        max_queued: 3,
        slow_peer: SlowPeer::Refuse,
        high_water: 2,
        low_water: 1,
        max_message_size: 5,
        max_descriptors: 6,
    };
    server.acceptor.set_stream_limits(limits);
    let _client = server.outcome(own_uid(), 77, &[]);
    let streams = server.streams.lock().unwrap();
    assert_eq!(streams[0].limits(), limits);
    assert_eq!(streams[0].write(b"four"), Some(3));
    drop(streams);
    server.end();
}

#[test]
fn unadmitted_connections_have_no_limits() {
    let folder = Folder::new();
    let server = Server::with_limits(&folder, ConnectionLimits { total: 1, ..NO_LIMITS });
    let stream = Stream::new();
    server.acceptor.admit(&stream);
    assert_eq!(server.open(), 0, "there is no connection");
    server.end();
}

/// Runs in a separate process: other tests would lack descriptors too.
#[test]
fn accept_failure_is_reported_once() {
    let _watchdog = watchdog();
    if child_argument().is_none() {
        return run_child("accept_failure_is_reported_once", "1");
    }
    let folder = Folder::new();
    let server = Server::new(&folder).start();
    let reported = |server: &Server| server.failures.lock().unwrap().len();
    for round in 1..=2 {
        let _client = UnixStream::connect(&server.path).unwrap();
        let limits = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..limits }).unwrap();
        server.acceptor.accept_ready();
        server.acceptor.accept_ready();
        assert_eq!(
            server.acceptor.wait(deadline()).unwrap_err().kind(),
            ErrorKind::ResourceExhausted
        );
        setrlimit(Resource::Nofile, limits).unwrap();
        assert_eq!(reported(&server), round);
        assert_eq!(server.acceptor.counters().failed, 3 * round as u64);
        server.acceptor.accept_ready();
        assert_eq!(server.acceptor.counters().accepted, round as u64);
    }
    assert_eq!(server.failures.lock().unwrap()[0].kind(), ErrorKind::ResourceExhausted);
    server.end();
}
