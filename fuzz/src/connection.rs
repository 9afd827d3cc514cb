// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The machine: for any events in any order, also inside handlers, its effects keep the rules that
//! users rely on, and it becomes idle.

use qlocal_core::{Connection, Effect, Error, ErrorKind, Mark, Operation, State};

use crate::Bytes;

/// The maximum depth of nested handlers.
const DEEPEST: usize = 6;

#[derive(Default)]
struct Rules {
    state: State,
    /// The device of a failed attempt closes in the state that is announced next.
    closed_early: bool,
    connected: u32,
    disconnected: u32,
    in_ready_read: bool,
    in_bytes_written: bool,
    in_mark: bool,
    sent: usize,
}

struct Play<'a> {
    machine: Connection,
    rules: Rules,
    bytes: Bytes<'a>,
    depth: usize,
}

pub fn play(bytes: &[u8]) {
    let mut play = Play {
        machine: Connection::default(),
        rules: Rules::default(),
        bytes: Bytes(bytes),
        depth: 0,
    };
    while !play.bytes.is_empty() {
        play.step();
    }
    play.drive();
    assert!(!play.machine.is_ending(), "an end that has begun is reached");
    assert!(!play.machine.is_holding(), "no handler runs any more");
    if play.machine.state() == State::Unconnected {
        assert_eq!(play.rules.connected, play.rules.disconnected);
    }
}

impl Play<'_> {
    /// The next step of a driver or a user, as far as a driver would do it now.
    fn step(&mut self) {
        let state = self.machine.state();
        let is_open = matches!(state, State::Connected | State::Closing);
        let is_ending = self.machine.is_ending();
        let machine = &mut self.machine;
        match self.bytes.byte() % 16 {
            0 | 1 if state == State::Unconnected => {
                machine.release();
                self.drive();
                if self.machine.state() == State::Unconnected && !self.machine.is_ending() {
                    self.machine.start_connecting();
                }
            }
            2 | 3 if state == State::Connecting && !is_ending => machine.connect_succeeded(),
            4 if state == State::Connecting && !is_ending => {
                machine.connect_failed(error(ErrorKind::ConnectionRefused));
            }
            5 | 6 if is_open && !is_ending => machine.received(),
            7 if is_open && !is_ending => {
                let count = self.bytes.size();
                self.machine.sent(count);
                self.rules.sent += count;
            }
            8 => machine.announce_output(),
            9 => machine.drained(),
            10 => machine.peer_ended(error(ErrorKind::PeerClosed)),
            11 if !is_ending => machine.send_failed(error(ErrorKind::PeerClosed)),
            12 => machine.close(),
            13 => machine.disconnect(),
            14 => {
                machine.abort();
                self.rules.sent = 0;
            }
            15 => match self.bytes.byte() % 5 {
                0 => self.machine.report(error(ErrorKind::TimedOut)),
                1 => self.machine.release(),
                2 if is_open => self.machine.mark_passed(Mark::High),
                3 if is_open => self.machine.mark_passed(Mark::Low),
                _ => {
                    self.machine.release_transfer();
                }
            },
            _ => {}
        }
        self.drive();
    }

    fn drive(&mut self) {
        while let Some(effect) = self.machine.next_effect() {
            self.rules.begins(effect);
            if effect == Effect::CloseDevice && self.machine.state() == State::Unconnected {
                self.rules.closes_in_front_of_its_state();
            }
            assert_eq!(self.machine.state(), self.rules.state);
            if self.depth < DEEPEST && self.bytes.byte() % 4 == 1 {
                self.depth += 1;
                self.step();
                self.depth -= 1;
            }
            self.machine.handled(effect);
            self.rules.ends(effect);
        }
    }
}

impl Rules {
    fn begins(&mut self, effect: Effect) {
        match effect {
            Effect::StateChanged(next) => {
                let is_legal = matches!(
                    (self.state, next),
                    (State::Unconnected, State::Connecting)
                        | (State::Connecting, State::Connected | State::Unconnected)
                        | (State::Connected, State::Closing | State::Unconnected)
                        | (State::Closing, State::Unconnected)
                );
                let is_late = std::mem::take(&mut self.closed_early) && next == State::Unconnected;
                assert!(is_legal || is_late, "{:?} to {next:?}", self.state);
                if next == State::Connected {
                    self.connected += 1;
                }
                if next == State::Unconnected {
                    self.sent = 0;
                }
                self.state = next;
            }
            Effect::OpenDevice | Effect::Connected => assert_eq!(self.state, State::Connected),
            Effect::ReadyRead | Effect::MessageReady => {
                assert!(!std::mem::replace(&mut self.in_ready_read, true), "nested");
            }
            Effect::BytesWritten(count) => {
                assert!(!std::mem::replace(&mut self.in_bytes_written, true), "nested");
                assert_eq!(count, std::mem::take(&mut self.sent), "all at once");
            }
            Effect::Disconnected => {
                assert_eq!(self.state, State::Unconnected);
                self.disconnected += 1;
                assert!(self.disconnected <= self.connected);
            }
            Effect::ReadChannelFinished => assert_eq!(self.state, State::Unconnected),
            Effect::WaterMark(_) => {
                assert!(!std::mem::replace(&mut self.in_mark, true), "nested");
            }
            Effect::ErrorOccurred(_) | Effect::CloseDevice => {}
        }
    }

    /// The device of a failed attempt closes in the state that is announced next.
    fn closes_in_front_of_its_state(&mut self) {
        if self.state == State::Connecting {
            self.state = State::Unconnected;
            self.closed_early = true;
        }
    }

    fn ends(&mut self, effect: Effect) {
        match effect {
            Effect::ReadyRead | Effect::MessageReady => self.in_ready_read = false,
            Effect::BytesWritten(_) => self.in_bytes_written = false,
            Effect::WaterMark(_) => self.in_mark = false,
            _ => {}
        }
    }
}

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, Operation::Wait)
}
