// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The reactor: batches that continue in nested event loops, and connects that wait for room.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qlocal_core::{Effect, EventLoop, Listener, Reactor, State, Stream};

mod util;
use util::*;

const READY: Effect = Effect::ReadyRead;

/// Streams that all have input, so that one batch reports all of them.
fn crowd(reactor: &Arc<Reactor>, size: usize) -> Vec<Wire> {
    let wires: Vec<_> = (0..size).map(|_| Wire::on(reactor)).collect();
    for wire in &wires {
        (&wire.peer).write_all(b"x").unwrap();
    }
    wires
}

/// Connects to a backlog; without room the attempt waits.
fn connect(
    folder: &Folder,
    reactor: &Arc<Reactor>,
    timeout: Option<Duration>,
) -> (Stream, Arc<Recorder>) {
    let stream = Stream::new();
    let record = Recorder::attach(&stream);
    stream.connect(Ok(folder.address("a")), Ok(reactor.clone()), timeout);
    (stream, record)
}

/// Runs turns for a while, and returns how many had something to do.
fn turns_during(reactor: &Reactor, time: Duration) -> u32 {
    let until = Instant::now() + time;
    let mut turns = 0;
    loop {
        reactor.end_turn();
        if !wait_for_work(reactor, Some(until)) {
            return turns;
        }
        reactor.dispatch();
        turns += 1;
    }
}

#[test]
fn dropped_stream_is_skipped_in_turn() {
    let _watchdog = watchdog();
    let reactor = reactor();
    let wires = crowd(&reactor, 3);
    for (at, wire) in wires.iter().enumerate() {
        let others: Vec<_> =
            (0..3).filter(|&other| other != at).map(|other| wires[other].stream.clone()).collect();
        wire.record.once(READY, move |_| {
            for other in others {
                other.detach();
            }
        });
    }
    settle(&reactor);
    let notified: usize = wires.iter().map(|wire| wire.record.count(READY)).sum();
    assert_eq!(notified, 1);
}

#[test]
fn reused_token_gets_no_stale_events() {
    let _watchdog = watchdog();
    let reactor = reactor();
    let wires = crowd(&reactor, 2);
    let (ours, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
    // The first one replaces the other by a new stream.
    let newcomer = Stream::new();
    let record = Recorder::attach(&newcomer);
    let ours = Arc::new(std::sync::Mutex::new(Some(ours)));
    for (wire, other) in [(&wires[0], &wires[1]), (&wires[1], &wires[0])] {
        let (other, newcomer, reactor, ours) =
            (other.stream.clone(), newcomer.clone(), reactor.clone(), ours.clone());
        wire.record.once(READY, move |_| {
            other.detach();
            let ours = ours.lock().unwrap().take().unwrap();
            newcomer.adopt(Ok(ours.into()), State::Connected, Ok(reactor));
        });
    }
    settle(&reactor);
    assert_eq!(record.words(), [""; 0]);
    newcomer.detach();
}

#[test]
fn loop_in_handler_continues_batch() {
    let _watchdog = watchdog();
    let reactor = reactor();
    let wires = crowd(&reactor, 20);
    let notified = Arc::new(AtomicU32::new(0));
    for wire in &wires {
        let (reactor, notified) = (reactor.clone(), notified.clone());
        wire.record.once(READY, move |_| {
            // The first one stays in its handler until all others have been called.
            let is_first = notified.fetch_add(1, Ordering::Relaxed) == 0;
            if is_first {
                turn_until(&reactor, || notified.load(Ordering::Relaxed) == 20);
            }
        });
    }
    turn_until(&reactor, || notified.load(Ordering::Relaxed) == 20);
    for wire in &wires {
        assert_eq!(wire.words(), ["ready @Connected"]);
    }
}

#[test]
fn endless_input_does_not_starve_others() {
    let _watchdog = watchdog();
    let reactor = reactor();
    let (busy, other) = (Wire::on(&reactor), Wire::on(&reactor));
    let peer = busy.peer.try_clone().unwrap();
    busy.record.on_effect(move |stream, effect| {
        if effect == READY {
            stream.skip(usize::MAX);
            while (&peer).write(&[0; 65536]).is_ok() {}
        }
    });
    (&busy.peer).write_all(b"x").unwrap();
    reactor.dispatch();
    (&other.peer).write_all(b"x").unwrap();
    let mut turns = 0;
    while !other.record.has(READY) {
        reactor.dispatch();
        turns += 1;
        assert!(turns < 10, "the other one starves");
    }
}

#[test]
fn dispatch_returns_despite_endless_input() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    let peer = wire.peer.try_clone().unwrap();
    wire.record.on_effect(move |stream, effect| {
        if effect == READY {
            stream.skip(usize::MAX);
            (&peer).write_all(b"x").unwrap();
        }
    });
    (&wire.peer).write_all(b"x").unwrap();
    wire.reactor.dispatch();
    assert!(is_ready(&wire.reactor), "the rest is left for the next call");
}

#[test]
fn turn_that_defers_again_requests_another() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    wire.record.once(Effect::BytesWritten(1), |stream| assert_eq!(stream.write(b"22"), Some(2)));
    wire.stream.write(b"1");
    assert!(wire.reactor.end_turn());
    assert_eq!(wire.words(), ["written 1 @Connected"]);
    wire.reactor.end_turn();
    assert_eq!(wire.words(), ["written 2 @Connected"]);
    assert!(!wire.reactor.end_turn());
}

/// Counts how often its reactor requests the end of a turn.
#[derive(Default)]
struct Counting(AtomicU32);

impl EventLoop for Counting {
    fn tick_after(&self, _after: Duration) {}

    fn open_turn(&self, _reactor: &Reactor) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counting {
    fn take(&self) -> u32 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

fn counted() -> (Wire, Arc<Counting>) {
    let counting = Arc::new(Counting::default());
    let wire = Wire::on(&Arc::new(Reactor::with_event_loop(counting.clone()).unwrap()));
    wire.settle();
    counting.take();
    (wire, counting)
}

#[test]
fn write_outside_handler_opens_turn() {
    let _watchdog = watchdog();
    let (wire, turns) = counted();
    wire.stream.write(b"1");
    assert_eq!(turns.take(), 1);
    wire.reactor.end_turn();
    assert_eq!(wire.words(), ["written 1 @Connected"]);
    assert_eq!(turns.take(), 0);
}

#[test]
fn write_in_handler_opens_no_turn() {
    let _watchdog = watchdog();
    let (wire, turns) = counted();
    let other = Wire::on(&wire.reactor);
    other.settle();
    turns.take();
    let others = other.stream.clone();
    wire.record.once(READY, move |stream| {
        stream.write(b"1");
        others.write(b"22");
    });
    (&wire.peer).write_all(b"x").unwrap();
    wire.reactor.dispatch();
    assert_eq!(wire.words(), ["ready @Connected", "written 1 @Connected"]);
    assert_eq!(other.words(), ["written 2 @Connected"]);
    assert_eq!(turns.take(), 0);
}

#[test]
fn nested_loop_sends_handlers_writes() {
    let _watchdog = watchdog();
    let (wire, turns) = counted();
    let (reactor, record, counted) = (wire.reactor.clone(), wire.record.clone(), turns.clone());
    wire.record.once(READY, move |stream| {
        stream.write(b"1");
        assert_eq!(counted.take(), 0);
        reactor.interrupt();
        assert_eq!(counted.take(), 1);
        reactor.end_turn();
        assert!(record.has(Effect::BytesWritten(1)));
        // The handler continues after its loop.
        stream.write(b"22");
        assert_eq!(counted.take(), 1);
    });
    (&wire.peer).write_all(b"x").unwrap();
    wire.reactor.dispatch();
    assert_eq!(wire.words(), ["ready @Connected", "written 1 @Connected", "written 2 @Connected"]);
}

#[test]
fn write_opens_turn_if_nesting_is_unknown() {
    let _watchdog = watchdog();
    let (wire, turns) = counted();
    wire.reactor.set_nesting_unseen(true);
    let counted = turns.clone();
    wire.record.once(READY, move |stream| {
        stream.write(b"1");
        assert_eq!(counted.take(), 1);
    });
    (&wire.peer).write_all(b"x").unwrap();
    wire.reactor.dispatch();
    assert_eq!(wire.words(), ["ready @Connected", "written 1 @Connected"]);
}

#[test]
fn turn_that_leaves_work_opens_next() {
    let _watchdog = watchdog();
    let (wire, turns) = counted();
    wire.record.once(Effect::BytesWritten(1), |stream| assert_eq!(stream.write(b"22"), Some(2)));
    wire.stream.write(b"1");
    turns.take();
    wire.reactor.end_turn();
    assert_eq!(turns.take(), 1);
    wire.reactor.end_turn();
    assert_eq!(wire.words(), ["written 1 @Connected", "written 2 @Connected"]);
    assert_eq!(turns.take(), 0);
}

#[test]
fn connects_wait_without_spinning() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = Listener::bind(folder.address("a"), None, 0).unwrap();
    let reactor = reactor();
    let streams: Vec<_> = (0..101).map(|_| connect(&folder, &reactor, None)).collect();
    let waiting = streams.iter().filter(|(stream, _)| stream.state() == State::Connecting).count();
    assert_eq!(waiting, 100);
    let time = Instant::now();
    let turns = turns_during(&reactor, Duration::from_millis(200));
    let max_turns = time.elapsed().as_millis() / 16 + 4;
    assert!(u128::from(turns) <= max_turns, "{turns} turns in place of {max_turns}");
    for (stream, _) in &streams {
        stream.detach();
    }
}

#[test]
fn a_tick_sends_nothing() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = Listener::bind(folder.address("a"), None, 0).unwrap();
    let wire = Wire::new();
    let streams = [(); 2].map(|()| connect(&folder, &wire.reactor, None));
    assert_eq!(streams[1].0.state(), State::Connecting);
    settle(&wire.reactor);
    wire.stream.write(b"x").unwrap();
    wire.reactor.tick();
    assert_eq!(wire.stream.bytes_to_write(), 1);
    wire.reactor.end_turn();
    assert_eq!(wire.stream.bytes_to_write(), 0);
    for (stream, _) in &streams {
        stream.detach();
    }
}

#[test]
fn room_is_found_within_20_milliseconds() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let listener = Listener::bind(folder.address("a"), None, 0).unwrap();
    let reactor = reactor();
    let streams: Vec<_> = (0..6).map(|_| connect(&folder, &reactor, None)).collect();
    for (stream, _) in &streams[1..] {
        assert_eq!(stream.state(), State::Connecting);
        assert!(listener.accept().unwrap().is_some());
        // It is due by then, however late this thread is.
        let due = reactor.next_tick().unwrap();
        assert!(due < Instant::now() + Duration::from_millis(20));
        // In order of arrival.
        turn_until(&reactor, || stream.state() == State::Connected);
    }
    for (stream, _) in &streams {
        stream.detach();
    }
}

#[test]
fn hundred_waiting_connects_succeed() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let listener = Listener::bind(folder.address("a"), None, 4).unwrap();
    let reactor = reactor();
    let streams: Vec<_> = (0..100).map(|_| connect(&folder, &reactor, None)).collect();
    let mut accepted = vec![];
    turn_until(&reactor, || {
        while let Some(connection) = listener.accept().unwrap() {
            accepted.push(connection);
        }
        streams.iter().all(|(stream, _)| stream.state() == State::Connected)
    });
    settle(&reactor);
    assert_eq!(reactor.held(), 0);
    assert!(
        turns_during(&reactor, Duration::from_millis(20)) == 0,
        "no attempt waits, nothing ticks"
    );
    for (stream, record) in &streams {
        assert_eq!(record.count(Effect::Connected), 1);
        stream.detach();
    }
}

#[test]
fn connect_that_takes_too_long_fails() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = Listener::bind(folder.address("a"), None, 0).unwrap();
    let reactor = reactor();
    let first = connect(&folder, &reactor, None);
    let started = Instant::now();
    let timeout = Duration::from_millis(30);
    let (late, record) = connect(&folder, &reactor, Some(timeout));
    turn_until(&reactor, || late.state() == State::Unconnected);
    assert!(started.elapsed() >= timeout);
    assert_eq!(
        record.words(),
        [
            "Connecting @Connecting",
            "error TimedOut @Connecting",
            "close @Unconnected",
            "Unconnected @Unconnected"
        ]
    );
    assert_eq!(first.0.state(), State::Connected);
    first.0.detach();
    late.detach();
}

#[test]
fn closed_listener_refuses_waiting() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let listener = Listener::bind(folder.address("a"), None, 0).unwrap();
    let reactor = reactor();
    let streams = [connect(&folder, &reactor, None), connect(&folder, &reactor, None)];
    drop(listener);
    let (waiting, record) = &streams[1];
    turn_until(&reactor, || waiting.state() == State::Unconnected);
    // The file was removed with the listener.
    assert!(record.words().contains(&"error NotFound @Connecting".to_owned()));
    streams.iter().for_each(|(stream, _)| stream.detach());
}

#[test]
fn abort_cancels_pending_connect() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = Listener::bind(folder.address("a"), None, 0).unwrap();
    let reactor = reactor();
    let streams = [connect(&folder, &reactor, None), connect(&folder, &reactor, None)];
    streams[1].0.abort();
    turn_until(&reactor, || reactor.held() == 0);
    streams.iter().for_each(|(stream, _)| stream.detach());
}
