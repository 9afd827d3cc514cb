// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A stream that moves from one thread's reactor to another's. The tests turn both, so that each
//! step of a move can be inspected.

use std::io::Write as _;
use std::sync::{mpsc, Arc};

use qlocal_core::{Effect, Reactor, State, Stream};

mod util;
use util::*;

/// Moves a stream, and returns its old and new reactor.
fn moved(wire: &Wire) -> (Arc<Reactor>, Arc<Reactor>) {
    let new = reactor();
    wire.stream.leave_thread();
    wire.stream.join_thread(Ok(new.clone()));
    (wire.reactor.clone(), new)
}

#[test]
fn old_thread_stops_sending_and_announcing() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    wire.stream.write(b"x");
    let (old, new) = moved(&wire);
    wire.stream.write(b"y");
    settle(&old);
    assert_eq!((wire.words(), wire.stream.bytes_to_write()), (vec![], 2));
    settle(&new);
    assert_eq!(wire.words(), ["written 2 @Connected"]);
}

#[test]
fn old_thread_stops_reading() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(b"x").unwrap();
    let (old, new) = moved(&wire);
    settle(&old);
    assert_eq!(wire.words(), [""; 0]);
    settle(&new);
    assert_eq!(wire.words(), ["ready @Connected"]);
}

#[test]
fn full_buffer_refills_on_new_thread() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(3);
    wire.peer.write_all(b"abcdef").unwrap();
    wire.settle();
    let (_, new) = moved(&wire);
    assert_eq!(read_all(&wire.stream).0, b"abc");
    wire.words();
    settle(&new);
    assert_eq!(wire.words(), ["ready @Connected"]);
    assert_eq!(read_all(&wire.stream).0, b"def");
}

#[test]
fn room_wait_continues_on_new_thread_only() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let listener = qlocal_core::Listener::bind(folder.address("a"), None, 0).unwrap();
    let (old, new) = (reactor(), reactor());
    let streams: Vec<_> = (0..2)
        .map(|_| {
            let stream = Stream::new();
            let record = Recorder::attach(&stream);
            stream.connect(Ok(folder.address("a")), Ok(old.clone()), None);
            (stream, record)
        })
        .collect();
    let waiting = &streams[1].0;
    assert_eq!(waiting.state(), State::Connecting);
    waiting.leave_thread();
    waiting.join_thread(Ok(new.clone()));
    assert!(listener.accept().unwrap().is_some());
    // The old reactor may tick once more; it has no attempt.
    turn_until(&new, || waiting.state() == State::Connected);
    assert_eq!(old.held(), 0);
    for (stream, _) in &streams {
        stream.detach();
    }
}

/// Waits for a byte in another thread; returns once that thread sleeps.
fn wait_in_other_thread(stream: &Stream) -> std::thread::JoinHandle<bool> {
    let stream = stream.clone();
    let (tx, rx) = mpsc::channel();
    let waiting = std::thread::spawn(move || {
        tx.send(rustix::thread::gettid()).unwrap();
        stream.wait_for_ready_read(deadline())
    });
    let thread = rx.recv().unwrap().as_raw_pid();
    loop {
        let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap();
        if stat.contains(") S ") {
            return waiting;
        }
        std::thread::yield_now();
    }
}

#[test]
fn moving_handler_returns_during_wait() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    let (tx, rx) = mpsc::channel();
    wire.record.once(Effect::ReadyRead, move |stream| {
        stream.leave_thread();
        tx.send(wait_in_other_thread(stream)).unwrap();
    });
    wire.peer.write_all(b"x").unwrap();
    wire.settle();
    wire.peer.write_all(b"y").unwrap();
    assert!(rx.recv().unwrap().join().unwrap());
}

#[test]
fn state_is_readable_during_wait() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    let waiting = wait_in_other_thread(&wire.stream);
    assert_eq!(wire.stream.state(), State::Connected);
    wire.peer.write_all(b"x").unwrap();
    assert!(waiting.join().unwrap());
}
