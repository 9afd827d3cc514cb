// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The words of a hand-over: what is encoded is decoded, in whatever parts it arrives, and nothing that a
//! peer sends is harmful.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::instance::{Conversation, HandOver, Input, Outcome, Word};
use qlocal_core::{ErrorKind, Framing};

mod util;

fn string() -> impl Strategy<Value = OsString> {
    vec(any::<u8>(), 0..20).prop_map(OsString::from_vec)
}

/// A name of a variable has no `=`.
fn name() -> impl Strategy<Value = OsString> {
    "[A-Z_]{1,8}".prop_map(OsString::from)
}

fn hand_over() -> impl Strategy<Value = HandOver> {
    let input = prop_oneof![Just(None), vec(any::<u8>(), 0..50).prop_map(Some),];
    (
        vec(string(), 0..5),
        string(),
        vec((name(), string()), 0..4),
        string(),
        string(),
        vec(any::<u8>(), 0..50),
        input,
    )
        .prop_map(|(arguments, folder, environment, token, startup_id, message, input)| {
            HandOver {
                arguments,
                folder: folder.into(),
                environment,
                activation_token: token,
                startup_id,
                message,
                input: input.map_or(Input::None, Input::Bytes),
            }
        })
}

fn word() -> impl Strategy<Value = Word> {
    prop_oneof![
        any::<u32>().prop_map(Word::Greeting),
        Just(Word::Received),
        (any::<i32>(), vec(any::<u8>(), 0..50)).prop_map(|(code, bytes)| Word::Answer(code, bytes)),
        Just(Word::Refusal),
    ]
}

fn framed(word: &Word) -> Vec<u8> {
    let message = word.encode();
    let (prefix, _) = Framing::length_prefixed().frame(&message, Framing::MAX_SIZE).unwrap();
    [prefix.as_ref(), &message].concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hand_over_is_decoded_as_it_was(original in hand_over()) {
        let decoded = HandOver::decode(&original.encode(), None).unwrap();
        prop_assert_eq!(format!("{decoded:?}"), format!("{original:?}"));
    }

    #[test]
    fn word_is_decoded_as_it_was(original in word()) {
        prop_assert_eq!(Word::decode(&original.encode()), Some(original));
    }

    #[test]
    fn damaged_hand_over_is_decoded_or_refused(
        original in hand_over(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(),
    ) {
        let mut bytes = original.encode();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] = byte;
        }
        let _ = HandOver::decode(&bytes, None);
    }

    #[test]
    fn parts_do_not_change_a_conversation(
        code in any::<i32>(), answer in vec(any::<u8>(), 0..50), parts in vec(1..40_usize, 1..40),
    ) {
        let mut talk = Conversation::new(10, 100);
        let words = [Word::Greeting(10), Word::Received, Word::Answer(code, answer.clone())];
        let said: Vec<u8> = words.iter().flat_map(framed).collect();
        let (mut greeted, mut answered) = (0, None);
        let mut rest = &said[..];
        let mut parts = parts.into_iter().cycle();
        while !rest.is_empty() {
            let (part, after) = rest.split_at(parts.next().unwrap().min(rest.len()));
            rest = after;
            let mut next = talk.received(part).unwrap();
            // Words that came together are looked at one after the other.
            while next == Outcome::Greeted {
                greeted += 1;
                next = talk.received(b"").unwrap();
            }
            if let Outcome::Answered(code, bytes) = next {
                answered = Some((code, bytes));
            }
        }
        prop_assert_eq!(greeted, 1);
        prop_assert_eq!(answered, Some((code, answer)));
    }

    #[test]
    fn any_bytes_are_a_conversation_or_none(bytes in vec(any::<u8>(), 0..100)) {
        let mut talk = Conversation::new(10, 100);
        let _ = talk.received(&bytes);
    }
}

#[test]
fn missing_descriptor_is_refused() {
    let (descriptor, _writer) = util::pipe();
    let hand_over = HandOver { input: Input::Descriptor(descriptor.into()), ..HandOver::default() };
    assert!(HandOver::decode(&hand_over.encode(), None).is_none());
}

#[test]
fn unknown_field_is_skipped() {
    let mut bytes = HandOver { message: b"m".to_vec(), ..HandOver::default() }.encode();
    bytes.extend(b"\xee\0\0\0\x02xy");
    assert_eq!(HandOver::decode(&bytes, None).unwrap().message, b"m");
}

#[test]
fn long_hand_over_is_not_sent() {
    let outcome = Conversation::new(11, 100).received(&framed(&Word::Greeting(10)));
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidMessage);
}

#[test]
fn other_server_is_not_a_primary() {
    let outcome = Conversation::new(10, 100).received(b"220 mail.example\r\n");
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::AddressInUse);
}

#[test]
fn long_answer_is_refused() {
    let mut talk = Conversation::new(10, 3);
    talk.received(&framed(&Word::Greeting(10))).unwrap();
    talk.received(&framed(&Word::Received)).unwrap();
    let outcome = talk.received(&framed(&Word::Answer(0, b"abcd".to_vec())));
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidMessage);
}
