// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kept connections: they wait for a server, and come back.
//!
//! Where a delay is an hour, nothing but the watch on the folder can have led to a connection.

use std::fs;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use qlocal_core::{Address, Effect, ErrorKind, Namespace, Reconnect, State, Stream};

mod util;
use util::kept::*;
use util::*;

const PEER_GONE: [&str; 5] = [
    "error PeerClosed @Connected",
    "Closing @Closing",
    "Unconnected @Unconnected",
    "finished @Unconnected",
    "disconnected @Unconnected",
];

#[test]
fn connect_succeeds_at_once_if_server_exists() {
    if is_parent("connect_succeeds_at_once_if_server_exists") {
        return;
    }
    let _dog = watchdog();
    let folder = Folder::new();
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    let before = open_descriptors();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    assert_eq!(kept.record.words(), CONNECTED);
    assert_eq!(kept.announced(), []);
    // The poller and the connection.
    assert_eq!(open_descriptors(), before + 2);
}

#[test]
fn connect_waits_for_server() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    assert_eq!(kept.stream.state(), State::Unconnected);
    assert!(kept.stream.is_reconnecting());
    kept.until_waiting();
    assert_eq!(kept.announced(), [(1, None)]);
    assert_eq!(kept.stream.last_error(), Some(ErrorKind::NotFound));
    assert_eq!(kept.record.words(), [""; 0]);
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until_connected();
    assert_eq!(kept.record.words(), CONNECTED);
    assert!(!kept.stream.is_reconnecting());
    assert_eq!(kept.stream.last_error(), None);
}

#[test]
fn connection_comes_back_after_peer_ends_it() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let kept = Kept::new(Reconnect { initial: Duration::ZERO, ..hourly() });
    kept.connect(&folder.address("s"));
    kept.let_live();
    kept.record.take();
    drop(server.accept().unwrap());
    kept.until(|kept| kept.record.has(Effect::Connected));
    assert_eq!(kept.announced(), [(1, Some(Duration::ZERO))]);
    assert_eq!(kept.record.words(), [&PEER_GONE[..], &CONNECTED].concat());
}

#[test]
fn connection_comes_back_when_server_restarts() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    fs::remove_file(folder.join("s")).unwrap();
    drop(server);
    kept.until_waiting();
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until_connected();
}

#[test]
fn short_connections_are_retried_ever_more_rarely() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let closing = std::thread::spawn(move || (0..4).for_each(|_| drop(server.accept().unwrap())));
    let millis = Duration::from_millis;
    let kept = Kept::new(Reconnect { initial: millis(200), max: HOUR, jitter: 0, ..often() });
    // Whatever the machine does meanwhile, the connection ends at once.
    kept.connect(&folder.address("s"));
    kept.until_announced(2);
    let announced = kept.announced();
    assert_eq!(announced[..2], [(1, Some(millis(200))), (2, Some(millis(400)))]);
    kept.stream.abort();
    for _ in 0..4 {
        let _ = UnixStream::connect(folder.join("s"));
    }
    closing.join().unwrap();
}

#[test]
fn folder_may_be_missing() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("a/b/s"));
    kept.until_waiting();
    fs::create_dir(folder.join("a")).unwrap();
    settle(&kept.reactor);
    fs::create_dir(folder.join("a/b")).unwrap();
    settle(&kept.reactor);
    assert!(kept.stream.is_reconnecting());
    let _server = UnixListener::bind(folder.join("a/b/s")).unwrap();
    kept.until_connected();
}

#[test]
fn folders_and_server_may_appear_at_once() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("a/b/s"));
    kept.until_waiting();
    fs::create_dir_all(folder.join("a/b")).unwrap();
    let _server = UnixListener::bind(folder.join("a/b/s")).unwrap();
    kept.until_connected();
}

#[test]
fn folder_may_be_replaced() {
    let _dog = watchdog();
    let folder = Folder::new();
    fs::create_dir(folder.join("a")).unwrap();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("a/s"));
    kept.until_waiting();
    fs::remove_dir(folder.join("a")).unwrap();
    settle(&kept.reactor);
    fs::create_dir(folder.join("a")).unwrap();
    settle(&kept.reactor);
    fs::rename(folder.join("a"), folder.join("old")).unwrap();
    fs::create_dir(folder.join("new")).unwrap();
    let _server = UnixListener::bind(folder.join("new/s")).unwrap();
    fs::rename(folder.join("new"), folder.join("a")).unwrap();
    kept.until_connected();
}

/// A server that does not listen yet.
fn bind_only(path: &std::path::Path) -> rustix::fd::OwnedFd {
    use rustix::net::{bind, socket, AddressFamily, SocketAddrUnix, SocketType};
    let server = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&server, &SocketAddrUnix::new(path).unwrap()).unwrap();
    server
}

/// The server is found once it listens, although it was refused before.
#[track_caller]
fn assert_found(kept: &Kept, server: &rustix::fd::OwnedFd) {
    // It is tried, and refuses.
    kept.until(|kept| kept.stream.last_error() == Some(ErrorKind::ConnectionRefused));
    rustix::net::listen(server, 5).unwrap();
    kept.until_connected();
}

#[test]
fn server_may_listen_after_it_is_bound() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    assert_found(&kept, &bind_only(&folder.join("s")));
    assert_eq!(kept.announced().len(), 1);
}

#[test]
fn server_may_be_bound_before_first_attempt() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = bind_only(&folder.join("s"));
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    assert_found(&kept, &server);
}

#[test]
fn server_may_be_bound_between_two_threads() {
    let _dog = watchdog();
    let folder = Folder::new();
    let mut kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    kept.stream.leave_thread();
    let server = bind_only(&folder.join("s"));
    kept.reactor = reactor();
    kept.stream.join_thread(Ok(kept.reactor.clone()));
    assert_found(&kept, &server);
}

#[test]
fn server_may_be_bound_before_wait_is_announced() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    let (bound, server) = std::sync::mpsc::channel();
    let path = folder.join("s");
    kept.on_attempt(move |_| {
        // The report of the watch comes too late for the next attempt.
        bound.send(bind_only(&path)).unwrap();
    });
    kept.connect(&folder.address("s"));
    kept.until_announced(1);
    assert_found(&kept, &server.recv().unwrap());
}

#[test]
fn next_server_may_be_bound_when_connection_ends() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let kept = Kept::new(Reconnect { initial: SHORT, ..hourly() });
    kept.connect(&folder.address("s"));
    kept.let_live();
    // Only the attempt that follows at once is planned soon.
    let attempts = kept.attempts.clone();
    kept.on_attempt(move |stream| stream.keep_connected(hourly(), attempts.clone()));
    drop(server);
    fs::remove_file(folder.join("s")).unwrap();
    assert_found(&kept, &bind_only(&folder.join("s")));
}

#[test]
fn file_without_server_is_tried_at_intervals() {
    let _dog = watchdog();
    let folder = Folder::new();
    drop(UnixListener::bind(folder.join("s")).unwrap());
    let kept = Kept::new(often());
    kept.connect(&folder.address("s"));
    kept.until_announced(3);
    assert_eq!(kept.announced()[..3], [1, 2, 3].map(|attempt| (attempt, Some(SHORT))));
    // Without the file there is nothing to try.
    fs::remove_file(folder.join("s")).unwrap();
    kept.until_waiting();
    assert_eq!(kept.announced().last().unwrap().1, None);
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until_connected();
}

#[test]
fn server_that_never_listens_is_tried_at_intervals() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(often());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    let _server = bind_only(&folder.join("s"));
    kept.until_announced(3);
    assert_eq!(kept.announced()[..3], [(1, None), (2, Some(SHORT)), (3, Some(SHORT))]);
}

#[test]
fn abstract_name_is_tried_at_intervals() {
    let _dog = watchdog();
    let name = format!("qlocal-reconnect-{}", std::process::id());
    let address = Address::resolve(name.as_bytes(), Namespace::Abstract).unwrap();
    let kept = Kept::new(often());
    kept.connect(&address);
    kept.until_announced(3);
    assert_eq!(kept.announced()[..3], [1, 2, 3].map(|attempt| (attempt, Some(SHORT))));
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
    let _server = UnixListener::bind_addr(&address).unwrap();
    kept.until_connected();
}

#[test]
fn existing_connection_is_kept_from_now_on() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let kept = Kept::new(hourly());
    kept.stream.let_go();
    kept.connect(&folder.address("s"));
    kept.stream.keep_connected(often(), kept.attempts.clone());
    drop(server.accept().unwrap());
    kept.until_announced(1);
    kept.until_connected();
    let _peer = server.accept().unwrap();
}

#[test]
fn attempt_is_kept_from_now_on() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = listen_without_room(&folder.join("s"));
    let kept = Kept::new(hourly());
    kept.stream.let_go();
    kept.connect(&folder.address("s"));
    assert_eq!(kept.stream.state(), State::Connecting);
    kept.stream.keep_connected(often(), kept.attempts.clone());
    drop(server);
    fs::remove_file(folder.join("s")).unwrap();
    kept.until_announced(1);
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until_connected();
}

#[test]
fn attempt_is_kept_by_its_own_handler() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.stream.let_go();
    let attempts = kept.attempts.clone();
    kept.record.once(Effect::StateChanged(State::Connecting), move |stream| {
        stream.keep_connected(often(), attempts);
    });
    kept.connect(&folder.address("s"));
    kept.until_announced(1);
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until_connected();
}

/// A server whose backlog is full.
fn listen_without_room(path: &std::path::Path) -> (rustix::fd::OwnedFd, Vec<rustix::fd::OwnedFd>) {
    use rustix::net::*;
    let address = SocketAddrUnix::new(path).unwrap();
    let flags = SocketFlags::NONBLOCK;
    let stream = || socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None).unwrap();
    let server = stream();
    bind(&server, &address).unwrap();
    listen(&server, 0).unwrap();
    let mut clients = vec![stream()];
    while connect(clients.last().unwrap(), &address).is_ok() {
        clients.push(stream());
    }
    (server, clients)
}

#[test]
fn name_stays_if_asked() {
    let folder = Folder::new();
    let stream = Stream::new();
    let _record = Recorder::attach(&stream);
    let reactor = reactor();
    for keeps in [true, false] {
        stream.keep_name(keeps);
        stream.set_name("wanted");
        stream.connect(Ok(folder.address("s")), Ok(reactor.clone()), None);
        stream.abort();
        assert_eq!(stream.name(), if keeps { "wanted" } else { "" });
    }
    stream.detach();
}

#[test]
fn wait_moves_to_another_thread() {
    let _dog = watchdog();
    let folder = Folder::new();
    let mut kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    kept.stream.leave_thread();
    assert_eq!(kept.reactor.held(), 0);
    let other = reactor();
    kept.stream.join_thread(Ok(other.clone()));
    kept.reactor = other;
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until_connected();
}

#[test]
fn server_may_appear_between_two_threads() {
    let _dog = watchdog();
    let folder = Folder::new();
    let mut kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    kept.stream.leave_thread();
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    kept.reactor = reactor();
    kept.stream.join_thread(Ok(kept.reactor.clone()));
    kept.until_connected();
}

#[test]
fn attempt_moves_to_another_thread() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = listen_without_room(&folder.join("s"));
    let mut kept = Kept::new(often());
    kept.connect(&folder.address("s"));
    assert_eq!(kept.stream.state(), State::Connecting);
    kept.stream.leave_thread();
    drop(server);
    fs::remove_file(folder.join("s")).unwrap();
    let server = bind_only(&folder.join("s"));
    kept.reactor = reactor();
    kept.stream.join_thread(Ok(kept.reactor.clone()));
    kept.until_announced(1);
    assert_found(&kept, &server);
}

#[test]
fn thousand_waiting_share_one_watch() {
    if is_parent("thousand_waiting_share_one_watch") {
        return;
    }
    let _dog = watchdog_for(3 * TIMEOUT);
    let folder = Folder::new();
    let reactor = reactor();
    let before = open_descriptors();
    let many: Vec<_> = (0..1000).map(|_| Kept::on(&reactor, hourly())).collect();
    many.iter().for_each(|kept| kept.connect(&folder.address("s")));
    many.iter().for_each(Kept::until_waiting);
    assert_eq!(open_descriptors(), before + 1);
    assert_eq!(reactor.held(), 1);
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let accepting = std::thread::spawn(move || {
        let peers: Vec<_> = (0..1000).map(|_| server.accept().unwrap()).collect();
        (server, peers)
    });
    many.iter().for_each(Kept::until_connected);
    let _peers = accepting.join().unwrap();
    drop(many);
    assert_eq!(reactor.held(), 0);
}
