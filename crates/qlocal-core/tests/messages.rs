// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages against the simplest model: parsing all bytes at once.

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::{Framing, InputBuffer, Messages};

/// The messages of a whole stream of bytes, and whether a longer one than `max_size` ends it.
fn naive(framing: Framing, bytes: &[u8], max_size: usize) -> (Vec<Vec<u8>>, bool) {
    let mut rest = bytes.to_vec();
    let mut messages = Vec::new();
    loop {
        let (len, prefix, suffix) = match framing {
            Framing::LengthPrefixed if rest.len() < 4 => return (messages, false),
            Framing::LengthPrefixed => {
                (u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize, 4, 0)
            }
            Framing::Lines => {
                let line = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
                (line.len(), 0, 1)
            }
        };
        if len > max_size {
            return (messages, true);
        }
        if rest.len() < prefix + len + suffix {
            return (messages, false);
        }
        messages.push(rest[prefix..prefix + len].to_vec());
        rest.drain(..prefix + len + suffix);
    }
}

fn receive(messages: &mut Messages, bytes: &[u8]) {
    let mut input = InputBuffer::default();
    input.make_room();
    input.tail().extend_from_slice(bytes);
    messages.receive(&mut input);
    assert!(input.is_empty());
}

fn read_all(messages: &mut Messages) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| messages.next(<[u8]>::to_vec)).collect()
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![Just(Framing::LengthPrefixed), Just(Framing::Lines)]
}

/// Bytes that are often messages in either framing.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let words = prop_oneof![
        4 => vec(prop::sample::select(b"ab\n\r\0".to_vec()), 0..8),
        4 => (0_u8..8).prop_map(|len| [vec![0, 0, 0, len], vec![b'x'; len.into()]].concat()),
        1 => Just(vec![0xff; 4]),
    ];
    vec(words, 0..20).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn any_split_gives_same_messages(
        framing in framing(),
        bytes in bytes(),
        max_size in 0_usize..12,
        pieces in vec((1_usize..12, 0_usize..4), 0..60),
    ) {
        let (expected, is_too_long) = naive(framing, &bytes, max_size);
        let mut messages = Messages::new(framing, max_size);
        let mut rest = &bytes[..];
        let mut read = Vec::new();
        for (size, reads) in pieces.into_iter().chain([(usize::MAX, 0)]) {
            let piece;
            (piece, rest) = rest.split_at(size.min(rest.len()));
            receive(&mut messages, piece);
            prop_assert!(messages.held() >= messages.len());
            for _ in 0..reads {
                read.extend(messages.next(<[u8]>::to_vec));
            }
        }
        prop_assert_eq!(messages.len(), expected.len() - read.len());
        read.extend(read_all(&mut messages));
        prop_assert_eq!(read, expected);
        prop_assert_eq!(messages.is_too_long(), is_too_long);
        prop_assert_eq!(messages.is_empty(), true);
        // The rest is less than a message.
        prop_assert!(messages.held() < max_size + 5);
        prop_assert_eq!(messages.has_part(), messages.held() > 0);
        prop_assert!(is_too_long || messages.missing() > 0);
    }

    #[test]
    fn framed_message_round_trips(
        framing in framing(),
        sent in vec(vec(prop::sample::select(b"ab\r\0\xff".to_vec()), 0..40), 0..20),
    ) {
        let mut messages = Messages::new(framing, 40);
        for message in &sent {
            let (prefix, suffix) = framing.frame(message, 40).unwrap();
            receive(&mut messages, &[prefix.as_ref(), message, suffix].concat());
        }
        prop_assert_eq!(read_all(&mut messages), sent);
        prop_assert_eq!(messages.held(), 0);
    }
}

#[test]
fn message_longer_than_cap_is_rejected() {
    for framing in [Framing::LengthPrefixed, Framing::Lines] {
        for (len, passes) in [(1000, true), (1001, false)] {
            let mut messages = Messages::new(framing, 1000);
            let (prefix, suffix) = framing.frame(&vec![b'x'; len], len).unwrap();
            receive(&mut messages, &[prefix.as_ref(), &vec![b'x'; len], suffix].concat());
            assert_eq!((messages.len() == 1, messages.is_too_long()), (passes, !passes));
        }
    }
}

#[test]
fn messages_before_oversized_one_are_kept() {
    let mut messages = Messages::new(Framing::Lines, 3);
    receive(&mut messages, b"one\ntwo\nthree\nsix\n");
    assert!(messages.is_too_long());
    assert_eq!(messages.held(), 8);
    receive(&mut messages, b"ten\n");
    assert_eq!(read_all(&mut messages), [b"one", b"two"]);
    assert_eq!(messages.held(), 0);
}

#[test]
fn lowered_cap_applies_to_unfinished_only() {
    let mut messages = Messages::new(Framing::Lines, 10);
    receive(&mut messages, b"whole line\npart");
    messages.set_max_size(4);
    assert!(!messages.is_too_long());
    messages.set_max_size(3);
    assert!(messages.is_too_long());
    assert_eq!(read_all(&mut messages), [b"whole line"]);
}

#[test]
fn cleared_messages_start_over() {
    let mut messages = Messages::new(Framing::Lines, 3);
    receive(&mut messages, b"one\ntoo long");
    messages.clear();
    assert_eq!((messages.len(), messages.held(), messages.is_too_long()), (0, 0, false));
    receive(&mut messages, b"two\n");
    assert_eq!(read_all(&mut messages), [b"two"]);
}

#[test]
fn missing_bytes_are_known() {
    let mut messages = Messages::new(Framing::LengthPrefixed, 10);
    assert_eq!(messages.missing(), 4);
    receive(&mut messages, b"\0\0\0");
    assert_eq!(messages.missing(), 1);
    receive(&mut messages, b"\x05ab");
    assert_eq!(messages.missing(), 3);
    receive(&mut messages, b"cde\0");
    assert_eq!(messages.missing(), 0);
    assert_eq!(read_all(&mut messages), [b"abcde"]);
    assert_eq!(messages.missing(), 3);
}
