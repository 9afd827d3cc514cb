// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Blocking waits, without an event loop.

use std::io::{Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use qlocal_core::{Effect, State, Stream};

mod util;
use util::*;

fn soon() -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(30))
}

/// Runs `busy` in another thread for as long as `wait` takes.
fn while_busy<T>(mut busy: impl FnMut() + Send, wait: impl FnOnce() -> T) -> T {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                busy();
            }
        });
        let outcome = wait();
        over.store(true, Ordering::Relaxed);
        outcome
    })
}

#[test]
fn waiting_for_input_ends_when_bytes_arrive() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(b"x").unwrap();
    assert!(wire.stream.wait_for_ready_read(None));
    assert_eq!(wire.words(), ["ready @Connected"]);
}

#[test]
fn buffered_bytes_do_not_end_input_wait() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(b"x").unwrap();
    assert!(wire.stream.wait_for_ready_read(None));
    assert!(!wire.stream.wait_for_ready_read(soon()));
    assert_eq!(wire.words(), ["ready @Connected", "error TimedOut @Connected"]);
}

#[test]
fn wait_sends_written_bytes() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.write(b"ping");
    assert!(wire.stream.wait_for_bytes_written(None));
    assert_eq!(wire.words(), ["written 4 @Connected"]);
    let mut got = [0; 4];
    wire.peer.read_exact(&mut got).unwrap();
    assert_eq!(&got, b"ping");
}

#[test]
fn output_wait_without_output_is_false() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    assert!(!wire.stream.wait_for_bytes_written(None));
    assert_eq!(wire.words(), [""; 0]);
}

#[test]
fn handler_writes_do_not_prolong_wait() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    wire.record.on_effect(|stream, effect| {
        if matches!(effect, Effect::BytesWritten(_)) {
            stream.write(b"the next as long");
        }
    });
    wire.stream.write(b"the next as long");
    assert!(wire.stream.wait_for_bytes_written(None));
}

#[test]
fn bytes_written_handler_can_wait() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    wire.record.once(Effect::BytesWritten(1), |stream| {
        stream.write(b"22");
        assert!(stream.flush());
        stream.write(b"333");
        assert!(stream.wait_for_bytes_written(deadline()));
    });
    wire.stream.write(b"1");
    assert!(wire.stream.flush());
    assert_eq!(wire.words(), ["written 1 @Connected", "written 5 @Connected"]);
}

#[test]
fn full_buffer_after_hang_up_ends_waits() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(4);
    wire.peer.write_all(b"too much").unwrap();
    assert!(wire.stream.wait_for_ready_read(deadline()));
    wire.peer = UnixStream::pair().unwrap().0;
    assert!(!wire.stream.wait_for_ready_read(None));
    assert!(!wire.stream.wait_for_disconnected(None));
    assert_eq!(wire.stream.state(), State::Connected);
    // Reading it lets the rest arrive, and then end of file.
    assert_eq!(read_all(&wire.stream).0, b"too ");
    assert!(wire.stream.wait_for_ready_read(deadline()));
    assert_eq!(read_all(&wire.stream).0, b"much");
    assert!(wire.stream.wait_for_disconnected(deadline()));
}

#[test]
fn wait_after_partial_read_receives() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(4);
    wire.peer.write_all(b"too much").unwrap();
    assert!(wire.stream.wait_for_ready_read(deadline()));
    wire.stream.skip(3);
    assert!(wire.stream.wait_for_ready_read(deadline()));
    assert_eq!(read_all(&wire.stream).0, b" muc");
}

#[test]
fn wait_in_connecting_handler_returns() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = UnixListener::bind(folder.join("a")).unwrap();
    let stream = Stream::new();
    let record = Recorder::attach(&stream);
    record.once(Effect::StateChanged(State::Connecting), |stream| {
        assert!(!stream.wait_for_connected(None));
    });
    stream.connect(Ok(folder.address("a")), Ok(reactor()), None);
    assert_eq!(stream.state(), State::Connected);
    stream.detach();
}

#[test]
fn endless_sender_does_not_delay_deadline() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    let peer = wire.peer.try_clone().unwrap();
    let ended =
        while_busy(|| drop((&peer).write(&[0; 100])), || wire.stream.wait_for_disconnected(soon()));
    assert!(!ended);
    assert_eq!(wire.words().last().unwrap(), "error TimedOut @Connected");
}

#[test]
fn waiting_thread_collects_no_events() {
    let _watchdog = watchdog();
    let reactor = reactor();
    let mut wire = Wire::on(&reactor);
    wire.stream.set_read_limit(1);
    for _ in 0..100 {
        wire.stream.write(b"x");
        assert!(wire.stream.wait_for_bytes_written(deadline()));
        wire.peer.write_all(b"x").unwrap();
        assert!(wire.stream.wait_for_ready_read(deadline()));
        read_all(&wire.stream);
    }
    // The reactor frees its events one by one, so their number can be observed.
    let held = reactor.held();
    assert!(held <= 2, "{held} requests for one stream");
}

#[test]
fn wait_ends_when_peer_closes() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer = UnixStream::pair().unwrap().0;
    assert!(!wire.stream.wait_for_ready_read(None));
    assert_eq!(wire.stream.state(), State::Unconnected);
    assert!(!wire.stream.wait_for_disconnected(None));
}

#[test]
fn disconnect_wait_sends_remaining_output() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.write(b"rest");
    wire.stream.close();
    assert_eq!(wire.stream.state(), State::Closing);
    assert!(wire.stream.wait_for_disconnected(deadline()));
    let mut got = String::new();
    wire.peer.read_to_string(&mut got).unwrap();
    assert_eq!(got, "rest");
}

/// A peer that keeps sending, and reads nothing.
fn check_flood(wait: impl FnOnce(&Stream) -> bool) {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.write(&[b'x'; 4 << 20]);
    wire.stream.flush();
    assert!(wire.stream.bytes_to_write() > 0);
    let (peer, stream) = (&mut wire.peer, &wire.stream);
    let flood = || {
        let _ = peer.write(&[b'y'; 4096]);
    };
    assert!(!while_busy(flood, || wait(stream)));
    assert_eq!(wire.stream.state(), State::Connected);
}

#[test]
fn output_wait_times_out_despite_input() {
    check_flood(|stream| stream.wait_for_bytes_written(soon()));
}

#[test]
fn disconnect_wait_times_out_despite_input() {
    check_flood(|stream| stream.wait_for_disconnected(soon()));
}
