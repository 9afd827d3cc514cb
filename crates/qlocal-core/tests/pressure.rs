// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Writing more than the peer reads: limits, and water marks.

use std::io::Read;

use qlocal_core::{Effect, Error, ErrorKind, Limits, Mark, Operation, SlowPeer, State, Stream};

mod util;
use util::*;

/// A wire whose kernel buffer is full, and how much is queued before what a test writes.
#[track_caller]
fn full_wire() -> (Wire, usize) {
    let wire = Wire::new();
    while wire.stream.bytes_to_write() == 0 {
        wire.stream.write(&[0; 100_000]);
        wire.settle();
    }
    wire.words();
    let queued = wire.stream.bytes_to_write();
    (wire, queued)
}

/// Reads at the peer until at most this many bytes are left in the queue.
#[track_caller]
fn drain_to(wire: &mut Wire, left: usize) {
    while wire.stream.bytes_to_write() > left {
        let _ = wire.peer.read(&mut [0; 4096]);
        wire.settle();
    }
}

fn marks(high_water: usize, low_water: usize) -> Limits {
    Limits { high_water, low_water, ..Limits::default() }
}

fn at_most(max_queued: usize, slow_peer: SlowPeer) -> Limits {
    Limits { max_queued, slow_peer, ..Limits::default() }
}

/// The marks that were passed since the last call.
fn passed(wire: &Wire) -> Vec<Mark> {
    let mark = |(effect, _)| match effect {
        Effect::WaterMark(mark) => Some(mark),
        _ => None,
    };
    wire.record.take().into_iter().filter_map(mark).collect()
}

#[test]
fn unlimited_write_takes_everything() {
    let (wire, queued) = full_wire();
    assert_eq!(wire.stream.write(&[0; 10_000_000]), Some(10_000_000));
    assert_eq!(wire.stream.bytes_to_write(), queued + 10_000_000);
}

#[test]
fn write_at_limit_takes_what_fits() {
    let (wire, queued) = full_wire();
    wire.stream.set_limits(at_most(queued + 10, SlowPeer::Refuse));
    assert_eq!(wire.stream.write(&[1; 9]), Some(9));
    assert_eq!(wire.stream.write(&[1; 1]), Some(1));
    assert_eq!(wire.stream.write(&[1; 1]), Some(0));
    wire.stream.set_limits(at_most(queued + 12, SlowPeer::Refuse));
    assert_eq!(wire.stream.write(&[1; 9]), Some(2));
    assert_eq!(wire.stream.bytes_to_write(), queued + 12);
    wire.settle();
    assert_eq!(wire.stream.state(), State::Connected);
}

#[test]
fn write_all_takes_everything_or_nothing() {
    let (wire, queued) = full_wire();
    wire.stream.set_limits(at_most(queued + 10, SlowPeer::Refuse));
    let refused = wire.stream.write_all(&[1; 11]).unwrap_err();
    assert_eq!((refused.kind(), refused.operation()), (ErrorKind::LimitExceeded, Operation::Write));
    assert_eq!(wire.stream.last_error(), Some(ErrorKind::LimitExceeded));
    assert_eq!(wire.stream.bytes_to_write(), queued);
    wire.stream.write_all(&[1; 10]).unwrap();
    assert_eq!(wire.stream.bytes_to_write(), queued + 10);
    wire.settle();
    assert_eq!(wire.stream.state(), State::Connected);
}

#[test]
fn write_all_needs_connection() {
    let refused = Stream::new().write_all(b"x").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::NotConnected);
}

#[test]
fn room_returns_as_peer_reads() {
    let _watchdog = watchdog();
    let (mut wire, queued) = full_wire();
    wire.stream.set_limits(at_most(queued, SlowPeer::Refuse));
    assert_eq!(wire.stream.write(b"x"), Some(0));
    drain_to(&mut wire, 0);
    let limit = vec![0; queued + 1];
    assert_eq!(wire.stream.write(&limit), Some(queued));
}

#[test]
fn lowered_limit_keeps_queued_bytes() {
    let (wire, queued) = full_wire();
    wire.stream.set_limits(at_most(1, SlowPeer::Refuse));
    assert_eq!(wire.stream.write(b"x"), Some(0));
    assert_eq!(wire.stream.bytes_to_write(), queued);
}

#[test]
fn write_up_to_limit_keeps_connection() {
    let (wire, queued) = full_wire();
    wire.stream.set_limits(at_most(queued + 10, SlowPeer::Disconnect));
    assert_eq!(wire.stream.write(&[1; 10]), Some(10));
    wire.settle();
    assert_eq!(wire.words(), [""; 0]);
}

const END: [&str; 4] = [
    "error LimitExceeded @Connected",
    "Unconnected @Unconnected",
    "finished @Unconnected",
    "disconnected @Unconnected",
];

#[test]
fn excess_write_disconnects_at_turn_end() {
    let (wire, queued) = full_wire();
    wire.stream.set_limits(at_most(queued + 10, SlowPeer::Disconnect));
    assert_eq!(wire.stream.write(&[1; 11]), None);
    assert_eq!(wire.words(), [""; 0], "nothing is announced inside a write");
    assert_eq!(wire.stream.bytes_to_write(), queued);
    wire.settle();
    assert_eq!(wire.words(), END);
}

#[test]
fn write_beyond_limit_fails_flush_and_waits() {
    let _watchdog = watchdog();
    let limits = at_most(10, SlowPeer::Disconnect);
    let wire = Wire::new();
    wire.stream.set_limits(limits);
    assert_eq!(wire.stream.write(&[1; 11]), None);
    assert!(!wire.stream.flush());
    assert_eq!(wire.words(), END);
    let wire = Wire::new();
    wire.stream.set_limits(limits);
    assert_eq!(wire.stream.write(&[1; 11]), None);
    assert!(!wire.stream.wait_for_bytes_written(None));
    assert_eq!(wire.words(), END);
    let wire = Wire::new();
    wire.stream.set_limits(limits);
    assert_eq!(wire.stream.write(&[1; 11]), None);
    assert!(!wire.stream.wait_for_ready_read(None));
    assert_eq!(wire.words(), END);
}

#[test]
fn high_water_mark_is_edge_triggered() {
    let (wire, queued) = full_wire();
    wire.stream.set_limits(marks(queued + 10, 0));
    wire.stream.write(&[0; 9]);
    wire.settle();
    assert_eq!(passed(&wire), []);
    wire.stream.write(&[0; 1]);
    assert_eq!(passed(&wire), [], "nothing is announced inside a write");
    wire.settle();
    assert_eq!(passed(&wire), [Mark::High]);
    wire.stream.write(&[0; 1000]);
    wire.settle();
    assert_eq!(passed(&wire), []);
}

#[test]
fn low_water_mark_is_edge_triggered() {
    let _watchdog = watchdog();
    let (mut wire, queued) = full_wire();
    let low = queued / 2;
    wire.stream.set_limits(marks(queued, low));
    wire.settle();
    assert_eq!(passed(&wire), [Mark::High], "bytes already queued count");
    // How much the kernel accepts varies, so the edge is what is left.
    while passed(&wire) != [Mark::Low] {
        assert!(wire.stream.bytes_to_write() > low);
        let _ = wire.peer.read(&mut [0; 4096]);
        wire.settle();
    }
    assert!(wire.stream.bytes_to_write() <= low);
    drain_to(&mut wire, 0);
    assert_eq!(passed(&wire), []);
    // Both are announced again the next time.
    wire.stream.write(&vec![0; 4_000_000]);
    wire.settle();
    assert_eq!(passed(&wire), [Mark::High]);
    drain_to(&mut wire, low);
    assert_eq!(passed(&wire), [Mark::Low]);
}

#[test]
fn bytes_sent_in_turn_cross_no_mark() {
    let wire = Wire::new();
    wire.stream.set_limits(marks(100, 10));
    wire.stream.write(&[0; 1000]);
    wire.settle();
    assert_eq!(wire.words(), ["written 1000 @Connected"]);
}

#[test]
fn water_mark_follows_bytes_written() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.stream.set_limits(marks(1000, 0));
    wire.stream.write(&vec![0; 4_000_000]);
    wire.settle();
    let [written, high] = &wire.words()[..] else { panic!("two effects") };
    assert!(written.starts_with("written "), "{written}");
    assert_eq!(high, "High @Connected");
    drain_to(&mut wire, 0);
    let words = wire.words();
    assert_eq!(words.last().map(String::as_str), Some("Low @Connected"));
    assert!(words[words.len() - 2].starts_with("written "));
}

#[test]
fn high_water_handler_does_not_recurse() {
    let (wire, queued) = full_wire();
    wire.record.on_effect(|stream, effect| {
        if effect == Effect::WaterMark(Mark::High) {
            stream.write(&[0; 1000]);
            stream.flush();
        }
    });
    wire.stream.set_limits(marks(queued + 1, 0));
    wire.stream.write(b"x");
    wire.settle();
    assert_eq!(passed(&wire), [Mark::High]);
}

#[test]
fn water_mark_handler_can_end_connection() {
    let (wire, queued) = full_wire();
    wire.record.once(Effect::WaterMark(Mark::High), qlocal_core::Stream::abort);
    wire.stream.set_limits(marks(queued, 0));
    wire.settle();
    assert_eq!(
        wire.words(),
        [
            "High @Connected",
            "Unconnected @Unconnected",
            "finished @Unconnected",
            "disconnected @Unconnected",
            "close @Unconnected"
        ]
    );
}

#[test]
fn ended_connection_reports_no_water_mark() {
    let (wire, queued) = full_wire();
    wire.stream.set_limits(marks(queued, 0));
    wire.settle();
    assert_eq!(passed(&wire), [Mark::High]);
    wire.stream.abort();
    wire.settle();
    assert_eq!(passed(&wire), []);
}

#[test]
fn error_has_hint() {
    let error = Error::new(ErrorKind::LimitExceeded, Operation::Write);
    assert!(error.to_string().contains("peer does not read"), "{error}");
}
