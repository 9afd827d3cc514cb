// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages against the simplest model: parsing all bytes at once.

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::{ByteOrder, Framing, InputBuffer, Messages, PrefixSize};

/// The messages of a whole stream of bytes, and whether a longer one than `max_size` ends it.
fn naive(framing: Framing, bytes: &[u8], max_size: usize) -> (Vec<Vec<u8>>, bool) {
    let mut rest = bytes;
    let mut messages = Vec::new();
    loop {
        let (len, prefix, suffix) = match framing {
            Framing::Lines(delimiter) => {
                let delimiter = delimiter.as_bytes();
                let mut starts = 0..(rest.len() + 1).saturating_sub(delimiter.len());
                // Without a delimiter the message may end just before the bytes that could start one.
                let starts_at = starts.clone().find(|&at| rest[at..].starts_with(delimiter));
                (
                    starts_at.unwrap_or_else(|| starts.nth_back(0).map_or(0, |at| at + 1)),
                    0,
                    delimiter.len(),
                )
            }
            _ => match naive_len(framing, rest) {
                Some((len, prefix)) => (len, prefix, 0),
                None => return (messages, false),
            },
        };
        if len > max_size {
            return (messages, true);
        }
        if rest.len() < prefix + len + suffix {
            return (messages, false);
        }
        messages.push(rest[prefix..prefix + len].to_vec());
        rest = &rest[prefix + len + suffix..];
    }
}

/// The length that bytes begin with, and its own.
fn naive_len(framing: Framing, bytes: &[u8]) -> Option<(usize, usize)> {
    let (size, order) = match framing {
        Framing::LengthPrefixed { size, order } => (size.bytes(), order),
        _ => (4, ByteOrder::Big),
    };
    let mut prefix = bytes.get(..size)?.to_vec();
    if order == ByteOrder::Little {
        prefix.reverse();
    }
    let len = prefix.iter().fold(0, |len, &byte| (len << 8) | usize::from(byte));
    let is_null = framing == Framing::ByteArrays && len == 0xffff_ffff;
    Some((if is_null { 0 } else { len }, size))
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
    let size = prop::sample::select(vec![1, 2, 4, 8]);
    let order = prop::sample::select(vec![ByteOrder::Big, ByteOrder::Little]);
    let delimiters: [&[u8]; 7] = [b"\n", b"\r\n", b"\0", b"aa", b"aba", b"--end--", b"\0\0\0\x01"];
    prop_oneof![
        (size, order).prop_map(|(size, order)| {
            Framing::LengthPrefixed { size: PrefixSize::new(size).unwrap(), order }
        }),
        prop::sample::select(delimiters.to_vec()).prop_map(|end| Framing::delimited(end).unwrap()),
        Just(Framing::ByteArrays),
    ]
}

/// Bytes that are often messages in each framing.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let length = |size: usize, len: u8, is_big: bool| {
        let mut prefix = vec![0; size];
        prefix[if is_big { size - 1 } else { 0 }] = len;
        prefix.resize(size + usize::from(len), b'x');
        prefix
    };
    let words = prop_oneof![
        4 => vec(prop::sample::select(b"ab\n\r\0-".to_vec()), 0..8),
        4 => (0_usize..4, 0_u8..8, any::<bool>()).prop_map(move |(exponent, len, is_big)| length(1 << exponent, len, is_big)),
        1 => prop::sample::select(vec![&b"--end--"[..], b"--end", b"aba", b"aa"]).prop_map(<[u8]>::to_vec),
        1 => prop::sample::select(vec![[0xff; 4], [0xff, 0xff, 0xff, 0xfe]]).prop_map(|bytes| bytes.to_vec()),
    ];
    vec(words, 0..20).prop_map(|words| words.concat())
}

/// The messages that can be framed: the others are refused.
fn framed(framing: &Framing, message: &[u8]) -> Option<Vec<u8>> {
    let (prefix, suffix) = framing.frame(message, 400).ok()?;
    Some([prefix.as_ref(), message, suffix].concat())
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
        prop_assert!(messages.held() < max_size + 8);
        prop_assert_eq!(messages.has_part(), messages.held() > 0);
        prop_assert!(is_too_long || messages.missing() > 0);
    }

    #[test]
    fn framed_message_round_trips(
        framing in framing(),
        messages in vec(vec(prop::sample::select(b"ab\r\n\0\x01\xff-".to_vec()), 0..40), 0..20),
        pieces in vec(1_usize..12, 0..60),
    ) {
        let (sent, frames): (Vec<_>, Vec<_>) = messages
            .into_iter()
            .filter_map(|message| framed(&framing, &message).map(|frame| (message, frame)))
            .unzip();
        let wire = frames.concat();
        let mut rest = &wire[..];
        let mut messages = Messages::new(framing, 40);
        for size in pieces.into_iter().chain([usize::MAX]) {
            let piece;
            (piece, rest) = rest.split_at(size.min(rest.len()));
            receive(&mut messages, piece);
        }
        prop_assert_eq!(read_all(&mut messages), sent);
        prop_assert_eq!(messages.held(), 0);
    }

    #[test]
    fn message_is_refused_exactly_if_it_would_arrive_otherwise(
        framing in framing(),
        message in vec(prop::sample::select(b"ab\r\n\0\x01-end".to_vec()), 0..300),
    ) {
        let raw = match framing {
            Framing::Lines(delimiter) => [&message[..], delimiter.as_bytes()].concat(),
            Framing::LengthPrefixed { size, order } => {
                let len = (message.len() as u64).to_be_bytes();
                let mut prefix = len[8 - size.bytes()..].to_vec();
                if order == ByteOrder::Little {
                    prefix.reverse();
                }
                [prefix, message.clone()].concat()
            }
            Framing::ByteArrays => [&(message.len() as u32).to_be_bytes()[..], &message].concat(),
        };
        let arrives = naive(framing, &raw, 400) == (vec![message.clone()], false);
        prop_assert_eq!(framed(&framing, &message), arrives.then_some(raw));
    }
}

#[test]
fn message_longer_than_cap_is_rejected() {
    for framing in [
        Framing::length_prefixed(),
        Framing::lines(),
        Framing::ByteArrays,
        Framing::delimited(b"--end--").unwrap(),
    ] {
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
    let mut messages = Messages::new(Framing::lines(), 3);
    receive(&mut messages, b"one\ntwo\nthree\nsix\n");
    assert!(messages.is_too_long());
    assert_eq!(messages.held(), 8);
    receive(&mut messages, b"ten\n");
    assert_eq!(read_all(&mut messages), [b"one", b"two"]);
    assert_eq!(messages.held(), 0);
}

#[test]
fn lowered_cap_applies_to_unfinished_only() {
    let mut messages = Messages::new(Framing::lines(), 10);
    receive(&mut messages, b"whole line\npart");
    messages.set_max_size(4);
    assert!(!messages.is_too_long());
    messages.set_max_size(3);
    assert!(messages.is_too_long());
    assert_eq!(read_all(&mut messages), [b"whole line"]);
}

#[test]
fn cleared_messages_start_over() {
    let mut messages = Messages::new(Framing::lines(), 3);
    receive(&mut messages, b"one\ntoo long");
    messages.clear();
    assert_eq!((messages.len(), messages.held(), messages.is_too_long()), (0, 0, false));
    receive(&mut messages, b"two\n");
    assert_eq!(read_all(&mut messages), [b"two"]);
}

#[test]
fn missing_bytes_are_known() {
    let mut messages = Messages::new(Framing::length_prefixed(), 10);
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

#[test]
fn delimiter_may_arrive_in_pieces() {
    let end = Framing::delimited(b"--end--").unwrap();
    let mut messages = Messages::new(end, 10);
    for byte in b"a--en--end--b--end--" {
        assert!(messages.missing() > 0 || messages.len() == 1);
        receive(&mut messages, &[*byte]);
    }
    assert_eq!(read_all(&mut messages), [&b"a--en"[..], b"b"]);
    assert_eq!(messages.held(), 0);
}

#[test]
fn delimiter_may_follow_message_of_maximum_size() {
    let end = Framing::delimited(b"\r\n").unwrap();
    for (bytes, is_too_long) in [(&b"abc\r\n"[..], false), (b"abcd\r\n", true), (b"abc\rx", true)] {
        let mut messages = Messages::new(end, 3);
        bytes.iter().for_each(|byte| receive(&mut messages, &[*byte]));
        assert_eq!(
            (messages.len(), messages.is_too_long()),
            (usize::from(!is_too_long), is_too_long)
        );
    }
}
