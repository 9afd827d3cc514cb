// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The two queues against the simplest model: one `Vec` of bytes.

use std::convert::Infallible;
use std::mem::MaybeUninit;
use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::{recycle, InputBuffer, OutputQueue};

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
    TakeAll,
}

fn input() -> impl Strategy<Value = Input> {
    // Few different bytes, so that lines end occasionally.
    let bytes = vec(prop::sample::select(b"ab\n".to_vec()), 0..200);
    let many = (vec(prop::sample::select(b"ab\n".to_vec()), 1..50), 100_usize..2000);
    prop_oneof![
        4 => bytes.prop_map(Input::Receive),
        1 => many.prop_map(|(line, times)| Input::Receive(line.repeat(times))),
        4 => (0_usize..300).prop_map(Input::Read),
        1 => (0_usize..300).prop_map(Input::Skip),
        1 => (0_usize..300).prop_map(Input::Truncate),
        4 => Just(Input::Line),
        1 => Just(Input::MakeRoom),
        1 => Just(Input::Release),
        1 => Just(Input::Clear),
        1 => Just(Input::TakeAll),
    ]
}

/// How bytes are passed to a queue.
#[derive(Debug, Clone, Copy)]
enum Handing {
    Copied,
    Owned,
    Shared,
}

fn handing() -> impl Strategy<Value = Handing> {
    prop::sample::select(vec![Handing::Copied, Handing::Owned, Handing::Shared])
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
                Input::TakeAll => {
                    let all = buffer.take_all();
                    prop_assert_eq!(&all, &model);
                    prop_assert!(all.capacity() <= 4 * all.len());
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
            3 => (0_usize..300, handing()).prop_map(Ok),
            1 => (60_000_usize..70_000, handing()).prop_map(Ok),
            3 => (0.0_f64..=1.0).prop_map(Err),
        ], 0..60)
    ) {
        let (mut queue, mut model, mut next) = (OutputQueue::default(), Vec::new(), 0_u8);
        for step in steps {
            match step {
                Ok((count, handing)) => {
                    let bytes: Vec<u8> = (0..count).map(|_| { next = next.wrapping_add(1); next }).collect();
                    model.extend_from_slice(&bytes);
                    match handing {
                        Handing::Copied => queue.write(&bytes),
                        Handing::Owned => queue.write_owned(bytes),
                        Handing::Shared => queue.write_shared(Box::new(bytes)),
                    }
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

/// The addresses of the slices that a queue offers to the kernel.
fn offered(queue: &mut OutputQueue) -> Vec<*const u8> {
    let mut offered = Vec::new();
    let _ = queue.send(|slices| {
        offered = slices.iter().map(|slice| slice.as_ptr()).collect();
        Err::<usize, _>("full")
    });
    offered
}

#[test]
fn large_owned_memory_is_sent_from_where_it_is() {
    let mut queue = OutputQueue::default();
    let (one, other) = (vec![1; OutputQueue::MIN_KEPT], vec![2; OutputQueue::MIN_KEPT]);
    let addresses = vec![one.as_ptr(), other.as_ptr()];
    queue.write_owned(one);
    queue.write_shared(Box::new(other));
    assert_eq!(offered(&mut queue), addresses);
}

#[test]
fn small_owned_memory_is_copied() {
    let mut queue = OutputQueue::default();
    queue.write(&[0; 5000]);
    queue.write_owned(vec![1; OutputQueue::MIN_KEPT - 1]);
    queue.write_shared(Box::new(vec![2; 1000]));
    assert_eq!(offered(&mut queue).len(), 1);
}

#[test]
fn small_writes_fill_memory_after_owned_block() {
    let mut queue = OutputQueue::default();
    queue.write_shared(Box::new(vec![1; OutputQueue::MIN_KEPT]));
    queue.write(b"one");
    queue.write(b"two");
    assert_eq!(offered(&mut queue).len(), 2);
}

#[test]
fn received_block_is_handed_out_whole() {
    let mut buffer = InputBuffer::default();
    buffer.make_room();
    let address = buffer.tail().as_ptr();
    buffer.tail().extend_from_slice(&[1; 40_000]);
    let all = buffer.take_all();
    assert_eq!((all.as_ptr(), all.len()), (address, 40_000));
    assert!(buffer.is_empty());
}

#[test]
fn small_input_is_handed_out_as_copy() {
    let mut buffer = InputBuffer::default();
    buffer.make_room();
    let address = buffer.tail().as_ptr();
    buffer.tail().extend_from_slice(b"small");
    let all = buffer.take_all();
    assert_eq!(all, b"small");
    assert_ne!(all.as_ptr(), address);
    assert!(all.capacity() < 100);
}

#[test]
fn recycled_memory_receives_next_bytes() {
    let mut buffer = InputBuffer::default();
    buffer.make_room();
    buffer.tail().extend_from_slice(&[1; 40_000]);
    let all = buffer.take_all();
    let address = all.as_ptr();
    recycle(all);
    buffer.make_room();
    assert_eq!(buffer.tail().as_ptr(), address);
}

#[test]
fn block_after_large_one_has_room_for_as_much() {
    let mut buffer = InputBuffer::default();
    buffer.make_room();
    buffer.tail().extend_from_slice(&[1; 100_000]);
    let _kept = buffer.take_all();
    assert!(buffer.make_room() > 100_000);
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
