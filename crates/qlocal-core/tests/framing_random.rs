// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Message streams under random changes of limits, handlers and threads: every message arrives.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use qlocal_core::{ByteOrder, Effect, Framing, Limits, PrefixSize, Stream};

mod util;
use util::*;

/// A random action on a stream of messages or its peer.
#[derive(Debug, Clone)]
enum Step {
    Send(usize),
    Turn,
    /// How many messages the handler reads each time.
    Handle(usize),
    Read,
    Limit(usize),
    Wait,
    Move,
}

fn framings() -> Vec<Framing> {
    let little = Framing::LengthPrefixed { size: PrefixSize::Two, order: ByteOrder::Little };
    let end = Framing::delimited(b"--end--").unwrap();
    vec![Framing::length_prefixed(), Framing::lines(), Framing::ByteArrays, little, end]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_usize..3000).prop_map(Step::Send),
        3 => Just(Step::Turn),
        2 => (0_usize..4).prop_map(Step::Handle),
        2 => Just(Step::Read),
        1 => (0_usize..60).prop_map(Step::Limit),
        1 => Just(Step::Wait),
        1 => Just(Step::Move),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn messages_arrive_once_in_order(
        framing in prop::sample::select(framings()),
        sizes in proptest::collection::vec(prop_oneof![3 => 0_usize..50, 1 => 50_usize..5000], 0..60),
        steps in proptest::collection::vec(step(), 0..60),
    ) {
        let _watchdog = watchdog();
        let mut wire = Wire::new();
        wire.stream.set_framing(Some(framing), b"");
        wire.stream.set_limits(Limits { max_message_size: 5000, ..Limits::default() });
        let sent: Vec<Vec<u8>> = (b'A'..).zip(&sizes).map(|(byte, size)| vec![byte; *size]).collect();
        let bytes: Vec<u8> = sent.iter().flat_map(|message| {
            let (prefix, suffix) = framing.frame(message, 5000).unwrap();
            [prefix.as_ref(), message, suffix].concat()
        }).collect();
        let mut rest = &bytes[..];
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let reads = Arc::new(AtomicUsize::new(1));
        let read = {
            let arrived = arrived.clone();
            move |stream: &Stream| arrived.lock().unwrap().extend(stream.read_message(<[u8]>::to_vec))
        };
        let (handle, count) = (read.clone(), reads.clone());
        wire.record.on_effect(move |stream, effect| {
            if effect == Effect::MessageReady {
                (0..count.load(Relaxed)).for_each(|_| handle(stream));
            }
        });
        for step in steps {
            match step {
                Step::Send(size) => {
                    let (now, later) = rest.split_at(size.min(rest.len()));
                    // A limit may keep the peer waiting.
                    let taken = match wire.peer.write(now) {
                        Ok(count) => count,
                        Err(error) => {
                            assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
                            0
                        }
                    };
                    rest = &rest[rest.len() - later.len() - (now.len() - taken)..];
                }
                Step::Turn => wire.settle(),
                Step::Handle(count) => reads.store(count, Relaxed),
                Step::Read => read(&wire.stream),
                Step::Limit(limit) => wire.stream.set_read_limit(limit),
                Step::Wait => {
                    wire.stream.wait_for_ready_read(Some(std::time::Instant::now()));
                }
                Step::Move => {
                    wire.stream.leave_thread();
                    wire.stream.join_thread(Ok(wire.reactor.clone()));
                }
            }
        }
        // Unread messages are read now; the others are announced.
        reads.store(1, Relaxed);
        while wire.stream.has_message() {
            read(&wire.stream);
        }
        while !rest.is_empty() {
            if let Ok(count) = wire.peer.write(rest) {
                rest = &rest[count..];
            }
            wire.settle();
        }
        wire.settle();
        prop_assert_eq!(&*arrived.lock().unwrap(), &sent);
        prop_assert!(!wire.stream.has_message());
    }
}
