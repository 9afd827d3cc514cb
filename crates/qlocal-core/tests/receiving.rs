// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What one turn receives, from sockets of each type.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use qlocal_core::{Reactor, Stream};
use rustix::net::{self, AddressFamily, SendFlags, SocketFlags, SocketType};

mod util;
use util::*;

fn pair(kind: SocketType) -> (OwnedFd, OwnedFd) {
    net::socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None).unwrap()
}

/// A stream over this socket.
struct Link {
    reactor: Arc<Reactor>,
    stream: Stream,
    record: Arc<Recorder>,
    _dog: Watchdog,
}

impl Link {
    fn over(descriptor: OwnedFd) -> Self {
        let reactor = reactor();
        let (stream, record) = adopted(&reactor, descriptor);
        Self { reactor, stream, record, _dog: watchdog() }
    }

    #[track_caller]
    fn turn_until(&self, done: impl FnMut() -> bool) {
        turn_until(&self.reactor, done);
    }

    fn words(&self) -> Vec<String> {
        self.record.words()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stream.detach();
    }
}

/// Sends as much as possible without blocking, and returns how much that was.
fn fill(socket: &OwnedFd, size: usize) -> usize {
    let _ = net::sockopt::set_socket_send_buffer_size(socket, size);
    let mut sent = 0;
    while sent < size {
        let bytes: Vec<u8> = (sent as u64..size as u64).map(pattern).collect();
        match net::send(socket, &bytes, SendFlags::DONTWAIT) {
            Ok(count) => sent += count,
            Err(_) => break,
        }
    }
    sent
}

#[test]
fn one_turn_reads_all_available_input() {
    let (ours, peer) = pair(SocketType::STREAM);
    let wire = Link::over(ours);
    let sent = fill(&peer, 4 << 20);
    assert!(sent > 256 * 1024, "the kernel buffers {sent} bytes only");
    wire.reactor.dispatch();
    assert_eq!(wire.words(), ["ready @Connected"]);
    assert_eq!(wire.stream.bytes_available(), sent);
}

#[test]
fn read_limit_bounds_turn() {
    let (ours, peer) = pair(SocketType::STREAM);
    let wire = Link::over(ours);
    wire.stream.set_read_limit(300_000);
    assert!(fill(&peer, 4 << 20) > 300_000);
    wire.reactor.dispatch();
    assert_eq!(wire.stream.bytes_available(), 300_000);
}

#[test]
fn packets_arrive_one_at_a_time() {
    for kind in [SocketType::SEQPACKET, SocketType::DGRAM] {
        let (ours, peer) = pair(kind);
        let wire = Link::over(ours);
        let mut expected = Vec::new();
        for size in [1, 65_536, 90_000, 3] {
            let packet = vec![b'0' + (size % 10) as u8; size];
            assert_eq!(net::send(&peer, &packet, SendFlags::DONTWAIT), Ok(size));
            expected.extend(packet);
        }
        let mut got = Vec::new();
        for _ in 0..4 {
            wire.reactor.dispatch();
            assert_eq!(wire.words(), ["ready @Connected"]);
            got.extend(wire.stream.read_all());
        }
        assert_eq!(got.len(), expected.len());
        assert!(got == expected);
    }
}

#[test]
fn packet_longer_than_limit_arrives_whole() {
    let (ours, peer) = pair(SocketType::SEQPACKET);
    let wire = Link::over(ours);
    wire.stream.set_read_limit(10);
    net::send(&peer, &[b'x'; 1000], SendFlags::DONTWAIT).unwrap();
    wire.reactor.dispatch();
    assert_eq!(wire.stream.bytes_available(), 1000);
}

#[test]
fn packet_without_bytes_is_not_end() {
    for kind in [SocketType::SEQPACKET, SocketType::DGRAM] {
        let (ours, peer) = pair(kind);
        let wire = Link::over(ours);
        for packet in [&b""[..], b"", b"after"] {
            net::send(&peer, packet, SendFlags::DONTWAIT).unwrap();
        }
        wire.turn_until(|| wire.stream.bytes_available() == 5);
        assert_eq!(wire.words(), ["ready @Connected"]);
    }
}

#[test]
fn packet_socket_end_follows_packets() {
    let (ours, peer) = pair(SocketType::SEQPACKET);
    let wire = Link::over(ours);
    for packet in [&b"a"[..], b"", b"b"] {
        net::send(&peer, packet, SendFlags::DONTWAIT).unwrap();
    }
    drop(peer);
    let mut words = Vec::new();
    wire.turn_until(|| {
        words.extend(wire.words());
        words.last().is_some_and(|word| word.starts_with("disconnected"))
    });
    assert_eq!(words.iter().filter(|word| word.starts_with("ready")).count(), 2);
    assert_eq!(wire.stream.read_all(), b"ab");
}

#[test]
fn waiting_takes_one_packet() {
    let (ours, peer) = pair(SocketType::SEQPACKET);
    let wire = Link::over(ours);
    for packet in [b"one", b"two"] {
        net::send(&peer, packet, SendFlags::DONTWAIT).unwrap();
    }
    assert!(wire.stream.wait_for_ready_read(deadline()));
    assert_eq!(wire.stream.read_all(), b"one");
}

#[test]
fn long_writes_are_split_into_packets() {
    check_packets(|stream, bytes| stream.write(bytes));
}

#[test]
fn handed_over_memory_is_split_into_packets() {
    check_packets(|stream, bytes| stream.write_owned(&mut bytes.to_vec()));
}

#[test]
fn long_writes_with_descriptors_are_split_into_packets() {
    let descriptor = || pipe().0.into();
    check_packets(|stream, bytes| {
        stream.write_with_descriptors(bytes, vec![descriptor(), descriptor()]).ok()
    });
    // Some of it goes with a descriptor, the rest does not.
    check_packets(|stream, bytes| {
        let (first, rest) = bytes.split_at(300_000);
        let count = stream.write_with_descriptors(first, vec![descriptor()]).ok()?;
        Some(count + stream.write(rest)?)
    });
}

/// Writes more than fits into a packet, and expects it to arrive.
#[track_caller]
fn check_packets(write: impl FnOnce(&Stream, &[u8]) -> Option<usize>) {
    let (ours, peer) = pair(SocketType::SEQPACKET);
    let wire = Link::over(ours);
    let bytes: Vec<u8> = (0..1_000_000).map(pattern).collect();
    assert_eq!(write(&wire.stream, &bytes), Some(bytes.len()));
    let mut got = Vec::new();
    wire.turn_until(|| {
        let mut room = vec![0; 1 << 20];
        while let Ok((count, _)) = net::recv(&peer, &mut room[..], net::RecvFlags::DONTWAIT) {
            got.extend_from_slice(&room[..count]);
        }
        got.len() == bytes.len()
    });
    assert!(got == bytes);
}
