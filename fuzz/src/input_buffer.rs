// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The input buffer against a `Vec`.

use std::mem::MaybeUninit;

use qlocal_core::InputBuffer;

use crate::{pattern, Bytes};

pub fn play(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let (mut buffer, mut model) = (InputBuffer::default(), Vec::new());
    let mut position = 0;
    while !bytes.is_empty() {
        match bytes.byte() % 8 {
            0 => {
                let more: Vec<u8> = (position..).take(bytes.size()).map(pattern).collect();
                position += more.len() as u64;
                buffer.tail().extend_from_slice(&more);
                model.extend(more);
            }
            1 => {
                let mut room = vec![0; bytes.size()];
                let count = buffer.read_slice(&mut room);
                assert_eq!(count, room.len().min(model.len()));
                assert!(model.drain(..count).eq(room[..count].iter().copied()));
            }
            2 => {
                let mut room = vec![MaybeUninit::uninit(); bytes.size()];
                let count = buffer.read(&mut room);
                assert_eq!(count, room.len().min(model.len()));
                model.drain(..count);
            }
            3 => {
                let count = bytes.size();
                assert_eq!(buffer.skip(count), count.min(model.len()));
                model.drain(..count.min(model.len()));
            }
            4 => assert!(buffer.make_room() > 0),
            5 => buffer.release(),
            6 => {
                let line = bytes.byte();
                buffer.tail().extend_from_slice(&[line, b'\n']);
                model.extend([line, b'\n']);
            }
            _ => {
                assert_eq!(buffer.take_all(), model);
                model.clear();
            }
        }
        assert_eq!(buffer.as_slice(), &model[..]);
        assert_eq!((buffer.len(), buffer.is_empty()), (model.len(), model.is_empty()));
        let line = model.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
        assert_eq!(buffer.line_len(), line);
        if model.len() > 300_000 {
            return;
        }
    }
}
