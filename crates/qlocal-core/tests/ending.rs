// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! How connections end, over real descriptors.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};

use qlocal_core::{Effect, Error, ErrorKind, Operation, State, Stream};

mod util;
use util::*;

const PEER_CLOSED: [&str; 5] = [
    "error PeerClosed @Connected",
    "Closing @Closing",
    "Unconnected @Unconnected",
    "finished @Unconnected",
    "disconnected @Unconnected",
];

/// After a failed send, which skips Closing.
const WITHOUT_CLOSING: [&str; 4] = [
    "error PeerClosed @Connected",
    "Unconnected @Unconnected",
    "finished @Unconnected",
    "disconnected @Unconnected",
];

const CLOSED: [&str; 5] = [
    "close @Connected",
    "Closing @Closing",
    "Unconnected @Unconnected",
    "finished @Unconnected",
    "disconnected @Unconnected",
];

/// More than a socket accepts while its peer does not read.
const TOO_MUCH: usize = 4 << 20;

fn hang_up(wire: &mut Wire) {
    let (other, _) = UnixStream::pair().unwrap();
    wire.peer = other;
}

#[test]
fn end_of_file_follows_input() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(b"bye").unwrap();
    hang_up(&mut wire);
    wire.settle();
    assert_eq!(wire.words(), [&["ready @Connected"][..], &PEER_CLOSED].concat());
    assert_eq!(read_all(&wire.stream), (b"bye".to_vec(), true));
}

#[test]
fn flush_to_closed_peer_skips_closing() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    hang_up(&mut wire);
    assert_eq!(wire.stream.write(b"lost"), Some(4));
    assert!(!wire.stream.flush());
    assert_eq!(wire.words(), WITHOUT_CLOSING);
    assert_eq!(wire.stream.bytes_to_write(), 0);
}

#[test]
fn unread_answer_outlives_failed_flush() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(b"answer").unwrap();
    hang_up(&mut wire);
    wire.stream.write(b"lost");
    assert!(!wire.stream.flush());
    assert_eq!(wire.words(), [&["ready @Connected"][..], &WITHOUT_CLOSING].concat());
    assert_eq!(read_all(&wire.stream), (b"answer".to_vec(), true));
}

#[test]
fn hang_up_is_detected_at_turn_end() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    hang_up(&mut wire);
    wire.stream.write(b"lost");
    wire.settle();
    assert_eq!(wire.words(), PEER_CLOSED);
}

#[test]
fn peer_shutdown_of_reading_fails_writes() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    wire.peer.shutdown(Shutdown::Read).unwrap();
    wire.stream.write(b"lost");
    wire.settle();
    assert_eq!(wire.words(), WITHOUT_CLOSING);
}

#[test]
fn close_in_error_handler_adds_no_error() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.write(&vec![0; TOO_MUCH]);
    wire.stream.flush();
    wire.settle();
    wire.words();
    wire.record.on_effect(|stream, effect| {
        if matches!(effect, Effect::ErrorOccurred(_)) {
            stream.disconnect();
        }
    });
    hang_up(&mut wire);
    wire.settle();
    assert_eq!(wire.words(), PEER_CLOSED);
}

#[test]
fn closing_ends_when_handler_sends_all() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    wire.stream.write(&vec![7; TOO_MUCH]);
    // The end of the turn has sent what the kernel accepts, and waits for room.
    wire.settle();
    let mut peer = wire.peer.try_clone().unwrap();
    wire.record.once(Effect::CloseDevice, move |stream| {
        let mut room = vec![0; TOO_MUCH];
        while stream.bytes_to_write() > 0 {
            let _ = peer.read(&mut room);
            stream.flush();
        }
    });
    wire.words();
    wire.stream.close();
    let words: Vec<_> =
        wire.words().into_iter().filter(|word| !word.starts_with("written")).collect();
    assert_eq!(words, CLOSED);
}

#[test]
fn write_in_close_device_handler_is_sent() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.record
        .once(Effect::CloseDevice, |stream| assert_eq!(stream.write(b"last words"), Some(10)));
    wire.stream.close();
    wire.turn_until(|| wire.stream.state() == State::Unconnected);
    let mut got = String::new();
    wire.peer.read_to_string(&mut got).unwrap();
    assert_eq!(got, "last words");
}

#[test]
fn write_without_descriptor_returns_none() {
    let stream = Stream::new();
    stream.adopt(
        Err(Error::new(ErrorKind::InvalidState, Operation::Adopt)),
        State::Connected,
        Ok(reactor()),
    );
    assert_eq!(stream.write(b"x"), None);
}

#[test]
fn unconnected_descriptor_is_left_alone() {
    let _watchdog = watchdog();
    for state in [State::Unconnected, State::Connecting] {
        let (ours, mut peer) = UnixStream::pair().unwrap();
        let reactor = reactor();
        let stream = Stream::new();
        let record = Recorder::attach(&stream);
        stream.adopt(Ok(ours.into()), state, Ok(reactor.clone()));
        peer.write_all(b"x").unwrap();
        drop(peer);
        settle(&reactor);
        assert_eq!(record.words(), [""; 0]);
        stream.detach();
    }
}

#[test]
fn connect_in_detach_keeps_no_descriptor() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = UnixListener::bind(folder.join("a")).unwrap();
    let wire = Wire::new();
    let (address, reactor) = (folder.address("a"), wire.reactor.clone());
    wire.record.once(Effect::Disconnected, move |stream| {
        stream.connect(Ok(address), Ok(reactor), None);
        assert_eq!(stream.state(), State::Connected);
    });
    wire.stream.detach();
    assert_eq!(wire.stream.raw_descriptor(), None);
    assert_eq!(wire.stream.state(), State::Unconnected);
}

#[test]
fn detached_stream_is_removed_from_reactor() {
    let reactor = reactor();
    for _ in 0..10 {
        let wire = Wire::on(&reactor);
        wire.stream.set_read_limit(1);
        wire.stream.write(b"the event loop never turns");
        (&wire.peer).write_all(b"more than the limit").unwrap();
        wire.stream.wait_for_ready_read(deadline());
        wire.stream.write(b"again");
    }
    assert_eq!(Arc::strong_count(&reactor), 1);
}

#[test]
fn reconnect_in_handler_keeps_new_name() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = UnixListener::bind(folder.join("a")).unwrap();
    let wire = Wire::new();
    let (address, reactor) = (folder.address("a"), wire.reactor.clone());
    wire.record.once(Effect::Disconnected, move |stream| {
        assert!(stream.set_name("again"));
        stream.connect(Ok(address), Ok(reactor), None);
    });
    wire.stream.close();
    assert_eq!(wire.stream.name(), "again");
    assert_eq!(wire.stream.address(), folder.address("a"));
}

#[test]
fn old_end_precedes_new_connection() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let _listener = UnixListener::bind(folder.join("a")).unwrap();
    let wire = Wire::new();
    let connect = {
        let (address, reactor) = (folder.address("a"), wire.reactor.clone());
        move |stream: &Stream| stream.connect(Ok(address.clone()), Ok(reactor.clone()), None)
    };
    // Two handlers connect, one inside the other: the result is one connection.
    let inner = connect.clone();
    wire.record.on_effect(move |stream, effect| {
        if effect == Effect::StateChanged(State::Unconnected) {
            let nested = Recorder::attach(stream);
            nested.once(Effect::ReadChannelFinished, inner.clone());
            connect(stream);
            let kinds: Vec<_> = nested.take().into_iter().map(|(effect, _)| word(effect)).collect();
            assert_eq!(
                kinds,
                [
                    "finished",
                    "disconnected",
                    "close",
                    "Connecting",
                    "Connected",
                    "open",
                    "connected",
                    "error InvalidState"
                ]
            );
        }
    });
    wire.stream.abort();
    assert_eq!(wire.stream.state(), State::Connected);
}

#[test]
fn input_in_closing_handler_is_reported_once() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(b"unread").unwrap();
    let reactor = wire.reactor.clone();
    let turns = Arc::new(Mutex::new(Vec::new()));
    let seen = turns.clone();
    wire.record.on_effect(move |_, effect| {
        if effect == Effect::StateChanged(State::Closing) {
            // As an event loop that the handler runs.
            *seen.lock().unwrap() = (0..3).map(|_| reactor.dispatch()).collect();
        }
    });
    wire.stream.disconnect();
    assert_eq!(turns.lock().unwrap()[1..], [false, false]);
    assert_eq!(wire.words(), CLOSED[1..]);
}
