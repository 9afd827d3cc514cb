// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Kept connections: they wait for a server, come back, and end when the user says so.
//!
//! Where a delay is an hour, nothing but the watch on the folder can have led to a connection.

use std::fs;
use std::io::Read as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qlocal_core::{Address, Effect, ErrorKind, Namespace, Reconnect, State, Stream};

mod util;
use util::kept::*;
use util::*;

const CONNECTED: [&str; 4] =
    ["Connecting @Connecting", "Connected @Connected", "open @Connected", "connected @Connected"];

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
    assert_eq!(kept.announced(), [(1, HOUR)]);
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
    let lived = Instant::now();
    // A connection that lives no longer than the first interval is short.
    kept.until(|kept| {
        kept.reactor.after(SHORT, Arc::new(Nothing));
        lived.elapsed() > SHORT
    });
    kept.record.take();
    drop(server.accept().unwrap());
    kept.until(|kept| kept.record.has(Effect::Connected));
    assert_eq!(kept.announced(), [(1, Duration::ZERO)]);
    assert_eq!(kept.record.words(), [&PEER_GONE[..], &CONNECTED].concat());
}

/// Runs a test that counts descriptors in a process of its own.
fn is_parent(test: &str) -> bool {
    let is_parent = child_argument().is_none();
    if is_parent {
        run_child(test, "counts descriptors");
    }
    is_parent
}

/// Makes a reactor tick.
struct Nothing;

impl qlocal_core::Source for Nothing {
    fn ready(&self, _: qlocal_sys::poller::Readiness) {}

    fn turn_ended(&self) -> bool {
        false
    }
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
    assert_eq!(announced[..2], [(1, millis(200)), (2, millis(400))]);
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

#[test]
fn server_may_listen_after_it_is_bound() {
    use rustix::net::{bind, listen, socket, AddressFamily, SocketAddrUnix, SocketType};
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    let server = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
    bind(&server, &SocketAddrUnix::new(folder.join("s")).unwrap()).unwrap();
    // It is tried, and refuses.
    kept.until(|kept| kept.stream.last_error() == Some(ErrorKind::ConnectionRefused));
    listen(&server, 5).unwrap();
    kept.until_connected();
    assert_eq!(kept.announced().len(), 1);
}

#[test]
fn abstract_name_is_tried_at_intervals() {
    let _dog = watchdog();
    let name = format!("qlocal-reconnect-{}", std::process::id());
    let address = Address::resolve(name.as_bytes(), Namespace::Abstract).unwrap();
    let kept = Kept::new(often());
    kept.connect(&address);
    kept.until_announced(3);
    assert_eq!(kept.announced()[..3], [(1, SHORT), (2, SHORT), (3, SHORT)]);
    use std::os::linux::net::SocketAddrExt;
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
    let _server = UnixListener::bind_addr(&address).unwrap();
    kept.until_connected();
}

#[test]
fn error_is_announced_when_no_attempt_is_left() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(Reconnect { attempts: 2, ..often() });
    kept.connect(&folder.address("s"));
    kept.until(|kept| !kept.stream.is_reconnecting());
    assert_eq!(kept.announced(), [(1, SHORT), (2, SHORT)]);
    let failed = [
        "Connecting @Connecting",
        "error NotFound @Connecting",
        "close @Unconnected",
        "Unconnected @Unconnected",
    ];
    assert_eq!(kept.record.words(), failed);
    assert_eq!(kept.reactor.held(), 0);
    // Not even when the server appears.
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    settle(&kept.reactor);
    assert_eq!(kept.stream.state(), State::Unconnected);
}

/// Nothing is left of a wait: no timer, no watch, no attempt.
#[track_caller]
fn assert_over(kept: &Kept, folder: &Folder, descriptors: usize) {
    assert!(!kept.stream.is_reconnecting());
    assert_eq!(kept.reactor.held(), 0);
    assert_eq!(open_descriptors(), descriptors);
    let announced = kept.announced().len();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    server.set_nonblocking(true).unwrap();
    settle(&kept.reactor);
    assert!(server.accept().is_err());
    assert_eq!(kept.announced().len(), announced);
}

#[test]
fn each_end_cancels_the_wait() {
    if is_parent("each_end_cancels_the_wait") {
        return;
    }
    let _dog = watchdog();
    let ends: [fn(&Stream); 5] =
        [Stream::disconnect, Stream::close, Stream::abort, Stream::detach, Stream::let_go];
    for end in ends {
        let folder = Folder::new();
        let kept = Kept::new(hourly());
        let descriptors = open_descriptors();
        kept.connect(&folder.address("s"));
        kept.until_waiting();
        end(&kept.stream);
        assert_over(&kept, &folder, descriptors);
    }
}

#[test]
fn each_end_cancels_in_handler_of_attempt() {
    if is_parent("each_end_cancels_in_handler_of_attempt") {
        return;
    }
    let _dog = watchdog();
    let ends: [fn(&Stream); 5] =
        [Stream::disconnect, Stream::close, Stream::abort, Stream::detach, Stream::let_go];
    for end in ends {
        let folder = Folder::new();
        let kept = Kept::new(hourly());
        let descriptors = open_descriptors();
        kept.on_attempt(end);
        kept.connect(&folder.address("s"));
        kept.until_announced(1);
        assert_over(&kept, &folder, descriptors);
    }
}

#[test]
fn each_end_cancels_in_handler_of_disconnected() {
    if is_parent("each_end_cancels_in_handler_of_disconnected") {
        return;
    }
    let _dog = watchdog();
    for end in [Stream::disconnect, Stream::close, Stream::abort] {
        let folder = Folder::new();
        let server = UnixListener::bind(folder.join("s")).unwrap();
        let kept = Kept::new(often());
        let descriptors = open_descriptors();
        kept.record.once(Effect::Disconnected, end);
        kept.connect(&folder.address("s"));
        drop(server.accept().unwrap());
        drop(server);
        fs::remove_file(folder.join("s")).unwrap();
        kept.until(|kept| kept.record.has(Effect::Disconnected));
        assert_over(&kept, &folder, descriptors - 1);
    }
}

#[test]
fn abort_in_handler_of_connecting_ends_attempt() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.record.once(Effect::StateChanged(State::Connecting), Stream::abort);
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until(|kept| kept.record.has(Effect::ReadChannelFinished));
    assert_eq!(kept.stream.state(), State::Unconnected);
    assert!(!kept.stream.is_reconnecting());
    // The server sees a connection that ends at once.
    let mut bytes = vec![];
    assert_eq!(server.accept().unwrap().0.read_to_end(&mut bytes).unwrap(), 0);
}

#[test]
fn user_may_connect_elsewhere_while_waiting() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _server = UnixListener::bind(folder.join("other")).unwrap();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    kept.connect(&folder.address("other"));
    assert_eq!(kept.record.words(), CONNECTED);
    assert_eq!(kept.reactor.held(), 0);
}

#[test]
fn end_by_user_is_final() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    for end in [Stream::disconnect, Stream::close, Stream::abort] {
        let kept = Kept::new(often());
        kept.connect(&folder.address("s"));
        end(&kept.stream);
        settle(&kept.reactor);
        assert_eq!(kept.stream.state(), State::Unconnected);
        assert!(!kept.stream.is_reconnecting());
        assert_eq!(kept.reactor.held(), 0);
    }
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
fn invalid_name_is_not_retried() {
    let kept = Kept::new(hourly());
    let invalid = Address::resolve(b"", Namespace::Abstract);
    kept.stream.connect(invalid, Ok(kept.reactor.clone()), None);
    assert!(kept.record.words().contains(&"error InvalidName @Connecting".to_owned()));
    assert!(!kept.stream.is_reconnecting());
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

/// Figures of the issue: `cargo test --release -p qlocal-core --test reconnect figures -- --ignored --nocapture`.
#[test]
#[ignore = "prints figures"]
fn figures_of_reconnect_latency() {
    let folder = Folder::new();
    let path = folder.join("s");
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    let mut latencies: Vec<Duration> = (0..1000)
        .map(|_| {
            kept.until_waiting();
            let path = path.clone();
            let server = std::thread::spawn(move || {
                // Until the other thread blocks.
                std::thread::sleep(Duration::from_millis(2));
                (Instant::now(), UnixListener::bind(path).unwrap())
            });
            kept.until_connected();
            let connected = Instant::now();
            let (appeared, server) = server.join().unwrap();
            fs::remove_file(folder.join("s")).unwrap();
            drop(server);
            kept.until(|kept| kept.stream.is_reconnecting());
            connected - appeared
        })
        .collect();
    latencies.sort();
    println!("p50 {:?}, p99 {:?}, maximum {:?}", latencies[500], latencies[989], latencies[999]);
}

#[test]
#[ignore = "prints figures"]
fn figures_of_waiting() {
    use rustix::time::{clock_gettime, ClockId};
    let folder = Folder::new();
    let reactor = reactor();
    let many: Vec<_> = (0..1000).map(|_| Kept::on(&reactor, Reconnect::default())).collect();
    many.iter().for_each(|kept| kept.connect(&folder.address("s")));
    many.iter().for_each(|kept| kept.until_announced(1));
    let time = || Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap();
    let (before, until) = (time(), Instant::now() + Duration::from_secs(60));
    while Instant::now() < until {
        wait_for_work(&reactor, Some(until));
        reactor.dispatch();
    }
    println!("{:?} of processor time in a minute", time() - before);
}
