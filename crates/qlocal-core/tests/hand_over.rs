// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Hand-over: a newer server takes the listener of an older one over.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use qlocal_core::{Address, ErrorKind, KeepName, Namespace};

mod util;
use util::serving::*;
use util::*;

const PATIENCE: Duration = Duration::from_secs(10);

/// A server that agrees and takes over.
fn willing(reactor: &Arc<qlocal_core::Reactor>) -> Arc<Serving> {
    let server = Serving::new(reactor);
    server.acceptor.set_hands_over(true);
    server.acceptor.set_take_over(Some(PATIENCE));
    server
}

/// A willing server in a thread of its own, as in another process.
struct Elsewhere {
    ends: Sender<()>,
    thread: JoinHandle<Vec<String>>,
}

impl Elsewhere {
    /// Returns when it listens.
    #[track_caller]
    fn start(address: &Address) -> Self {
        let (ends, end) = channel();
        let (ready, is_ready) = channel();
        let address = address.clone();
        let thread = std::thread::spawn(move || serve(&address, &ready, &end));
        is_ready.recv().unwrap().unwrap();
        Self { ends, thread }
    }

    /// Closes it, and returns what it has announced.
    fn end(self) -> Vec<String> {
        let _ = self.ends.send(());
        self.thread.join().unwrap()
    }

    fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}

/// Serves until it is told to end or was handed over.
fn serve(
    address: &Address,
    ready: &Sender<Result<(), ErrorKind>>,
    end: &Receiver<()>,
) -> Vec<String> {
    let server = willing(&reactor());
    let listening = server.listen(address);
    ready.send(listening.map_err(|error| error.kind())).unwrap();
    let mut events = vec![];
    while events.is_empty() && end.try_recv().is_err() {
        let soon = Instant::now() + Duration::from_millis(1);
        if !server.reactor.end_turn() {
            wait_for_work(&server.reactor, Some(soon));
        }
        server.reactor.dispatch();
        events.extend(server.events());
        // Each client is answered.
        for mut connection in server.take_connections() {
            let _ = connection.write_all(b"!");
        }
    }
    server.close();
    events
}

#[track_caller]
fn answers(path: &Path) {
    let mut client = UnixStream::connect(path).unwrap();
    client.read_exact(&mut [0]).unwrap();
}

fn is_listening(server: &Serving) -> bool {
    server.acceptor.listener().is_some()
}

#[test]
fn newer_server_takes_over() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("s");
    let older = Elsewhere::start(&address);
    answers(&folder.join("s"));
    let newer = Elsewhere::start(&address);
    assert_eq!(older.end(), ["handed over"]);
    // The older one has left the file.
    answers(&folder.join("s"));
    assert_eq!(newer.end(), [""; 0]);
    assert!(!folder.join("s").exists());
}

#[test]
fn abstract_name_is_taken_over() {
    let _dog = watchdog();
    let name = format!("qlocal-hand-over-{}", std::process::id());
    let address = Address::resolve(name.as_bytes(), Namespace::Abstract).unwrap();
    let older = Elsewhere::start(&address);
    let newer = Elsewhere::start(&address);
    assert_eq!(older.end(), ["handed over"]);
    newer.end();
}

#[test]
fn server_in_same_thread_takes_over_at_once() {
    let _dog = watchdog();
    let folder = Folder::new();
    let (reactor, address) = (reactor(), folder.address("s"));
    let older = willing(&reactor);
    older.listen(&address).unwrap();
    let newer = willing(&reactor);
    newer.listen(&address).unwrap();
    assert!(!is_listening(&older));
    // Announced from the event loop, not within the other one's call.
    assert_eq!(older.events(), [""; 0]);
    assert_eq!(older.next_event(), "handed over");
    older.close();
    let _client = UnixStream::connect(folder.join("s")).unwrap();
    turn_until(&reactor, || newer.accepted.load(Relaxed) == 1);
    assert_eq!(older.accepted.load(Relaxed), 0);
    // And back.
    older.listen(&address).unwrap();
    assert!(!is_listening(&newer));
}

#[test]
fn connections_stay_and_waiting_clients_are_served() {
    let _dog = watchdog();
    let folder = Folder::new();
    let (reactor, address) = (reactor(), folder.address("s"));
    let older = willing(&reactor);
    older.listen(&address).unwrap();
    let mut first = UnixStream::connect(folder.join("s")).unwrap();
    turn_until(&reactor, || older.accepted.load(Relaxed) == 1);
    let mut waiting: Vec<_> =
        (0..20).map(|_| UnixStream::connect(folder.join("s")).unwrap()).collect();
    let newer = willing(&reactor);
    newer.listen(&address).unwrap();
    turn_until(&reactor, || newer.accepted.load(Relaxed) == 20);
    for (client, mut connection) in waiting.iter_mut().zip(newer.take_connections()) {
        connection.write_all(b"x").unwrap();
        client.read_exact(&mut [0]).unwrap();
    }
    older.close();
    older.take_connections()[0].write_all(b"x").unwrap();
    first.read_exact(&mut [0]).unwrap();
}

#[test]
fn server_without_agreement_keeps_its_name() {
    let _dog = watchdog();
    let folder = Folder::new();
    let (reactor, address) = (reactor(), folder.address("s"));
    let older = Serving::on(&reactor, &address);
    let newer = willing(&reactor);
    let started = Instant::now();
    assert_eq!(newer.listen(&address).unwrap_err().kind(), ErrorKind::AddressInUse);
    assert!(started.elapsed() < PATIENCE / 2);
    assert!(is_listening(&older));
    // Nor is one asked without the newer one's wish.
    older.acceptor.set_hands_over(true);
    newer.acceptor.set_take_over(None);
    assert_eq!(newer.listen(&address).unwrap_err().kind(), ErrorKind::AddressInUse);
    older.acceptor.set_hands_over(false);
    newer.acceptor.set_take_over(Some(PATIENCE));
    assert_eq!(newer.listen(&address).unwrap_err().kind(), ErrorKind::AddressInUse);
    // It may agree later.
    older.acceptor.set_hands_over(true);
    newer.listen(&address).unwrap();
    assert_eq!(older.next_event(), "handed over");
}

#[test]
fn hanging_server_keeps_its_name() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("s");
    let older = willing(&reactor());
    older.listen(&address).unwrap();
    let outcome = std::thread::scope(|scope| {
        let newer = scope.spawn(|| {
            let newer = willing(&reactor());
            newer.acceptor.set_take_over(Some(Duration::from_millis(50)));
            newer.listen(&address).map_err(|error| error.kind())
        });
        newer.join().unwrap()
    });
    assert_eq!(outcome, Err(ErrorKind::TimedOut));
    // What the other one has asked before it gave up changes nothing.
    settle(&older.reactor);
    assert!(is_listening(&older));
    assert_eq!(older.events(), [""; 0]);
    let newer = Elsewhere::start_beside(&older, &address);
    assert_eq!(older.next_event(), "handed over");
    older.close();
    answers(&folder.join("s"));
    newer.end();
}

impl Elsewhere {
    /// As [`Elsewhere::start`], while the older server's thread is this one.
    #[track_caller]
    fn start_beside(older: &Serving, address: &Address) -> Self {
        let (ends, end) = channel();
        let (ready, is_ready) = channel();
        let address = address.clone();
        let thread = std::thread::spawn(move || serve(&address, &ready, &end));
        let mut outcome = None;
        while outcome.is_none() {
            older.reactor.end_turn();
            wait_for_work(&older.reactor, Some(Instant::now() + Duration::from_millis(1)));
            older.reactor.dispatch();
            outcome = is_ready.try_recv().ok();
        }
        outcome.unwrap().unwrap();
        Self { ends, thread }
    }
}

/// A newer server hangs after each step of the conversation, and another one is served.
#[test]
fn hanging_newer_server_keeps_no_other_out() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("s");
    let older = willing(&reactor());
    older.listen(&address).unwrap();
    let metadata = fs::symlink_metadata(folder.join("s")).unwrap();
    use std::os::unix::fs::MetadataExt as _;
    let control = format!("qlocal hand-over {}:{}", metadata.dev(), metadata.ino());
    let control = qlocal_sys::socket::abstract_address(control.as_bytes()).unwrap();
    let hanging: Vec<_> = (0..20)
        .map(|_| {
            let socket = qlocal_sys::socket::stream().unwrap();
            qlocal_sys::socket::connect(&socket, &control).unwrap();
            settle(&older.reactor);
            socket
        })
        .collect();
    // Some end, or send what makes no sense.
    for (index, socket) in hanging.iter().enumerate().skip(12) {
        let mut socket = UnixStream::from(socket.try_clone().unwrap());
        match index % 3 {
            0 => socket.shutdown(std::net::Shutdown::Both).unwrap(),
            1 => drop(socket.write_all(b"?")),
            _ => {}
        }
        settle(&older.reactor);
    }
    assert!(is_listening(&older));
    let newer = Elsewhere::start_beside(&older, &address);
    assert_eq!(older.next_event(), "handed over");
    drop(older);
    answers(&folder.join("s"));
    newer.end();
}

/// The newer one gives up at any moment: exactly one of both has the listener then.
#[test]
fn both_agree_which_has_the_listener() {
    let _dog = watchdog_for(3 * TIMEOUT);
    let folder = Folder::new();
    let (mut taken, mut kept) = (0, 0);
    for round in 0..200_u64 {
        let address = folder.address(&format!("s{round}"));
        let path = folder.join(&format!("s{round}"));
        let older = willing(&reactor());
        older.listen(&address).unwrap();
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let newer = scope.spawn(|| {
                let newer = willing(&reactor());
                newer.acceptor.set_take_over(Some(Duration::from_micros(20 * round)));
                let outcome = newer.listen(&address).map_err(|error| error.kind());
                is_over.store(true, Relaxed);
                (outcome, newer)
            });
            while !is_over.load(Relaxed) {
                older.reactor.end_turn();
                wait_for_work(&older.reactor, Some(Instant::now()));
                older.reactor.dispatch();
            }
            let (outcome, newer) = newer.join().unwrap();
            settle(&older.reactor);
            assert_eq!(is_listening(&older), outcome.is_err(), "{outcome:?}");
            assert_eq!(outcome.is_ok(), older.events() == ["handed over"]);
            match outcome {
                Ok(()) => taken += 1,
                Err(kind) => {
                    assert_eq!(kind, ErrorKind::TimedOut);
                    kept += 1;
                }
            }
            drop(UnixStream::connect(&path).unwrap());
            older.close();
            assert_eq!(path.exists(), outcome.is_ok());
            newer.close();
            assert!(!path.exists());
        });
    }
    assert!(taken > 0 && kept > 0, "taken {taken}, kept {kept}");
}

#[test]
fn one_of_many_newer_servers_follows_the_other() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("s");
    let first = Elsewhere::start(&address);
    let starting: Vec<_> = (0..8)
        .map(|_| {
            let address = address.clone();
            std::thread::spawn(move || Elsewhere::start(&address))
        })
        .collect();
    let mut servers: Vec<_> = starting.into_iter().map(|thread| thread.join().unwrap()).collect();
    assert_eq!(first.end(), ["handed over"]);
    let until = Instant::now() + TIMEOUT / 2;
    while servers.iter().filter(|server| !server.has_ended()).count() > 1 {
        assert!(Instant::now() < until);
        std::thread::sleep(Duration::from_millis(1));
    }
    answers(&folder.join("s"));
    let last = servers.iter().position(|server| !server.has_ended()).unwrap();
    assert_eq!(servers.remove(last).end(), [""; 0]);
    for server in servers {
        assert_eq!(server.end(), ["handed over"]);
    }
    assert!(!folder.join("s").exists());
}

#[test]
fn newer_server_sets_its_mode() {
    let _dog = watchdog();
    let folder = Folder::new();
    let (reactor, address) = (reactor(), folder.address("s"));
    let older = willing(&reactor);
    older.listen_with(&address, Some(0o660)).unwrap();
    let newer = willing(&reactor);
    newer.listen_with(&address, Some(0o600)).unwrap();
    let mode = fs::symlink_metadata(folder.join("s")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn name_is_kept_across_hand_over() {
    let _dog = watchdog();
    let folder = Folder::new();
    let (reactor, address) = (reactor(), folder.address("s"));
    let older = willing(&reactor);
    let newer = willing(&reactor);
    for server in [&older, &newer] {
        server.acceptor.keep_name(KeepName::default());
        server.listen(&address).unwrap();
    }
    assert_eq!(older.next_event(), "handed over");
    fs::remove_file(folder.join("s")).unwrap();
    assert_eq!(newer.next_event(), "lost Removed");
    assert_eq!(newer.next_event(), "regained");
    assert_eq!(older.events(), [""; 0]);
    // The offer follows the new file.
    older.listen(&address).unwrap();
    assert_eq!(newer.next_event(), "handed over");
}

#[test]
fn offer_follows_while_clients_wait_in_old_backlog() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("s");
    let older = willing(&reactor());
    older.acceptor.keep_name(KeepName::default());
    older.listen(&address).unwrap();
    // Accepting pauses after three.
    older.hold_connections();
    let clients: Vec<_> = (0..6).map(|_| UnixStream::connect(folder.join("s")).unwrap()).collect();
    fs::remove_file(folder.join("s")).unwrap();
    assert_eq!(older.next_event(), "lost Removed");
    assert_eq!(older.next_event(), "regained");
    // One in the same thread would keep it from accepting them.
    let beside = willing(&older.reactor);
    assert_eq!(beside.listen(&address).unwrap_err().kind(), ErrorKind::AddressInUse);
    let wanted = address.clone();
    let mut accepted = vec![];
    let newer = std::thread::spawn(move || {
        let server = willing(&reactor());
        server.listen(&wanted).map(|()| server)
    });
    // Longer than a server may take to offer its listener.
    turn_for(&older.reactor, Duration::from_millis(100));
    assert!(!newer.is_finished());
    while !newer.is_finished() {
        accepted.extend(older.take_connections());
        turn_for(&older.reactor, Duration::from_millis(1));
    }
    accepted.extend(older.take_connections());
    assert_eq!(accepted.len(), clients.len());
    newer.join().unwrap().unwrap();
    assert_eq!(older.next_event(), "handed over");
}

#[test]
fn offer_moves_with_new_listener() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("s");
    let older = willing(&reactor());
    older.acceptor.keep_name(KeepName::default());
    older.listen(&address).unwrap();
    older.hold_connections();
    let _clients: Vec<_> = (0..6).map(|_| UnixStream::connect(folder.join("s")).unwrap()).collect();
    fs::remove_file(folder.join("s")).unwrap();
    assert_eq!(older.next_event(), "lost Removed");
    assert_eq!(older.next_event(), "regained");
    // It leaves its thread, and joins one, before the old backlog is empty.
    older.acceptor.leave_thread();
    older.acceptor.pace_by(older.reactor.clone());
    turn_until(&older.reactor, || older.take_connections().is_empty());
    let newer = Elsewhere::start_beside(&older, &address);
    assert_eq!(older.next_event(), "handed over");
    newer.end();
}

#[test]
fn server_may_offer_soon_after_it_is_bound() {
    let _dog = watchdog();
    // On a busy machine it may take too long.
    assert!((0..20).any(|_| {
        let folder = Folder::new();
        let (reactor, address) = (reactor(), folder.address("s"));
        let older = Serving::on(&reactor, &address);
        let newer = std::thread::spawn(move || willing(&util::reactor()).listen(&address).is_ok());
        // It has asked by then.
        std::thread::sleep(Duration::from_millis(5));
        older.acceptor.set_hands_over(true);
        while !newer.is_finished() {
            turn_for(&reactor, Duration::from_millis(1));
        }
        newer.join().unwrap()
    }));
}

#[test]
fn handler_may_close_or_listen_again() {
    let _dog = watchdog();
    let folder = Folder::new();
    let (reactor, address) = (reactor(), folder.address("s"));
    for act in [Serving::close, |server: &Serving| {
        server.acceptor.set_take_over(None);
        let other = file_address(&PathBuf::from("/nonexistent/s"));
        assert!(server.listen(&other).is_err());
    }] {
        let older = willing(&reactor);
        older.listen(&address).unwrap();
        older.on_event(act);
        let newer = Elsewhere::start_beside(&older, &address);
        assert_eq!(older.next_event(), "handed over");
        answers(&folder.join("s"));
        newer.end();
    }
}

/// No client is refused while servers follow each other. `HAND_OVERS` sets how many.
#[test]
fn no_client_is_refused_during_hand_overs() {
    let count = std::env::var("HAND_OVERS").ok().and_then(|count| count.parse().ok());
    let count: u64 = count.unwrap_or(30);
    let _dog = watchdog_for(TIMEOUT + Duration::from_millis(200) * count as u32);
    let folder = Folder::new();
    let (address, path) = (folder.address("s"), folder.join("s"));
    let mut present = Elsewhere::start(&address);
    let is_over = AtomicBool::new(false);
    let served = AtomicU64::new(0);
    let refused = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut refused = 0_u64;
                    while !is_over.load(Relaxed) {
                        let mut byte = [0];
                        let answer = UnixStream::connect(&path)
                            .and_then(|mut client| client.read_exact(&mut byte));
                        match answer {
                            Ok(()) => served.fetch_add(1, Relaxed),
                            Err(_) => {
                                refused += 1;
                                0
                            }
                        };
                    }
                    refused
                })
            })
            .collect();
        for _ in 0..count {
            // Some clients between two hand-overs.
            let before = served.load(Relaxed);
            let newer = Elsewhere::start(&address);
            assert_eq!(std::mem::replace(&mut present, newer).end(), ["handed over"]);
            let until = Instant::now() + TIMEOUT / 2;
            while served.load(Relaxed) < before + 4 {
                assert!(Instant::now() < until, "no client is served");
                std::thread::yield_now();
            }
        }
        is_over.store(true, Relaxed);
        clients.into_iter().map(|client| client.join().unwrap()).sum::<u64>()
    });
    println!("{count} hand-overs, {} clients served, {refused} refused", served.load(Relaxed));
    assert_eq!(refused, 0);
    present.end();
}
