// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! An inbox against a list of bytes.

use std::io::Write as _;

use proptest::prelude::*;
use qlocal_sys::socket::Kind;
use qlocal_sys::Errno;

use super::pair;
use crate::machine::Framing;
use crate::stream::inbox::{Arrival, Inbox};

#[derive(Debug, Clone)]
enum Step {
    /// The peer sends this.
    Send(Vec<u8>),
    Receive,
    Read(usize),
    ReadMessage,
    SetLimit(usize),
    /// Lines with this delimiter, or bytes.
    SetLines(Option<&'static [u8]>, Vec<u8>),
    SetReadable(bool),
    ResumeWithRoom,
    ResumeWhenEmpty,
    Clear,
}

#[derive(Default)]
struct Model {
    wire: Vec<u8>,
    unread: Vec<u8>,
    delimiter: Option<&'static [u8]>,
    limit: usize,
    is_paused: bool,
    is_write_only: bool,
    received: u64,
}

impl Model {
    fn has_lines(&self) -> bool {
        self.delimiter.is_some()
    }

    /// The length of the first line, if it is complete.
    fn line_len(&self, from: usize) -> Option<usize> {
        let delimiter = self.delimiter?;
        self.unread[from..].windows(delimiter.len()).position(|bytes| bytes == delimiter)
    }

    fn lines(&self) -> usize {
        let mut from = 0;
        let mut count = 0;
        while let (Some(len), Some(delimiter)) = (self.line_len(from), self.delimiter) {
            from += len + delimiter.len();
            count += 1;
        }
        count
    }

    /// A first message comes as a whole, whatever the limit.
    fn has_room(&self, limit: usize) -> bool {
        self.unread.len() < limit || self.has_lines() && self.lines() == 0
    }

    fn resume(&mut self, limit: usize) -> bool {
        let resumes = self.is_paused && self.has_room(limit);
        self.is_paused &= !resumes;
        resumes
    }
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(
        prop_oneof![4 => Just(b'x'), 1 => Just(b'\r'), 2 => Just(b'\n'), 2 => any::<u8>()],
        1..40,
    )
}

fn delimiter() -> impl Strategy<Value = Option<&'static [u8]>> {
    prop::sample::select(vec![None, Some(&b"\n"[..]), Some(b"\r\n"), Some(b"xxx")])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => text().prop_map(Step::Send),
        6 => Just(Step::Receive),
        3 => (0_usize..60).prop_map(Step::Read),
        3 => Just(Step::ReadMessage),
        2 => prop_oneof![Just(0), 1_usize..50].prop_map(Step::SetLimit),
        1 => (delimiter(), prop_oneof![Just(vec![]), text()])
            .prop_map(|(delimiter, ahead)| Step::SetLines(delimiter, ahead)),
        1 => any::<bool>().prop_map(Step::SetReadable),
        1 => Just(Step::ResumeWithRoom),
        1 => Just(Step::ResumeWhenEmpty),
        1 => Just(Step::Clear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no local sockets")]
    fn inbox_matches_model(steps in proptest::collection::vec(step(), 1..80)) {
        let (socket, mut peer) = pair();
        let mut inbox = Inbox::default();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Send(bytes) => {
                    peer.write_all(&bytes).unwrap();
                    model.wire.extend(bytes);
                }
                Step::Receive => {
                    let room = inbox.make_room();
                    if model.limit != 0 {
                        prop_assert_eq!(room == 0, !model.has_room(model.limit));
                        let below = model.limit.saturating_sub(model.unread.len());
                        prop_assert!(model.has_lines() || room <= below);
                    }
                    if room == 0 {
                        continue;
                    }
                    let outcome = inbox.receive(&socket, Kind::Stream, room);
                    if model.wire.is_empty() {
                        prop_assert_eq!(outcome, Err(Errno::AGAIN));
                        continue;
                    }
                    let count = room.min(model.wire.len());
                    prop_assert_eq!(outcome, Ok(count));
                    let before = (model.lines(), inbox.arrivals());
                    let arrival = inbox.take_in(count);
                    let bytes: Vec<u8> = model.wire.drain(..count).collect();
                    if model.is_write_only {
                        prop_assert_eq!(arrival, Arrival::Nothing);
                        // Bytes that were here go as well, and messages stay.
                        if !model.has_lines() {
                            model.unread.clear();
                        }
                    } else {
                        model.received += bytes.len() as u64;
                        model.unread.extend(bytes);
                        let has_new = !model.has_lines() || model.lines() > before.0;
                        let expected = match model.has_lines() {
                            true => Arrival::Messages { has_new, is_too_long: false },
                            false => Arrival::Bytes,
                        };
                        prop_assert_eq!(arrival, expected);
                        prop_assert_eq!(inbox.arrivals(), before.1 + u64::from(has_new));
                    }
                    inbox.release();
                }
                Step::Read(count) => {
                    let mut into = vec![0; count];
                    let count = inbox.bytes_mut().read_slice(&mut into);
                    if model.has_lines() {
                        prop_assert_eq!(count, 0);
                    } else {
                        let read: Vec<u8> =
                            model.unread.drain(..into.len().min(model.unread.len())).collect();
                        prop_assert_eq!(&into[..count], &read[..]);
                    }
                }
                Step::ReadMessage => {
                    let expected = model.line_len(0).map(|len| {
                        let end = len + model.delimiter.map_or(0, <[u8]>::len);
                        let line: Vec<u8> = model.unread.drain(..end).collect();
                        line[..len].to_vec()
                    });
                    prop_assert_eq!(inbox.next_message(<[u8]>::to_vec), expected);
                }
                Step::SetLimit(limit) => {
                    model.limit = limit;
                    model.is_paused = limit != 0 && !model.has_room(limit);
                    inbox.set_limit(limit);
                }
                Step::SetLines(delimiter, ahead) => {
                    let framing = delimiter.map(|bytes| Framing::delimited(bytes).unwrap());
                    let settings = inbox.framing_settings().with(framing);
                    let is_new = inbox.set_framing(settings, &ahead);
                    prop_assert_eq!(is_new, delimiter != model.delimiter || !ahead.is_empty());
                    model.delimiter = delimiter;
                    model.unread.splice(..0, ahead);
                    if is_new && model.has_lines() {
                        inbox.sort();
                    }
                }
                Step::SetReadable(readable) => {
                    inbox.set_readable(readable);
                    model.is_write_only = !readable;
                }
                Step::ResumeWithRoom => {
                    prop_assert_eq!(inbox.resume_with_room(), model.resume(model.limit));
                }
                Step::ResumeWhenEmpty => {
                    prop_assert_eq!(inbox.resume_when_empty(), model.resume(1));
                }
                Step::Clear => {
                    prop_assert_eq!(inbox.clear(), model.has_lines());
                    model.unread.clear();
                }
            }
            let bytes = if model.has_lines() { &[][..] } else { &model.unread };
            prop_assert_eq!(inbox.bytes().as_slice(), bytes);
            prop_assert_eq!(inbox.has_message(), model.lines() > 0);
            prop_assert_eq!(inbox.is_paused(), model.is_paused);
            prop_assert_eq!(inbox.received(), model.received);
        }
    }
}
