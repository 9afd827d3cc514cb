// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writing memory that the stream keeps until it is sent, and reading memory that it has received
//! into.

use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use qlocal_core::{Limits, OutputQueue, Read, SharedBytes, SlowPeer, State};

mod util;
use util::*;

const LARGE: usize = 100_000;

/// Counts how many of its buffers exist.
#[derive(Clone, Default)]
struct Owner(Arc<AtomicUsize>);

struct Buffer {
    bytes: Vec<u8>,
    owner: Owner,
}

impl Owner {
    fn buffer(&self, bytes: Vec<u8>) -> SharedBytes {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::new(Buffer { bytes, owner: self.clone() })
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // Dropping twice would wrap.
        self.owner.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A wire with a shared buffer in its queue.
fn holding_wire() -> (Wire, Owner) {
    let (wire, owner) = (Wire::new(), Owner::default());
    assert_eq!(wire.stream.write_shared(owner.buffer(vec![1; LARGE])), Some(LARGE));
    assert_eq!(owner.count(), 1);
    (wire, owner)
}

/// Reads everything that arrives at the peer until the queue is empty.
fn receive_all(wire: &mut Wire) -> Vec<u8> {
    let mut all = Vec::new();
    loop {
        wire.settle();
        let before = all.len();
        let _ = wire.peer.read_to_end(&mut all);
        if wire.stream.bytes_to_write() == 0 && all.len() == before {
            return all;
        }
    }
}

#[test]
fn handed_over_bytes_keep_order() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    let mut expected = Vec::new();
    for round in 0..20_u8 {
        let large = vec![round; LARGE + usize::from(round)];
        expected.extend_from_slice(b"head");
        expected.extend_from_slice(&large);
        wire.stream.write_staged(b"he");
        wire.stream.write_staged(b"ad");
        match round % 2 {
            0 => wire.stream.write_owned(&mut large.clone()),
            _ => wire.stream.write_shared(Box::new(large)),
        };
    }
    assert_eq!(wire.stream.bytes_to_write(), expected.len());
    assert!(receive_all(&mut wire) == expected);
    assert_eq!(wire.stream.sent(), expected.len() as u64);
}

#[test]
fn owned_memory_is_taken() {
    let wire = Wire::new();
    for size in [0, 10, OutputQueue::MIN_KEPT, LARGE] {
        let mut bytes = vec![1; size];
        assert_eq!(wire.stream.write_owned(&mut bytes), Some(size));
        assert!(bytes.is_empty());
    }
}

#[test]
fn buffer_is_dropped_once_sent() {
    let _watchdog = watchdog();
    let (mut wire, owner) = holding_wire();
    assert_eq!(receive_all(&mut wire), [1; LARGE]);
    assert_eq!(owner.count(), 0);
}

#[test]
fn partly_sent_buffer_is_kept() {
    let _watchdog = watchdog();
    let (mut wire, owner) = (Wire::new(), Owner::default());
    wire.stream.write_shared(owner.buffer(vec![1; 10_000_000]));
    wire.settle();
    let left = wire.stream.bytes_to_write();
    assert!(left > 0 && left < 10_000_000);
    assert_eq!(owner.count(), 1);
    assert_eq!(receive_all(&mut wire).len(), 10_000_000);
    assert_eq!(owner.count(), 0);
}

#[test]
fn small_buffer_is_dropped_at_once() {
    let (wire, owner) = (Wire::new(), Owner::default());
    assert_eq!(wire.stream.write_shared(owner.buffer(vec![1; 10])), Some(10));
    assert_eq!(owner.count(), 0);
    assert_eq!(wire.stream.bytes_to_write(), 10);
}

#[test]
fn abort_drops_buffer() {
    let (wire, owner) = holding_wire();
    wire.stream.abort();
    assert_eq!(owner.count(), 0);
}

#[test]
fn detach_drops_buffer() {
    let (wire, owner) = holding_wire();
    wire.stream.detach();
    assert_eq!(owner.count(), 0);
}

#[test]
fn close_sends_buffer_first() {
    let _watchdog = watchdog();
    let (mut wire, owner) = holding_wire();
    wire.stream.close();
    assert_eq!(receive_all(&mut wire), [1; LARGE]);
    assert_eq!((wire.stream.state(), owner.count()), (State::Unconnected, 0));
}

#[test]
fn failed_send_drops_buffer() {
    let _watchdog = watchdog();
    let (mut wire, owner) = holding_wire();
    wire.peer = std::os::unix::net::UnixStream::pair().unwrap().0;
    wire.turn_until(|| wire.stream.state() == State::Unconnected);
    assert_eq!(owner.count(), 0);
}

#[test]
fn unconnected_stream_takes_nothing() {
    let (wire, owner) = (Wire::new(), Owner::default());
    wire.stream.abort();
    let mut bytes = vec![1; LARGE];
    assert_eq!(wire.stream.write_owned(&mut bytes), None);
    assert_eq!(bytes.len(), LARGE);
    assert_eq!(wire.stream.write_shared(owner.buffer(bytes)), None);
    assert_eq!(owner.count(), 0);
}

#[test]
fn limit_accepts_part_as_copy() {
    let (wire, owner) = (Wire::new(), Owner::default());
    let limit = |max_queued| Limits { max_queued, ..Limits::default() };
    wire.stream.set_limits(limit(LARGE - 1));
    let mut bytes = vec![1; LARGE];
    assert_eq!(wire.stream.write_owned(&mut bytes), Some(LARGE - 1));
    assert_eq!(bytes.len(), LARGE);
    wire.stream.set_limits(limit(LARGE));
    assert_eq!(wire.stream.write_shared(owner.buffer(bytes)), Some(1));
    assert_eq!((wire.stream.bytes_to_write(), owner.count()), (LARGE, 0));
}

#[test]
fn excess_owned_write_ends_connection() {
    let wire = Wire::new();
    let slow_peer = SlowPeer::Disconnect;
    wire.stream.set_limits(Limits { max_queued: 10, slow_peer, ..Limits::default() });
    assert_eq!(wire.stream.write_owned(&mut vec![1; LARGE]), None);
    wire.settle();
    assert_eq!(wire.stream.state(), State::Unconnected);
}

#[test]
fn stream_with_buffer_moves_to_thread() {
    let _watchdog = watchdog();
    let (mut wire, owner) = holding_wire();
    wire.stream.leave_thread();
    let stream = wire.stream.clone();
    let mover = std::thread::spawn(move || {
        let reactor = reactor();
        stream.join_thread(Ok(reactor.clone()));
        settle(&reactor);
        stream.leave_thread();
    });
    mover.join().unwrap();
    let mut all = Vec::new();
    let _ = wire.peer.read_to_end(&mut all);
    assert_eq!((all.len(), owner.count()), (LARGE, 0));
}

#[test]
fn relay_passes_on_received_memory() {
    let _watchdog = watchdog();
    let reactor = reactor();
    let (mut source, mut target) = (Wire::on(&reactor), Wire::on(&reactor));
    let mut seen = Vec::new();
    for _ in 0..3 {
        std::io::Write::write_all(&mut source.peer, &[7; LARGE]).unwrap();
        source.turn_until(|| source.stream.bytes_available() == LARGE);
        let mut bytes = source.stream.read_all();
        seen.push(bytes.as_ptr() as usize);
        assert_eq!(target.stream.write_owned(&mut bytes), Some(LARGE));
        assert_eq!(receive_all(&mut target), [7; LARGE]);
    }
    assert_eq!(seen[1], seen[2], "the memory returns to the thread once it is sent");
}

#[test]
fn reading_all_ends_pause() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_read_limit(30_000);
    std::io::Write::write_all(&mut wire.peer, &[7; LARGE]).unwrap();
    let mut all = Vec::new();
    wire.turn_until(|| {
        all.extend(wire.stream.read_all());
        all.len() == LARGE
    });
    assert_eq!(wire.stream.read_all(), []);
    assert_eq!(wire.stream.skip(1), Read::Bytes(0));
}
