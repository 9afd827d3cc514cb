// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Random interleavings of all operations that move bytes, over a real socket pair and reactor:
//! every byte arrives once, in order, whatever the limits, pauses and disconnects.

use std::io::{ErrorKind, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::{Effect, Reactor, Read, State, Stream};

mod util;
use util::*;

#[derive(Debug, Clone, Copy)]
enum Step {
    Write(usize),
    Flush,
    Read(usize),
    Limit(usize),
    Turn,
}

fn size() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1_usize..300, 2 => 1_000_usize..70_000, 1 => 200_000_usize..400_000]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => size().prop_map(Step::Write),
        1 => Just(Step::Flush),
        3 => size().prop_map(Step::Read),
        1 => prop::sample::select(vec![0, 1, 10, 4096, 100_000]).prop_map(Step::Limit),
        3 => Just(Step::Turn),
    ]
}

/// What each end has done to its connection, and will do.
trait End {
    fn step(&mut self, step: Step);
    /// Sends the rest, and ends its direction.
    fn finish(&mut self);
    fn read(&mut self, room: usize) -> usize;
    fn has_ended(&self) -> bool;
}

#[derive(Default)]
struct Counts {
    written: u64,
    read: u64,
}

impl Counts {
    fn next(&mut self, count: usize) -> Vec<u8> {
        let bytes = (self.written..).take(count).map(pattern).collect();
        self.written += count as u64;
        bytes
    }

    fn check(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            assert_eq!(byte, pattern(self.read), "at {}", self.read);
            self.read += 1;
        }
    }
}

struct Ours {
    stream: Stream,
    record: Arc<Recorder>,
    reactor: Arc<Reactor>,
    counts: Counts,
    ended: bool,
}

impl Ours {
    fn new(reactor: &Arc<Reactor>, descriptor: UnixStream) -> Self {
        let (stream, record) = adopted(reactor, descriptor.into());
        let (reactor, counts) = (reactor.clone(), Counts::default());
        Self { stream, record, reactor, counts, ended: false }
    }

    fn announced(&self) -> u64 {
        let log = self.record.take();
        log.iter()
            .map(|(effect, _)| if let Effect::BytesWritten(n) = effect { *n as u64 } else { 0 })
            .sum()
    }
}

impl End for Ours {
    fn step(&mut self, step: Step) {
        match step {
            Step::Write(count) => {
                if self.stream.state() == State::Connected {
                    assert_eq!(self.stream.write(&self.counts.next(count)), Some(count));
                }
            }
            Step::Flush => drop(self.stream.flush()),
            Step::Read(room) => drop(self.read(room)),
            Step::Limit(limit) => self.stream.set_read_limit(limit),
            Step::Turn => {
                self.reactor.end_turn();
                self.reactor.dispatch();
            }
        }
    }

    fn finish(&mut self) {
        self.stream.disconnect();
    }

    fn read(&mut self, room: usize) -> usize {
        let mut room = vec![MaybeUninit::uninit(); room];
        match self.stream.read(&mut room) {
            Read::End => {
                self.ended = true;
                0
            }
            Read::Bytes(count) => {
                self.counts.check(&initialised(&room[..count]));
                count
            }
        }
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.stream.detach();
    }
}

struct Plain {
    socket: UnixStream,
    counts: Counts,
    unsent: Vec<u8>,
    ended: bool,
    finishing: bool,
}

impl Plain {
    fn new(socket: UnixStream) -> Self {
        socket.set_nonblocking(true).unwrap();
        Self { socket, counts: Counts::default(), unsent: vec![], ended: false, finishing: false }
    }

    fn send(&mut self) {
        while !self.unsent.is_empty() {
            match self.socket.write(&self.unsent) {
                Ok(count) => drop(self.unsent.drain(..count)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("{error}"),
            }
        }
        if self.finishing {
            let _ = self.socket.shutdown(Shutdown::Write);
        }
    }
}

impl End for Plain {
    fn step(&mut self, step: Step) {
        match step {
            Step::Write(count) => {
                let bytes = self.counts.next(count);
                self.unsent.extend(bytes);
            }
            Step::Read(room) => drop(self.read(room)),
            Step::Flush | Step::Limit(_) | Step::Turn => self.send(),
        }
    }

    fn finish(&mut self) {
        self.finishing = true;
        self.send();
    }

    fn read(&mut self, room: usize) -> usize {
        let mut room = vec![0; room];
        match self.socket.read(&mut room) {
            Ok(0) => {
                self.ended = true;
                0
            }
            Ok(count) => {
                self.counts.check(&room[..count]);
                count
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => panic!("{error}"),
        }
    }

    fn has_ended(&self) -> bool {
        self.ended
    }
}

/// Drives both until one has sent everything and the other has read it, to the end of file.
fn run_down(reactor: &Reactor, from: &mut dyn End, to: &mut dyn End) {
    let until = deadline();
    while !to.has_ended() {
        from.step(Step::Turn);
        reactor.end_turn();
        reactor.dispatch();
        while to.read(100_000) > 0 {}
        assert!(std::time::Instant::now() < until.unwrap(), "the connection does not end");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn every_byte_arrives_between_streams(steps in vec((any::<bool>(), step()), 0..80)) {
        let _watchdog = watchdog();
        let reactor = reactor();
        let (left, right) = UnixStream::pair().unwrap();
        let mut left = Ours::new(&reactor, left);
        let mut right = Ours::new(&reactor, right);
        for (is_left, step) in steps {
            let end: &mut dyn End = if is_left { &mut left } else { &mut right };
            end.step(step);
        }
        // Single bytes would take too long for the rest.
        left.step(Step::Limit(5_000));
        right.step(Step::Limit(0));
        // Bytes of one direction are read before the other end closes, which would drop its input.
        let until = deadline().unwrap();
        while left.counts.written > right.counts.read || right.counts.written > left.counts.read {
            left.step(Step::Turn);
            left.read(100_000);
            right.read(100_000);
            prop_assert!(std::time::Instant::now() < until, "bytes are missing");
        }
        left.finish();
        run_down(&reactor, &mut left, &mut right);
        for end in [&left, &right] {
            prop_assert_eq!(end.stream.state(), State::Unconnected);
            prop_assert_eq!(end.record.count(Effect::Disconnected), 1);
            prop_assert_eq!(end.record.count(Effect::ReadChannelFinished), 1);
            prop_assert_eq!(end.announced(), end.counts.written);
        }
    }

    #[test]
    fn bytes_before_disconnect_reach_peer(
        steps in vec((any::<bool>(), step()), 0..80),
    ) {
        let _watchdog = watchdog();
        let reactor = reactor();
        let (ours, peer) = UnixStream::pair().unwrap();
        let (mut ours, mut peer) = (Ours::new(&reactor, ours), Plain::new(peer));
        for (is_ours, step) in steps {
            let end: &mut dyn End = if is_ours { &mut ours } else { &mut peer };
            end.step(step);
        }
        ours.step(Step::Limit(5_000));
        // Closing with unread input would cause a reset, which may overtake what was sent.
        let until = deadline().unwrap();
        while peer.counts.written > ours.counts.read {
            peer.step(Step::Turn);
            ours.step(Step::Turn);
            ours.read(100_000);
            peer.read(100_000);
            prop_assert!(std::time::Instant::now() < until, "bytes are missing");
        }
        ours.finish();
        run_down(&reactor, &mut ours, &mut peer);
        prop_assert_eq!(peer.counts.read, ours.counts.written);
        prop_assert_eq!(ours.announced(), ours.counts.written);
    }

    #[test]
    fn bytes_before_peer_close_stay_readable(
        steps in vec((any::<bool>(), step()), 0..80),
    ) {
        let _watchdog = watchdog();
        let reactor = reactor();
        let (ours, peer) = UnixStream::pair().unwrap();
        let (mut ours, mut peer) = (Ours::new(&reactor, ours), Plain::new(peer));
        for (is_ours, step) in steps {
            // This end only reads: a failed write would rightly end it early.
            match (is_ours, step) {
                (true, Step::Write(_)) => {}
                (true, step) => ours.step(step),
                (false, step) => peer.step(step),
            }
        }
        ours.step(Step::Limit(5_000));
        peer.finish();
        run_down(&reactor, &mut peer, &mut ours);
        prop_assert_eq!(ours.counts.read, peer.counts.written);
        let log = ours.record.words();
        let at = |word: &str| log.iter().position(|seen| seen.starts_with(word));
        prop_assert!(at("error PeerClosed @Connected") < at("Closing"));
        prop_assert_eq!(&log[log.len() - 3..], [
            "Unconnected @Unconnected", "finished @Unconnected", "disconnected @Unconnected",
        ]);
    }
}

#[test]
fn bytes_are_sent_at_turn_end() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.write(b"head");
    wire.stream.write(b"body");
    let mut room = [0; 20];
    assert_eq!(wire.peer.read(&mut room).unwrap_err().kind(), ErrorKind::WouldBlock);
    wire.reactor.end_turn();
    assert_eq!(wire.peer.read(&mut room).unwrap(), 8);
    assert_eq!(wire.words(), ["written 8 @Connected"]);
}

#[test]
fn abort_sends_nothing() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.write(b"lost");
    wire.stream.abort();
    wire.settle();
    assert_eq!(wire.peer.read(&mut [0; 20]).unwrap(), 0);
    assert_eq!(
        wire.words(),
        [
            "Unconnected @Unconnected",
            "finished @Unconnected",
            "disconnected @Unconnected",
            "close @Unconnected"
        ]
    );
}

#[test]
fn pending_input_is_one_ready_read() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(&[7; 150_000]).unwrap();
    wire.settle();
    assert_eq!(wire.words(), ["ready @Connected"]);
    assert_eq!(wire.stream.bytes_available(), 150_000);
}

#[test]
fn peer_close_at_limit_waits_for_reading() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(10);
    wire.peer.write_all(&[7; 15]).unwrap();
    wire.settle();
    wire.stream.read(&mut [MaybeUninit::uninit(); 1]);
    wire.settle();
    wire.words();
    wire.peer.shutdown(std::net::Shutdown::Both).unwrap();
    wire.settle();
    assert_eq!((wire.words(), wire.stream.bytes_available()), (vec![], 9));
    assert_eq!(read_all(&wire.stream).0.len(), 9);
    wire.turn_until(|| wire.record.has(Effect::ReadyRead));
    assert_eq!(read_all(&wire.stream).0.len(), 5);
    wire.turn_until(|| wire.record.has(Effect::Disconnected));
}

#[test]
fn read_limit_bounds_unread_bytes() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(10);
    wire.peer.write_all(&[7; 25]).unwrap();
    let mut portions = vec![];
    while portions.iter().sum::<usize>() < 25 {
        wire.settle();
        assert_eq!(wire.words(), ["ready @Connected"]);
        portions.push(read_all(&wire.stream).0.len());
    }
    assert_eq!(portions, [10, 10, 5]);
}

#[test]
fn partial_read_frees_no_room() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(10);
    wire.peer.write_all(&[7; 25]).unwrap();
    wire.settle();
    assert_eq!(wire.stream.skip(5), Read::Bytes(5));
    wire.settle();
    assert_eq!(wire.words(), ["ready @Connected"]);
    assert_eq!(wire.stream.bytes_available(), 5);
}

#[test]
fn full_buffer_after_hang_up_does_not_spin() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(4);
    wire.peer.write_all(b"too much").unwrap();
    wire.settle();
    wire.peer = UnixStream::pair().unwrap().0;
    // Returns only once nothing is ready.
    wire.settle();
    assert_eq!(wire.words(), ["ready @Connected"]);
    read_all(&wire.stream);
    wire.settle();
    assert_eq!(wire.words(), ["ready @Connected"]);
    read_all(&wire.stream);
    wire.settle();
    assert_eq!(wire.stream.state(), State::Unconnected);
}

#[test]
fn write_only_stream_detects_end() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_readable(false);
    wire.peer.write_all(b"x").unwrap();
    wire.settle();
    assert_eq!((wire.words(), wire.stream.bytes_available()), (vec![], 0));
    wire.peer = UnixStream::pair().unwrap().0;
    wire.settle();
    assert_eq!(wire.stream.state(), State::Unconnected);
}

#[test]
fn read_line_stops_after_newline() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.peer.write_all(b"one\ntwo").unwrap();
    wire.settle();
    let mut room = [MaybeUninit::uninit(); 20];
    assert!(wire.stream.has_line());
    assert_eq!(wire.stream.read_line(&mut room), Read::Bytes(4));
    assert!(!wire.stream.has_line());
    assert_eq!(wire.stream.read_line(&mut room), Read::Bytes(3));
    assert_eq!(wire.stream.read_line(&mut room), Read::Bytes(0));
}
