// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A stream with its reactor and a real peer: reads, writes, limits, waits and disconnects in any
//! order, also in handlers. Every byte arrives once and in order.

use std::io::{IoSlice, Read as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use qlocal_core::{Effect, Host, Reactor, Read, State, Stream};

use crate::{pattern, Bytes};

/// The maximum number of bytes that a case moves.
const MAX_BYTES: u64 = 4 << 20;

/// The user of the stream.
struct User {
    stream: Stream,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    read: u64,
    written: u64,
    announced: u64,
    is_closed: bool,
    disconnected: u32,
    /// The actions of the next handlers.
    handlers: Vec<u8>,
}

struct Peer {
    socket: Option<UnixStream>,
    read: u64,
    written: u64,
}

pub fn play(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let reactor = Arc::new(Reactor::new().expect("a reactor"));
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    theirs.set_nonblocking(true).expect("a socket");
    let stream = Stream::new();
    let user = Arc::new(User { stream: stream.clone(), seen: Mutex::default() });
    stream.attach(user.clone());
    stream.adopt(Ok(ours.into()), State::Connected, Ok(reactor.clone()));
    let mut peer = Peer { socket: Some(theirs), read: 0, written: 0 };
    let handlers = usize::from(bytes.byte() % 8);
    let handlers: Vec<u8> = (0..handlers).map(|_| bytes.byte()).collect();
    user.seen.lock().expect("not poisoned").handlers = handlers;
    while !bytes.is_empty() && peer.written + peer.read < MAX_BYTES {
        match bytes.byte() % 12 {
            0 | 1 => {
                reactor.end_turn();
                reactor.dispatch();
            }
            2 => peer.write(bytes.size()),
            3 => peer.read(bytes.size()),
            4 => peer.end(bytes.byte()),
            5 => stream.set_read_limit(bytes.size()),
            6 => {
                let now = Some(Instant::now());
                match bytes.byte() % 4 {
                    0 => stream.wait_for_ready_read(now),
                    1 => stream.wait_for_bytes_written(now),
                    2 => stream.wait_for_disconnected(now),
                    _ => stream.wait_for_connected(now),
                };
            }
            7 => {
                stream.leave_thread();
                stream.join_thread(Ok(reactor.clone()));
            }
            _ => user.act(bytes.byte(), &mut bytes),
        }
        user.check(&peer);
    }
    drop(peer.socket.take());
    stream.detach();
    let seen = user.seen.lock().expect("not poisoned");
    assert!(seen.disconnected == 1, "it ends once");
    drop(seen);
    reactor.end_turn();
    assert_eq!(reactor.held(), 0);
}

impl User {
    fn act(&self, what: u8, bytes: &mut Bytes<'_>) {
        match what % 10 {
            0..=2 => self.write(bytes.size()),
            3 | 4 => self.read(bytes.size()),
            5 => {
                self.stream.flush();
            }
            6 => {
                let skipped = self.stream.skip(bytes.size());
                self.count_read(skipped);
            }
            7 => self.stream.disconnect(),
            8 if bytes.byte() > 200 => {
                self.close();
                self.stream.abort();
            }
            9 if bytes.byte() > 200 => {
                self.close();
                self.stream.close();
            }
            _ => {}
        }
    }

    /// Discards received and future input.
    fn close(&self) {
        self.seen.lock().expect("not poisoned").is_closed = true;
    }

    fn write(&self, count: usize) {
        let mut seen = self.seen.lock().expect("not poisoned");
        let data: Vec<u8> = (seen.written..).take(count).map(pattern).collect();
        if self.stream.write(&data).is_some() {
            seen.written += count as u64;
        }
    }

    fn read(&self, count: usize) {
        let mut room = vec![0; count];
        let outcome = self.stream.read_slice(&mut room);
        let seen = self.seen.lock().expect("not poisoned");
        let (from, is_closed) = (seen.read, seen.is_closed);
        drop(seen);
        if let (Read::Bytes(count), false) = (outcome, is_closed) {
            assert!((from..)
                .map(pattern)
                .zip(&room[..count])
                .all(|(wanted, &byte)| wanted == byte));
        }
        self.count_read(outcome);
    }

    fn count_read(&self, outcome: Read) {
        if let Read::Bytes(count) = outcome {
            self.seen.lock().expect("not poisoned").read += count as u64;
        }
    }

    fn check(&self, peer: &Peer) {
        let seen = self.seen.lock().expect("not poisoned");
        assert!(seen.read <= peer.written && peer.read <= seen.written);
        assert!(seen.announced <= seen.written && seen.disconnected <= 1);
    }
}

impl Host for User {
    fn carry_out(&self, effect: Effect) {
        let mut seen = self.seen.lock().expect("not poisoned");
        match effect {
            Effect::BytesWritten(count) => seen.announced += count as u64,
            Effect::Disconnected => seen.disconnected += 1,
            _ => {}
        }
        let handler = seen.handlers.pop();
        drop(seen);
        if let Some(what) = handler {
            self.act(what, &mut Bytes(&[what / 2, what, 255]));
        }
    }
}

impl Peer {
    fn write(&mut self, count: usize) {
        let Some(socket) = &mut self.socket else { return };
        let data: Vec<u8> = (self.written..).take(count).map(pattern).collect();
        // Not `Write::write`, which raises SIGPIPE with older versions of Rust: libFuzzer does not ignore it, unlike a
        // main function of Rust.
        self.written +=
            qlocal_sys::socket::send(socket, &[IoSlice::new(&data)]).unwrap_or(0) as u64;
    }

    fn read(&mut self, count: usize) {
        let Some(socket) = &mut self.socket else { return };
        let mut room = vec![0; count];
        let count = socket.read(&mut room).unwrap_or(0);
        assert!((self.read..)
            .map(pattern)
            .zip(&room[..count])
            .all(|(wanted, &byte)| wanted == byte));
        self.read += count as u64;
    }

    fn end(&mut self, how: u8) {
        match how {
            0..100 => {}
            100..180 => {
                let _ = self.socket.as_ref().map(|socket| socket.shutdown(Shutdown::Write));
            }
            _ => self.socket = None,
        }
    }
}
