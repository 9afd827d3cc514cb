// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! One end of a connection with its user, which checks each byte and each signal.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use qlocal_core::{Effect, ErrorKind, Host, Read, Reconnecting, State, Stream};
use qlocal_sys::Errno;

use crate::injector::{Entry, Injector};

/// The byte at a position of a direction. The first byte is the key of all others, so that bytes of
/// two connections are never confused.
pub fn pattern(key: u8, at: u64) -> u8 {
    match at {
        0 => key,
        _ => (at.wrapping_add(u64::from(key)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8,
    }
}

/// How received bytes are handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// They are sent back.
    Echo,
    /// They are checked.
    Sink,
}

/// How the user has ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Left {
    #[default]
    Not,
    InOrder,
    AtOnce,
}

/// The user's actions and observations.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    pub key: u8,
    in_key: Option<u8>,
    pub written: u64,
    pub read: u64,
    pub announced: u64,
    pub was_connected: bool,
    pub disconnected: u32,
    pub finished: u32,
    /// It is back in `Unconnected`.
    pub ended: bool,
    pub left: Left,
    pub errors: Vec<ErrorKind>,
    /// The kernel's ledger at the end.
    pub entry: Entry,
    descriptor: Option<RawFd>,
    /// Violations.
    pub broken: Vec<String>,
}

pub struct End {
    pub stream: Stream,
    role: Role,
    injector: Injector,
    /// It lives in the other thread.
    pub is_away: AtomicBool,
    seen: Mutex<Seen>,
    partner: Mutex<Option<Arc<End>>>,
}

impl End {
    /// `key` is the first byte that it writes; an echo uses that of the received bytes.
    pub fn new(injector: &Injector, role: Role, key: u8) -> Arc<Self> {
        let end = Arc::new(Self {
            stream: Stream::new(),
            role,
            injector: injector.clone(),
            is_away: AtomicBool::new(false),
            seen: Mutex::new(Seen { key, ..Seen::default() }),
            partner: Mutex::default(),
        });
        end.stream.attach(end.clone());
        end
    }

    /// Takes over this end of an existing connection.
    pub fn adopt(&self, descriptor: std::os::fd::OwnedFd, reactor: &Arc<qlocal_core::Reactor>) {
        use std::os::fd::AsRawFd as _;

        let number = descriptor.as_raw_fd();
        self.injector.open(number);
        let mut seen = self.seen();
        seen.descriptor = Some(number);
        seen.was_connected = true;
        drop(seen);
        self.stream.adopt(Ok(descriptor), State::Connected, Ok(reactor.clone()));
    }

    /// Resets its observations: the object starts over.
    pub fn renew(&self) {
        let mut seen = self.seen();
        *seen = Seen { key: seen.key, ..Seen::default() };
        *self.partner.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The end that receives what this one writes: the one that has read its key.
    pub fn partner_among(&self, ends: impl FnOnce() -> Vec<Arc<Self>>) -> Option<Arc<Self>> {
        let mut partner = self.partner.lock().unwrap_or_else(PoisonError::into_inner);
        if partner.is_none() {
            let key = self.seen().key;
            *partner = ends().into_iter().find(|end| end.seen().in_key == Some(key));
        }
        partner.clone()
    }

    pub fn look(&self) -> Seen {
        let mut seen = self.seen().clone();
        if let (false, Some(descriptor)) = (seen.ended, seen.descriptor) {
            seen.entry = self.injector.entry(descriptor);
        }
        seen
    }

    pub fn is_away(&self) -> bool {
        self.is_away.load(Ordering::Relaxed)
    }

    pub fn write(&self, count: u64) {
        let seen = self.seen();
        let (key, from) = (seen.key, seen.written);
        drop(seen);
        let bytes: Vec<u8> = (from..from + count).map(|at| pattern(key, at)).collect();
        if self.stream.write(&bytes).is_some() {
            self.seen().written += count;
        }
    }

    /// Reads received bytes, and checks each of them.
    pub fn read(&self) {
        let mut room = [0; 5000];
        while let Read::Bytes(count @ 1..) = self.stream.read_slice(&mut room) {
            let mut seen = self.seen();
            for &byte in &room[..count] {
                let key = *seen.in_key.get_or_insert(byte);
                if byte != pattern(key, seen.read) && seen.broken.len() < 3 {
                    let at = seen.read;
                    seen.broken.push(format!("a byte is wrong at {at}"));
                }
                seen.read += 1;
            }
            if self.role == Role::Echo {
                seen.key = seen.in_key.unwrap_or_default();
                drop(seen);
                self.write(count as u64);
            }
        }
    }

    pub fn leave_in_order(&self) {
        self.seen().left = Left::InOrder;
        self.stream.disconnect();
    }

    pub fn leave_at_once(&self) {
        let mut seen = self.seen();
        if seen.left == Left::Not || !seen.ended {
            seen.left = Left::AtOnce;
        }
        drop(seen);
        self.stream.abort();
    }

    /// The violations in the observations, at the end.
    pub fn failings(&self) -> Vec<String> {
        self.read();
        let seen = self.look();
        let mut failings = seen.broken.clone();
        let mut expect = |holds: bool, what: &str| {
            if !holds {
                failings.push(format!("{what}: {seen:?}"));
            }
        };
        let Seen { entry, .. } = seen;
        expect(seen.announced <= seen.written, "more was announced than written");
        expect(seen.announced <= entry.sent, "more was announced than the kernel took");
        expect(entry.sent <= seen.written, "the kernel took more than was written");
        if seen.left != Left::AtOnce {
            expect(seen.read == entry.received, "what was received is not what was read");
        }
        if !seen.ended {
            return failings;
        }
        let knows = seen.left == Left::AtOnce || !seen.errors.is_empty();
        expect(knows || seen.left == Left::InOrder, "it ended without an error");
        expect(knows || !entry.failed, "a failed call was not announced");
        if seen.was_connected {
            expect(seen.disconnected == 1, "disconnected did not come once");
            expect(seen.finished == 1, "readChannelFinished did not come once");
        }
        if seen.left == Left::InOrder && seen.errors.is_empty() && seen.was_connected {
            expect(seen.announced == seen.written, "not all was announced that was sent");
        }
        failings
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reconnecting for End {
    fn reconnecting(&self, _: u32, _: Option<Duration>) {}
}

impl Host for End {
    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::ReadyRead => self.read(),
            Effect::BytesWritten(count) => self.seen().announced += count as u64,
            Effect::ErrorOccurred(error) => {
                let mut seen = self.seen();
                seen.errors.push(error.kind());
                if error.raw_os_error() == Some(Errno::INTR.raw_os_error()) {
                    seen.broken.push(format!("an interrupted call was not repeated: {error}"));
                }
            }
            Effect::Disconnected => self.seen().disconnected += 1,
            Effect::ReadChannelFinished => self.seen().finished += 1,
            Effect::StateChanged(State::Connected) => {
                let descriptor = self.stream.raw_descriptor();
                descriptor.inspect(|&descriptor| self.injector.open(descriptor));
                // An earlier attempt of a kept connection may have failed.
                self.stream.let_go();
                let mut seen = self.seen();
                seen.errors.clear();
                seen.ended = false;
                seen.descriptor = descriptor;
                seen.was_connected = true;
            }
            Effect::StateChanged(State::Unconnected) => {
                let mut seen = self.seen();
                if let Some(descriptor) = seen.descriptor {
                    seen.entry = self.injector.entry(descriptor);
                }
                seen.ended = true;
            }
            Effect::StateChanged(_)
            | Effect::Connected
            | Effect::OpenDevice
            | Effect::MessageReady
            | Effect::CloseDevice
            | Effect::WaterMark(_) => {}
        }
    }
}
