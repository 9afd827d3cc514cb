// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The output queue against a `Vec`: it offers the written, unsent bytes, in order.

use qlocal_core::OutputQueue;

use crate::{pattern, Bytes};

pub fn play(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let (mut queue, mut model) = (OutputQueue::default(), Vec::new());
    let mut position = 0;
    while !bytes.is_empty() {
        match bytes.byte() % 8 {
            0..=3 => {
                let more: Vec<u8> = (position..).take(bytes.size()).map(pattern).collect();
                position += more.len() as u64;
                model.extend_from_slice(&more);
                match bytes.byte() % 4 {
                    0 => queue.write_owned(more),
                    1 => queue.write_shared(Box::new(more)),
                    _ => queue.write(&more),
                }
            }
            4 | 5 => send(&mut queue, &mut model, bytes.size()),
            6 => {
                let refused = queue.send(|_| Err(()));
                assert_eq!(refused, Err(()));
            }
            _ => {
                queue.clear();
                model.clear();
            }
        }
        assert_eq!((queue.len(), queue.is_empty()), (model.len(), model.is_empty()));
        if model.len() > 300_000 {
            break;
        }
    }
    while !model.is_empty() {
        send(&mut queue, &mut model, usize::MAX);
    }
    assert!(queue.is_empty());
}

/// Takes up to `room` of the bytes that it offers.
fn send(queue: &mut OutputQueue, model: &mut Vec<u8>, room: usize) {
    let sent = queue.send(|slices| {
        let offered: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        assert_eq!(offered.is_empty(), model.is_empty());
        assert!(model.starts_with(&offered));
        Ok::<_, ()>(room.min(offered.len()))
    });
    model.drain(..sent.unwrap_or(0));
}
