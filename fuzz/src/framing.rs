// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages in bytes that arrive in any pieces, against parsing all of them at once.

use qlocal_core::{ByteOrder, Framing, InputBuffer, Messages, PrefixSize};

use crate::{pattern, Bytes};

/// The maximum number of bytes of a case.
const MAX_BYTES: usize = 1 << 20;

/// All unread bytes, split again each time.
struct Model {
    framing: Framing,
    max_size: usize,
    /// Whole messages, and the bytes after them.
    messages: Vec<Vec<u8>>,
    rest: Vec<u8>,
    is_too_long: bool,
}

impl Model {
    fn sort(&mut self) {
        while !self.is_too_long {
            let Some((len, frame)) = self.len() else { return };
            if len > self.max_size {
                self.is_too_long = true;
                break;
            }
            if self.rest.len() < len + frame {
                return;
            }
            let prefix = if self.delimiter().is_empty() { frame } else { 0 };
            self.messages.push(self.rest[prefix..prefix + len].to_vec());
            self.rest.drain(..len + frame);
        }
        self.rest.clear();
    }

    /// The minimum length of the next message, and that of what frames it.
    fn len(&self) -> Option<(usize, usize)> {
        let frame = self.frame();
        if let Some(first) = self.delimiter().first() {
            let starts = (self.rest.len() + 1).saturating_sub(frame);
            let is_end = |&at: &usize| {
                self.rest[at] == *first && self.rest[at..].starts_with(self.delimiter())
            };
            return Some(((0..starts).find(is_end).unwrap_or(starts), frame));
        }
        let mut prefix = self.rest.get(..frame)?.to_vec();
        if matches!(self.framing, Framing::LengthPrefixed { order: ByteOrder::Little, .. }) {
            prefix.reverse();
        }
        let len = prefix.iter().fold(0, |len, &byte| (len << 8) | usize::from(byte));
        let is_null = self.framing == Framing::ByteArrays && len == 0xffff_ffff;
        Some((if is_null { 0 } else { len }, frame))
    }

    /// The length of what frames each message.
    fn frame(&self) -> usize {
        match &self.framing {
            Framing::LengthPrefixed { size, .. } => size.bytes(),
            Framing::Lines(delimiter) => delimiter.as_bytes().len(),
            Framing::ByteArrays => 4,
        }
    }

    /// Empty if the framing has none.
    fn delimiter(&self) -> &[u8] {
        match &self.framing {
            Framing::Lines(delimiter) => delimiter.as_bytes(),
            _ => &[],
        }
    }
}

fn framing(choice: u8) -> Framing {
    let prefixed = |size, order| Framing::LengthPrefixed { size, order };
    let delimited = |delimiter| Framing::delimited(delimiter).expect("a delimiter");
    match choice % 12 {
        0 => Framing::length_prefixed(),
        1 => Framing::lines(),
        2 => Framing::ByteArrays,
        3 => delimited(b"\r\n"),
        4 => prefixed(PrefixSize::One, ByteOrder::Big),
        5 => delimited(b"--end--"),
        6 => prefixed(PrefixSize::Two, ByteOrder::Little),
        7 => delimited(b"aa"),
        8 => prefixed(PrefixSize::Eight, ByteOrder::Big),
        9 => delimited(&[0; 63]),
        10 => prefixed(PrefixSize::Four, ByteOrder::Little),
        _ => prefixed(PrefixSize::Eight, ByteOrder::Little),
    }
}

pub fn play(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let framing = framing(bytes.byte());
    let max_size = bytes.size();
    let mut messages = Messages::new(framing, max_size);
    let mut model = Model { framing, max_size, messages: vec![], rest: vec![], is_too_long: false };
    let (mut read, mut arrived) = (0, 0);
    while !bytes.is_empty() && arrived < MAX_BYTES {
        let mut input = InputBuffer::default();
        input.make_room();
        let piece = input.tail();
        match bytes.byte() % 8 {
            // Any bytes.
            0 => piece.extend((0..bytes.byte() % 16).map(|_| bytes.byte())),
            1 => piece.extend((0_u64..).take(bytes.size()).map(pattern)),
            // A message, or the first bytes of one that never ends.
            2 | 3 => {
                let message = vec![bytes.byte(); bytes.size()];
                if let Ok((prefix, suffix)) = framing.frame(&message, model.max_size) {
                    let frame = [prefix.as_ref(), &message, suffix].concat();
                    piece.extend_from_slice(&frame[..frame.len() - usize::from(bytes.byte() % 2)]);
                }
            }
            4 => {
                assert_eq!(messages.next(<[u8]>::to_vec), model.messages.get(read).cloned());
                read = model.messages.len().min(read + 1);
                continue;
            }
            5 => {
                model.max_size = bytes.size();
                messages.set_max_size(model.max_size);
            }
            6 => {
                piece.extend([0, 0, 0, bytes.byte(), b'\n']);
                piece.extend_from_slice(&model.delimiter()[..model.delimiter().len() / 2]);
            }
            _ => {
                messages.clear();
                model.rest.clear();
                model.is_too_long = false;
                (model.messages, read) = (vec![], 0);
            }
        }
        arrived += input.len();
        model.rest.extend_from_slice(input.as_slice());
        model.sort();
        messages.receive(&mut input);
        assert!(input.is_empty(), "all is taken");
        check(&messages, &model, read);
    }
    while let Some(message) = messages.next(<[u8]>::to_vec) {
        assert_eq!(message, model.messages[read]);
        read += 1;
    }
    assert_eq!(read, model.messages.len());
    check(&messages, &model, read);
    assert_eq!(messages.into_bytes().as_slice(), &model.rest[..]);
}

fn check(messages: &Messages, model: &Model, read: usize) {
    let unread = &model.messages[read..];
    let frame = model.frame();
    let whole: usize = unread.iter().map(|message| message.len() + frame).sum();
    assert_eq!((messages.len(), messages.is_empty()), (unread.len(), unread.is_empty()));
    assert_eq!(messages.held(), whole + model.rest.len());
    assert_eq!(messages.is_too_long(), model.is_too_long);
    assert_eq!(messages.has_part(), !model.rest.is_empty());
    assert!(model.rest.len() < model.max_size + frame, "more is held than a message may have");
    assert_eq!(messages.missing() > 0, unread.is_empty() && !model.is_too_long);
}
