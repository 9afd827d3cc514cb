// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the two processes say to each other: no I/O, no clock.
//!
//! The primary speaks first, so that nothing is handed over to one that is stopped: when it continues, the
//! secondary has given up already. Each word is a message with a length in front of it.

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::machine::{Framing, Front};

const GREETING: u8 = b'G';
const RECEIVED: u8 = b'R';
const ANSWER: u8 = b'A';
const REFUSAL: u8 = b'N';

/// How many bytes of an answer are not part of its text.
const ANSWER_HEAD: usize = 5;

/// What a primary says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// It is there, and takes a hand-over of at most this many bytes.
    Greeting(u32),
    /// The hand-over has arrived.
    Received,
    /// The program's answer: an exit code and bytes.
    Answer(i32, Vec<u8>),
    /// It does not understand the hand-over, or its answer is too long.
    Refusal,
}

impl Word {
    /// The message of this word.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Greeting(most) => [&[GREETING][..], &most.to_be_bytes()].concat(),
            Self::Received => vec![RECEIVED],
            Self::Answer(code, bytes) => [&[ANSWER][..], &code.to_be_bytes(), bytes].concat(),
            Self::Refusal => vec![REFUSAL],
        }
    }

    /// The word of a message.
    pub fn decode(message: &[u8]) -> Option<Self> {
        let (&kind, rest) = message.split_first()?;
        match kind {
            GREETING => Some(Self::Greeting(u32::from_be_bytes(*rest.first_chunk()?))),
            RECEIVED => Some(Self::Received),
            ANSWER => {
                let (code, bytes) = rest.split_first_chunk()?;
                Some(Self::Answer(i32::from_be_bytes(*code), bytes.to_vec()))
            }
            REFUSAL => Some(Self::Refusal),
            _ => None,
        }
    }
}

/// How far the secondary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Greeting,
    Receipt,
    Answer,
}

/// What the secondary does after some bytes have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It waits for more.
    Waiting,
    /// It sends the hand-over.
    Greeted,
    /// The program's answer has arrived.
    Answered(i32, Vec<u8>),
}

/// The secondary's side of a conversation.
#[derive(Debug)]
pub struct Conversation {
    stage: Stage,
    /// The length of the hand-over.
    len: usize,
    /// The maximum length of an answer.
    max_answer: usize,
    arrived: Vec<u8>,
}

impl Conversation {
    /// A conversation about a hand-over of this length.
    pub fn new(len: usize, max_answer: usize) -> Self {
        Self { stage: Stage::Greeting, len, max_answer, arrived: Vec::new() }
    }

    /// Whether the primary has received the hand-over.
    pub fn is_received(&self) -> bool {
        self.stage == Stage::Answer
    }

    /// The primary has said these bytes.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidMessage`] when it does not take the hand-over, [`ErrorKind::AddressInUse`] when
    /// it is no primary.
    pub fn received(&mut self, bytes: &[u8]) -> Result<Outcome> {
        self.arrived.extend(bytes);
        let max = self.max_answer.saturating_add(ANSWER_HEAD);
        loop {
            let (bytes, end) = match Framing::length_prefixed().front(&self.arrived, max, 0) {
                Front::Message { bytes, end } => (bytes, end),
                Front::Part { .. } => return Ok(Outcome::Waiting),
                Front::TooLong => return Err(self.foreign()),
            };
            let word = Word::decode(&self.arrived[bytes]);
            self.arrived.drain(..end);
            match (self.stage, word) {
                (Stage::Greeting, Some(Word::Greeting(most))) => {
                    if self.len > usize::try_from(most).unwrap_or(usize::MAX) {
                        return Err(too_long());
                    }
                    self.stage = Stage::Receipt;
                    return Ok(Outcome::Greeted);
                }
                (Stage::Receipt, Some(Word::Received)) => self.stage = Stage::Answer,
                (Stage::Answer, Some(Word::Answer(code, bytes))) => {
                    return Ok(Outcome::Answered(code, bytes));
                }
                (Stage::Receipt | Stage::Answer, Some(Word::Refusal)) => {
                    return Err(Error::new(ErrorKind::InvalidMessage, Operation::HandOver));
                }
                _ => return Err(self.foreign()),
            }
        }
    }

    /// Before the greeting it may be any server; after it the answer is too long.
    fn foreign(&self) -> Error {
        match self.stage {
            Stage::Greeting => Error::new(ErrorKind::AddressInUse, Operation::Greeting),
            _ => Error::new(ErrorKind::InvalidMessage, Operation::Answer),
        }
    }
}

/// The hand-over is too long for the primary.
pub(super) fn too_long() -> Error {
    Error::new(ErrorKind::InvalidMessage, Operation::HandOver)
}
