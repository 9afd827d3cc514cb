// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connections that are kept.

use std::cell::{Cell, RefCell};
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixListener;
use std::rc::Rc;
use std::time::Duration;

use qlocal::{ErrorKind, LocalServer, LocalStream, Reconnect, State};

use crate::pair::{echo_server, run};
use crate::Application;

crate::tests![
    kept_stream_waits_for_server,
    kept_stream_comes_back_when_server_restarts,
    kept_stream_reports_error_when_no_attempt_is_left,
    handlers_of_kept_stream_are_dropped_with_its_end,
    kept_stream_may_be_dropped_by_its_handlers,
    detached_kept_stream_lives_until_disconnected,
    kept_stream_needs_possible_name,
    documented_program_meets_each_server,
];

const HOUR: Duration = Duration::from_secs(3600);

/// Nothing but the server's file leads to a connection.
fn hourly() -> Reconnect {
    Reconnect { initial: HOUR, max: HOUR, jitter: 0, ..Reconnect::default() }
}

fn often() -> Reconnect {
    let short = Duration::from_millis(5);
    Reconnect { initial: short, max: short, jitter: 0, ..Reconnect::default() }
}

fn kept_stream_waits_for_server(mut application: Application) {
    let stream = LocalStream::keep_connected("late", hourly()).unwrap();
    assert!(stream.is_reconnecting());
    assert_eq!(stream.state(), State::Unconnected);
    let attempts = Rc::new(RefCell::new(Vec::new()));
    let seen = attempts.clone();
    stream.on_reconnecting(move |_, attempt, delay| {
        seen.borrow_mut().push((attempt, delay));
        qlocal::quit();
    });
    stream.on_error(|_, error| panic!("{error}"));
    run(&mut application);
    assert_eq!(*attempts.borrow(), [(1, None)]);
    let error = stream.last_error().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(!error.hint().is_empty());
    stream.on_connected(|_| qlocal::quit());
    let _server = echo_server("late");
    run(&mut application);
    assert_eq!(stream.state(), State::Connected);
    assert!(stream.last_error().is_none());
}

fn kept_stream_comes_back_when_server_restarts(mut application: Application) {
    let stream = LocalStream::keep_connected("echo", hourly()).unwrap();
    let connections = Rc::new(Cell::new(0));
    let count = connections.clone();
    stream.on_connected(move |stream| {
        count.set(count.get() + 1);
        stream.write(b"x").unwrap();
    });
    let place = Rc::new(RefCell::new(Some(serving("echo"))));
    let server = place.clone();
    let rounds = Rc::new(Cell::new(0));
    let round = rounds.clone();
    stream.on_ready_read(move |stream| {
        assert_eq!(stream.read_to_vec(), b"x");
        round.set(round.get() + 1);
        if round.get() == 3 {
            qlocal::quit();
        } else {
            // The server and its connections.
            drop(server.take());
        }
    });
    stream.on_disconnected(move |_| drop(place.replace(Some(serving("echo")))));
    run(&mut application);
    assert_eq!((connections.get(), rounds.get()), (3, 3));
}

/// An echo server that owns its connections.
fn serving(name: &str) -> (LocalServer, Rc<RefCell<Vec<LocalStream>>>) {
    let server = LocalServer::listen(name).unwrap();
    let connections = Rc::new(RefCell::new(Vec::new()));
    let place = connections.clone();
    server.on_connection(move |stream| {
        stream.on_ready_read(|stream| {
            stream.write(&stream.read_to_vec()).unwrap();
        });
        place.borrow_mut().push(stream);
    });
    (server, connections)
}

fn kept_stream_reports_error_when_no_attempt_is_left(mut application: Application) {
    let policy = Reconnect { attempts: 3, ..often() };
    let stream = LocalStream::keep_connected("none", policy).unwrap();
    let attempts = Rc::new(Cell::new(0));
    let last = attempts.clone();
    stream.on_reconnecting(move |_, attempt, _| last.set(attempt));
    stream.on_error(|stream, error| {
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(!stream.is_reconnecting());
        qlocal::quit();
    });
    run(&mut application);
    assert_eq!(attempts.get(), 3);
}

fn handlers_of_kept_stream_are_dropped_with_its_end(_application: Application) {
    for end in [LocalStream::disconnect, LocalStream::abort] {
        let stream = LocalStream::keep_connected("none", hourly()).unwrap();
        let owned = Rc::new(());
        let one = owned.clone();
        stream.on_connected(move |_| drop(one.clone()));
        assert_eq!(Rc::strong_count(&owned), 2);
        end(&stream);
        assert_eq!(Rc::strong_count(&owned), 1);
        assert!(!stream.is_reconnecting());
    }
}

fn kept_stream_may_be_dropped_by_its_handlers(mut application: Application) {
    let place = Rc::new(RefCell::new(None));
    let stream = LocalStream::keep_connected("none", often()).unwrap();
    let owned = place.clone();
    stream.on_reconnecting(move |_, _, _| {
        drop(owned.take());
        qlocal::quit();
    });
    place.replace(Some(stream));
    run(&mut application);
    assert!(place.borrow().is_none());
}

fn detached_kept_stream_lives_until_disconnected(mut application: Application) {
    let stream = LocalStream::keep_connected("late", hourly()).unwrap();
    let owned = Rc::new(());
    let one = owned.clone();
    stream.on_connected(move |stream| {
        let _owned = &one;
        stream.disconnect();
    });
    stream.on_disconnected(|_| qlocal::quit());
    stream.on_reconnecting(|_, _, _| qlocal::quit());
    stream.detach();
    run(&mut application);
    assert_eq!(Rc::strong_count(&owned), 2);
    let _server = echo_server("late");
    run(&mut application);
    assert_eq!(Rc::strong_count(&owned), 1);
}

fn kept_stream_needs_possible_name(_application: Application) {
    let long = "/".repeat(200);
    let failed = LocalStream::keep_connected(&long, often());
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::NameTooLong);
}

/// The program in docs/staying-connected.md.
mod program {
    include!("stay_connected.rs");

    pub fn run() {
        main().unwrap();
    }
}

fn documented_program_meets_each_server(application: Application) {
    // It creates its own.
    drop(application);
    std::thread::spawn(|| {
        let path = format!("{}/greeter", std::env::var("XDG_RUNTIME_DIR").unwrap());
        for _ in 0..3 {
            let server = UnixListener::bind(&path).unwrap();
            let mut peer = server.accept().unwrap().0;
            let mut greeting = [0; 6];
            peer.read_exact(&mut greeting).unwrap();
            assert_eq!(&greeting, b"hello\n");
            peer.write_all(b"welcome\n").unwrap();
            std::fs::remove_file(&path).unwrap();
        }
        std::process::exit(0);
    });
    program::run();
}
