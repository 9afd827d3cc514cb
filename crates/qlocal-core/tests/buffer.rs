// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The two queues against the simplest model: one `Vec` of bytes.

use std::convert::Infallible;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::{InputBuffer, OutputQueue};

mod util;

#[derive(Debug, Clone)]
enum Input {
    Receive(Vec<u8>),
    Read(usize),
    Skip(usize),
    Truncate(usize),
    Line,
    MakeRoom,
    Release,
    Clear,
}

fn input() -> impl Strategy<Value = Input> {
    // Few different bytes, so that lines end occasionally.
    let bytes = vec(prop::sample::select(b"ab\n".to_vec()), 0..200);
    prop_oneof![
        4 => bytes.prop_map(Input::Receive),
        4 => (0_usize..300).prop_map(Input::Read),
        1 => (0_usize..300).prop_map(Input::Skip),
        1 => (0_usize..300).prop_map(Input::Truncate),
        4 => Just(Input::Line),
        1 => Just(Input::MakeRoom),
        1 => Just(Input::Release),
        1 => Just(Input::Clear),
    ]
}

fn read(buffer: &mut InputBuffer, count: usize) -> Vec<u8> {
    let mut room = vec![MaybeUninit::uninit(); count];
    let count = buffer.read(&mut room);
    util::initialised(&room[..count])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn input_buffer_matches_model(steps in vec(input(), 0..100)) {
        let (mut buffer, mut model) = (InputBuffer::default(), Vec::new());
        for step in steps {
            match step {
                Input::Receive(bytes) => {
                    buffer.tail().extend_from_slice(&bytes);
                    model.extend(bytes);
                }
                Input::Read(count) => {
                    let rest = model.split_off(count.min(model.len()));
                    prop_assert_eq!(read(&mut buffer, count), model);
                    model = rest;
                }
                Input::Skip(count) => {
                    let rest = model.split_off(count.min(model.len()));
                    prop_assert_eq!(buffer.skip(count), model.len());
                    model = rest;
                }
                Input::Truncate(len) => {
                    let len = len.min(model.len());
                    buffer.truncate(len);
                    model.truncate(len);
                }
                Input::Line => {
                    let line = model.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
                    prop_assert_eq!(buffer.line_len(), line);
                }
                Input::MakeRoom => prop_assert!(buffer.make_room() > 0),
                Input::Release => buffer.release(),
                Input::Clear => {
                    buffer.clear();
                    model.clear();
                }
            }
            prop_assert_eq!(buffer.as_slice(), &model[..]);
            prop_assert_eq!(buffer.len(), model.len());
            prop_assert_eq!(buffer.is_empty(), model.is_empty());
        }
    }

    #[test]
    fn output_queue_matches_model(
        // A write of some bytes, or a send of which the kernel accepts a share.
        steps in vec(prop_oneof![
            3 => (0_usize..300).prop_map(Ok),
            1 => (60_000_usize..70_000).prop_map(Ok),
            3 => (0.0_f64..=1.0).prop_map(Err),
        ], 0..60)
    ) {
        let (mut queue, mut model, mut next) = (OutputQueue::default(), Vec::new(), 0_u8);
        for step in steps {
            match step {
                Ok(count) => {
                    let bytes: Vec<u8> = (0..count).map(|_| { next = next.wrapping_add(1); next }).collect();
                    queue.write(&bytes);
                    model.extend(bytes);
                }
                Err(share) => {
                    let mut sent = Vec::new();
                    let count = queue.send(|slices| {
                        let offered = slices.concat_bytes();
                        let count = (offered.len() as f64 * share) as usize;
                        sent.extend_from_slice(&offered[..count]);
                        Ok::<_, Infallible>(count)
                    });
                    prop_assert_eq!(count, Ok(sent.len()));
                    let rest = model.split_off(sent.len());
                    prop_assert_eq!(sent, model);
                    model = rest;
                }
            }
            prop_assert_eq!(queue.len(), model.len());
            prop_assert_eq!(queue.is_empty(), model.is_empty());
        }
    }

    #[test]
    fn partial_sends_of_any_size_work(
        writes in vec(1_usize..40_000, 1..8),
        taken in 0_usize..300_000,
    ) {
        let mut queue = OutputQueue::default();
        for (byte, count) in (0_u8..).zip(&writes) {
            queue.write(&vec![byte; *count]);
        }
        let written: usize = writes.iter().sum();
        let taken = taken.min(written);
        queue.send(|_| Ok::<_, Infallible>(taken)).unwrap();
        prop_assert_eq!(queue.len(), written - taken);
        let mut rest = Vec::new();
        while !queue.is_empty() {
            queue.send(|slices| {
                rest.extend(slices.concat_bytes());
                Ok::<_, Infallible>(slices.concat_bytes().len())
            }).unwrap();
        }
        let whole: Vec<u8> = (0_u8..).zip(&writes).flat_map(|(byte, count)| vec![byte; *count]).collect();
        prop_assert_eq!(rest, &whole[taken..]);
    }
}

trait ConcatBytes {
    fn concat_bytes(&self) -> Vec<u8>;
}

impl ConcatBytes for [std::io::IoSlice<'_>] {
    fn concat_bytes(&self) -> Vec<u8> {
        self.iter().flat_map(|slice| slice.to_vec()).collect()
    }
}

#[test]
fn failed_send_consumes_nothing() {
    let mut queue = OutputQueue::default();
    queue.write(b"abc");
    assert_eq!(queue.send(|_| Err("full")), Err("full"));
    assert_eq!(queue.len(), 3);
}

#[test]
fn small_writes_leave_together() {
    let mut queue = OutputQueue::default();
    queue.write(b"head");
    queue.write(b"body");
    let one = queue.send(|slices| Ok::<_, Infallible>(slices.len()));
    assert_eq!(one, Ok(1));
}

/// The cost of searching for a line after each small piece of a long one, and of then reading it in pieces.
fn cost_of_line(pieces: usize) -> Duration {
    let started = Instant::now();
    let mut buffer = InputBuffer::default();
    for _ in 0..pieces {
        buffer.make_room();
        buffer.tail().extend_from_slice(&[b'x'; 100]);
        assert_eq!(buffer.line_len(), None);
        buffer.release();
    }
    buffer.tail().push(b'\n');
    while let Some(len) = buffer.line_len() {
        buffer.skip(len.min(100));
    }
    started.elapsed()
}

#[test]
fn cost_of_long_line_is_linear() {
    const PIECES: usize = 40_000;
    let best = |measure: &dyn Fn() -> Duration| (0..3).map(|_| measure()).min().unwrap();
    let line = vec![b'x'; 100 * PIECES];
    let once = best(&|| {
        let started = Instant::now();
        assert!(!std::hint::black_box(&line).contains(&b'\n'));
        started.elapsed()
    });
    let all = best(&|| cost_of_line(PIECES));
    // A quadratic cost would be twenty thousand times as much.
    assert!(all < once * 1000, "one search takes {once:?}, all of it {all:?}");
}
