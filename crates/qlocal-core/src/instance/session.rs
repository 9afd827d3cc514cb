// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The connection of one secondary to the primary.

use std::os::fd::OwnedFd;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::lock::{lock, Mutex};
use crate::machine::{Effect, Framing, State};
use crate::peer::PeerCredentials;
use crate::reactor::Reactor;
use crate::stream::{Adoptable, Host, Limits, Stream};

use super::conversation::Word;
use super::hand_over::HandOver;
use super::limits::InstanceLimits;

/// The primary, as its sessions know it.
pub(super) trait Owner: Send + Sync {
    /// This secondary has handed over.
    fn handed_over(&self, hand_over: HandOver, session: Arc<Session>);
    /// This session has ended.
    fn ended(&self, id: u64);
}

pub(super) struct Session {
    pub id: u64,
    owner: Weak<dyn Owner>,
    me: Weak<Self>,
    stream: Stream,
    phase: Mutex<Phase>,
    max_answer: usize,
}

/// What a session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The secondary, to hand over or to take the answer, since then.
    Secondary(Instant),
    /// The program, to answer.
    Program,
}

impl Session {
    pub fn new(id: u64, owner: Weak<dyn Owner>, limits: &InstanceLimits) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            id,
            owner,
            me: me.clone(),
            stream: Stream::new(),
            phase: Mutex::new(Phase::Secondary(Instant::now())),
            max_answer: limits.max_size,
        })
    }

    /// Greets the secondary.
    pub fn start(
        self: &Arc<Self>,
        connection: OwnedFd,
        reactor: Arc<Reactor>,
        limits: &InstanceLimits,
    ) {
        self.stream.set_limits(Limits {
            max_message_size: limits.message_size(),
            max_descriptors: 1,
            ..Limits::default()
        });
        self.stream.attach(self.clone());
        self.stream.set_framing(Some(Framing::length_prefixed()), b"");
        let connection = Ok((connection, Adoptable::ACCEPTED));
        self.stream.adopt_known(connection, State::Connected, Ok(reactor));
        let most = u32::try_from(limits.max_size).unwrap_or(u32::MAX);
        // It may be gone already, which is announced.
        let _ = self.say(&Word::Greeting(most));
        if self.stream.state() == State::Unconnected {
            self.end();
        }
    }

    /// Ends it at once, and answers nothing.
    pub fn end(&self) {
        self.stream.detach();
        if let Some(owner) = self.owner.upgrade() {
            owner.ended(self.id);
        }
    }

    /// Whether the secondary has had its time.
    pub fn is_late(&self, now: Instant, timeout: Duration) -> bool {
        match *lock(&self.phase) {
            Phase::Secondary(since) => now.saturating_duration_since(since) >= timeout,
            Phase::Program => false,
        }
    }

    pub fn is_connected(&self) -> bool {
        self.stream.state() == State::Connected
    }

    pub fn peer(&self) -> Result<PeerCredentials> {
        self.stream.peer_credentials()
    }

    pub fn answer(&self, code: i32, bytes: &[u8]) -> Result<()> {
        let is_short = bytes.len() <= self.max_answer;
        let word = if is_short { Word::Answer(code, bytes.to_vec()) } else { Word::Refusal };
        let outcome = self.finish(&word);
        if is_short {
            return outcome;
        }
        Err(Error::new(ErrorKind::InvalidMessage, Operation::Answer))
    }

    /// Says the last word.
    fn finish(&self, word: &Word) -> Result<()> {
        *lock(&self.phase) = Phase::Secondary(Instant::now());
        let outcome = self.say(word);
        self.stream.disconnect();
        outcome
    }

    fn say(&self, word: &Word) -> Result<()> {
        self.stream.write_message(&word.encode())?;
        self.stream.flush();
        Ok(())
    }

    fn message(&self) {
        let Some(message) = self.stream.read_message(<[u8]>::to_vec) else { return };
        let (Some(owner), Some(me)) = (self.owner.upgrade(), self.me.upgrade()) else { return };
        if std::mem::replace(&mut *lock(&self.phase), Phase::Program) == Phase::Program {
            // It has handed over already.
            return;
        }
        match HandOver::decode(&message, self.stream.take_descriptor()) {
            Some(hand_over) => {
                // At once: the program may take its time. It may be gone already, which is announced.
                let _ = self.say(&Word::Received);
                owner.handed_over(hand_over, me);
            }
            None => {
                let _ = self.finish(&Word::Refusal);
            }
        }
    }
}

impl Host for Session {
    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::MessageReady => self.message(),
            Effect::Disconnected => self.end(),
            _ => {}
        }
    }
}
