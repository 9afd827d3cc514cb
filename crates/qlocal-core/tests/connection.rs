// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The machine against a reference that has only the rules that users rely on: which effects may
//! follow which, which come once, and which are never nested.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::{Connection, Effect, Error, ErrorKind, Operation, State};

/// An action of a driver or a user. Those of the user also happen inside handlers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Connect,
    Succeed,
    Fail,
    Receive,
    Send(usize),
    /// The queue passes the mark that it did not pass last.
    Mark,
    Announce,
    Drain,
    PeerEnds,
    SendFails,
    Close,
    Disconnect,
    Abort,
    Report,
}

use Step::*;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Connect),
        3 => Just(Succeed),
        1 => Just(Fail),
        3 => Just(Receive),
        3 => (1_usize..1000).prop_map(Send),
        3 => Just(Announce),
        2 => Just(Mark),
        2 => Just(Drain),
        1 => Just(PeerEnds),
        1 => Just(SendFails),
        2 => user_step(),
    ]
}

fn user_step() -> impl Strategy<Value = Step> {
    prop::sample::select(vec![Close, Disconnect, Abort, Report])
}

/// The actions of the user's handlers: mostly nothing.
fn handlers() -> impl Strategy<Value = Vec<Option<Step>>> {
    let nested = prop_oneof![
        2 => user_step(),
        1 => prop::sample::select(vec![Connect, Receive, Announce, PeerEnds, Mark]),
        1 => (1_usize..1000).prop_map(Send),
    ];
    vec(prop::option::weighted(0.3, nested), 0..20)
}

/// The rules.
#[derive(Debug, Default)]
struct Reference {
    state: State,
    /// Between `Connected` and the end: effects that may still come, once each.
    finished_due: bool,
    disconnected_due: bool,
    /// The state has already changed, since the device had to be closed first.
    unconnected_due: bool,
    /// The user closes the device of an attempt, which does not change the state.
    user_closes: bool,
    in_ready_read: bool,
    in_bytes_written: bool,
    in_mark: bool,
    /// The last mark announced in this connection was the high one.
    is_high: bool,
    /// Sent in this connection, and not announced.
    unannounced: usize,
}

impl Reference {
    fn begins(&mut self, effect: Effect) {
        match effect {
            Effect::StateChanged(next) => {
                let legal = matches!(
                    (self.state, next),
                    (State::Unconnected, State::Connecting)
                        | (State::Connecting, State::Connected)
                        | (State::Connected, State::Closing)
                        | (_, State::Unconnected)
                ) && self.state != next;
                let legal = legal || std::mem::take(&mut self.unconnected_due);
                assert!(legal, "{:?} to {next:?}", self.state);
                if next == State::Connecting {
                    assert!(
                        !self.finished_due && !self.disconnected_due,
                        "the old connection ends first"
                    );
                }
                if next == State::Connected {
                    (self.finished_due, self.disconnected_due) = (true, true);
                }
                if next == State::Unconnected {
                    self.unannounced = 0;
                    self.is_high = false;
                }
                self.state = next;
            }
            Effect::OpenDevice | Effect::Connected => assert_eq!(self.state, State::Connected),
            Effect::ReadyRead | Effect::MessageReady => {
                assert!(!self.in_ready_read, "nested");
                self.in_ready_read = true;
            }
            Effect::BytesWritten(count) => {
                assert!(!self.in_bytes_written, "nested");
                assert!(matches!(self.state, State::Connected | State::Closing));
                assert_eq!(count, self.unannounced, "all at once");
                self.unannounced = 0;
                self.in_bytes_written = true;
            }
            Effect::WaterMark(mark) => {
                assert!(!self.in_mark && !self.in_bytes_written, "nested");
                assert!(matches!(self.state, State::Connected | State::Closing));
                let is_high = mark == qlocal_core::Mark::High;
                assert_ne!(std::mem::replace(&mut self.is_high, is_high), is_high, "in turn");
                self.in_mark = true;
            }
            Effect::ReadChannelFinished => {
                assert_eq!(self.state, State::Unconnected);
                // A cancelled attempt has no connection, and finishes too.
                self.finished_due = false;
            }
            Effect::Disconnected => {
                assert_eq!(self.state, State::Unconnected);
                assert!(std::mem::take(&mut self.disconnected_due), "twice");
                assert!(!self.finished_due, "finished comes before");
            }
            Effect::CloseDevice if std::mem::take(&mut self.user_closes) => {}
            Effect::CloseDevice if self.state == State::Connecting => {
                self.state = State::Unconnected;
                self.unconnected_due = true;
            }
            Effect::ErrorOccurred(_) | Effect::CloseDevice => {}
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

/// The machine with the smallest possible driver, and the reference.
#[derive(Debug, Default)]
struct Both {
    machine: Connection,
    reference: Reference,
    handlers: Vec<Option<Step>>,
    /// Bytes were received in a state that allows it, and not announced.
    expects_ready_read: bool,
    /// The queue is above the high mark.
    is_high: bool,
    log: Vec<Effect>,
}

type Shared = Rc<RefCell<Both>>;

fn error(kind: ErrorKind) -> Error {
    Error::new(kind, Operation::Wait)
}

fn apply(both: &Shared, step: Step) {
    let state = both.borrow().machine.state();
    let is_open = matches!(state, State::Connected | State::Closing);
    let ending = both.borrow().machine.is_ending();
    if step == Connect && state == State::Unconnected {
        // As the driver does: the rest of the old connection first.
        both.borrow_mut().machine.release();
        drive(both);
        if both.borrow().machine.state() != State::Unconnected {
            return;
        }
    }
    let mut this = both.borrow_mut();
    let machine = &mut this.machine;
    match step {
        Connect if state == State::Unconnected => machine.start_connecting(),
        Succeed if state == State::Connecting && !ending => machine.connect_succeeded(),
        Fail if state == State::Connecting && !ending => {
            machine.connect_failed(error(ErrorKind::ConnectionRefused));
        }
        Receive if is_open && !ending => {
            machine.received();
            this.expects_ready_read = !this.reference.in_ready_read;
        }
        Send(count) if is_open && !ending => {
            machine.sent(count);
            this.reference.unannounced += count;
        }
        Announce => machine.announce_output(),
        Mark if is_open && !ending => {
            this.is_high = !this.is_high;
            let mark = if this.is_high { qlocal_core::Mark::High } else { qlocal_core::Mark::Low };
            this.machine.mark_passed(mark);
        }
        Drain => machine.drained(),
        PeerEnds => machine.peer_ended(error(ErrorKind::PeerClosed)),
        SendFails if !ending => machine.send_failed(error(ErrorKind::PeerClosed)),
        Close => {
            machine.close();
            this.reference.user_closes = state == State::Connecting;
        }
        Disconnect => machine.disconnect(),
        Abort => {
            machine.abort();
            this.reference.unannounced = 0;
            this.expects_ready_read = false;
        }
        Report => machine.report(error(ErrorKind::TimedOut)),
        _ => {}
    }
    drop(this);
    drive(both);
}

fn drive(both: &Shared) {
    loop {
        let mut this = both.borrow_mut();
        let Some(effect) = this.machine.next_effect() else { return };
        this.log.push(effect);
        this.reference.begins(effect);
        assert_eq!(this.machine.state(), this.reference.state);
        if effect == Effect::ReadyRead {
            assert!(std::mem::take(&mut this.expects_ready_read), "nothing new");
        }
        if effect == Effect::StateChanged(State::Unconnected) {
            this.is_high = false;
        }
        let handler = this.handlers.pop().flatten();
        drop(this);
        if let Some(step) = handler {
            apply(both, step);
        }
        let mut this = both.borrow_mut();
        this.machine.handled(effect);
        this.reference.ends(effect);
    }
}

fn run(steps: &[Step], handlers: &[Option<Step>]) -> Shared {
    let both = Shared::default();
    both.borrow_mut().handlers = handlers.to_vec();
    for &step in steps {
        apply(&both, step);
    }
    both
}

fn log(both: &Shared) -> Vec<String> {
    std::mem::take(&mut both.borrow_mut().log).into_iter().map(util::word).collect()
}

mod util;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]

    #[test]
    fn machine_keeps_its_rules(steps in vec(step(), 0..60), handlers in handlers()) {
        let both = run(&steps, &handlers);
        both.borrow_mut().handlers.clear();
        // At the end nothing is left to announce.
        drive(&both);
        let this = both.borrow();
        prop_assert!(!this.expects_ready_read, "new bytes are announced");
        prop_assert!(!this.machine.is_ending(), "an end that has begun completes");
        prop_assert_eq!(this.is_high, this.reference.is_high, "the last mark is announced");
        if this.machine.state() == State::Unconnected {
            prop_assert!(!this.reference.finished_due && !this.reference.disconnected_due);
        }
    }

    #[test]
    fn abort_always_ends_unconnected(steps in vec(step(), 0..60), handlers in handlers()) {
        let both = run(&steps, &handlers);
        both.borrow_mut().handlers.clear();
        apply(&both, Abort);
        let this = both.borrow();
        prop_assert_eq!(this.machine.state(), State::Unconnected);
        prop_assert_eq!(this.machine.unannounced_output(), 0);
        prop_assert!(!this.reference.finished_due && !this.reference.disconnected_due);
    }

    #[test]
    fn sent_bytes_are_announced(counts in vec(1_usize..1000, 1..30), handlers in handlers()) {
        // Handlers that send or announce, but do not end the connection.
        let handlers: Vec<_> = handlers
            .into_iter()
            .map(|step| step.filter(|step| matches!(step, Send(_) | Announce | Receive | Report)))
            .collect();
        let both = run(&[Connect, Succeed], &handlers);
        for &count in &counts {
            apply(&both, Send(count));
            apply(&both, Announce);
        }
        both.borrow_mut().handlers.clear();
        apply(&both, Announce);
        let this = both.borrow();
        let announced: usize = this.log.iter().map(|effect| match effect {
            Effect::BytesWritten(count) => *count,
            _ => 0,
        }).sum();
        prop_assert_eq!(this.machine.unannounced_output(), 0);
        prop_assert!(announced >= counts.iter().sum());
    }
}

#[track_caller]
fn check(steps: &[Step], expected: &[&str]) {
    assert_eq!(log(&run(steps, &[])), expected);
}

const UP: [&str; 4] = ["Connecting", "Connected", "open", "connected"];
const GONE: [&str; 3] = ["Unconnected", "finished", "disconnected"];

#[track_caller]
fn check_after_connecting(steps: &[Step], expected: &[&str]) {
    check(&[&[Connect, Succeed], steps].concat(), &[&UP, expected].concat());
}

#[test]
fn device_opens_before_connected() {
    check_after_connecting(&[], &[]);
}

#[test]
fn failed_attempt_names_error_before_state() {
    check(&[Connect, Fail], &["Connecting", "error ConnectionRefused", "close", "Unconnected"]);
}

#[test]
fn failure_handler_can_close_device() {
    let both = run(&[Connect], &[]);
    both.borrow_mut().handlers = vec![Some(Close)];
    apply(&both, Fail);
    let expected = ["Connecting", "error ConnectionRefused", "close", "close", "Unconnected"]
        .map(String::from);
    assert_eq!(log(&both), expected);
}

#[test]
fn close_of_attempt_closes_device_first() {
    let mut machine = Connection::default();
    machine.start_connecting();
    let connecting = machine.next_effect().unwrap();
    machine.handled(connecting);
    machine.close();
    assert_eq!(machine.next_effect(), Some(Effect::CloseDevice));
    assert_eq!(machine.state(), State::Connecting);
    machine.handled(Effect::CloseDevice);
    assert_eq!(machine.next_effect(), Some(Effect::StateChanged(State::Unconnected)));
}

#[test]
fn failure_handler_cannot_end_attempt_twice() {
    let both = run(&[Connect], &[]);
    both.borrow_mut().handlers = vec![Some(Disconnect)];
    apply(&both, Fail);
    assert_eq!(log(&both), ["Connecting", "error ConnectionRefused", "close", "Unconnected"]);
}

#[test]
fn aborted_attempt_never_connects() {
    check(&[Connect, Disconnect], &["Connecting", "Unconnected", "finished"]);
}

#[test]
fn closing_lasts_until_everything_is_sent() {
    check_after_connecting(&[Disconnect, Announce], &["Closing"]);
    check_after_connecting(&[Disconnect, Drain], &[&["Closing"][..], &GONE].concat());
}

#[test]
fn last_bytes_are_announced_in_closing() {
    let expected = [&["Closing", "written 5"][..], &GONE].concat();
    check_after_connecting(&[Disconnect, Send(5), Drain], &expected);
}

#[test]
fn close_closes_device_before_state_change() {
    check_after_connecting(&[Close, Drain], &[&["close", "Closing"][..], &GONE].concat());
}

#[test]
fn abort_closes_device_last() {
    check_after_connecting(&[Abort], &[&GONE[..], &["close"]].concat());
    check_after_connecting(&[Disconnect, Abort], &[&["Closing"], &GONE[..], &["close"]].concat());
}

#[test]
fn peer_close_passes_through_closing() {
    let expected = [&["error PeerClosed", "Closing"][..], &GONE].concat();
    check_after_connecting(&[PeerEnds], &expected);
}

#[test]
fn peer_close_while_closing_is_error() {
    let expected = [&["Closing", "error PeerClosed"][..], &GONE].concat();
    check_after_connecting(&[Disconnect, PeerEnds], &expected);
}

#[test]
fn failed_send_skips_closing() {
    check_after_connecting(&[SendFails], &[&["error PeerClosed"][..], &GONE].concat());
}

#[test]
fn input_is_announced_before_end_and_output() {
    let mut machine = Connection::default();
    machine.adopt(State::Connected);
    machine.peer_ended(error(ErrorKind::PeerClosed));
    machine.sent(1);
    machine.announce_output();
    machine.received();
    let mut next = || {
        let effect = machine.next_effect()?;
        machine.handled(effect);
        Some(util::word(effect))
    };
    let words: Vec<_> = std::iter::from_fn(&mut next).collect();
    let end = [&["error PeerClosed", "Closing"][..], &GONE].concat();
    assert_eq!(words, [&["ready", "written 1"][..], &end].concat());
}

#[test]
fn end_while_reading_last_input_is_clean() {
    let mut machine = Connection::default();
    machine.adopt(State::Connected);
    machine.received();
    machine.peer_ended(error(ErrorKind::PeerClosed));
    assert_eq!(machine.next_effect(), Some(Effect::ReadyRead));
    machine.disconnect();
    assert_eq!(machine.next_effect(), Some(Effect::StateChanged(State::Closing)));
    machine.handled(Effect::StateChanged(State::Closing));
    machine.drained();
    let mut next = || {
        let effect = machine.next_effect()?;
        machine.handled(effect);
        Some(util::word(effect))
    };
    let words: Vec<_> = std::iter::from_fn(&mut next).collect();
    assert_eq!(words, GONE);
}

/// Makes the machine announce the peer's disconnect, and calls `act` in the first handler.
fn act_in_end_handler(act: impl FnOnce(&mut Connection)) -> Vec<String> {
    let mut machine = Connection::default();
    machine.adopt(State::Connected);
    machine.peer_ended(error(ErrorKind::PeerClosed));
    assert!(matches!(machine.next_effect(), Some(Effect::ErrorOccurred(_))));
    act(&mut machine);
    std::iter::from_fn(|| machine.next_effect()).map(util::word).take(1).collect()
}

#[test]
fn effects_wait_for_handler_return() {
    assert!(act_in_end_handler(|_| ()).is_empty());
    assert!(act_in_end_handler(|machine| machine.announce_output()).is_empty());
    assert!(act_in_end_handler(|machine| assert!(!machine.release_transfer())).is_empty());
}

#[test]
fn nested_end_announces_rest_immediately() {
    assert_eq!(act_in_end_handler(Connection::disconnect), ["Closing"]);
    assert_eq!(act_in_end_handler(Connection::abort), ["Unconnected"]);
    assert_eq!(act_in_end_handler(Connection::release), ["Closing"]);
}

#[test]
fn loop_in_ready_read_handler_processes_end() {
    let mut machine = Connection::default();
    machine.adopt(State::Connected);
    machine.received();
    machine.peer_ended(error(ErrorKind::PeerClosed));
    assert_eq!(machine.next_effect(), Some(Effect::ReadyRead));
    assert_eq!(machine.next_effect(), None);
    assert!(machine.release_transfer());
    assert!(matches!(machine.next_effect(), Some(Effect::ErrorOccurred(_))));
}

#[test]
fn bytes_read_in_handler_stay_silent() {
    let both = run(&[Connect, Succeed], &[]);
    log(&both);
    both.borrow_mut().handlers = vec![Some(Receive)];
    apply(&both, Receive);
    assert_eq!(log(&both), ["ready"]);
    apply(&both, Receive);
    assert_eq!(log(&both), ["ready"]);
}

#[test]
fn unconnected_machine_only_closes_device() {
    check(&[Disconnect, PeerEnds, SendFails, Drain], &[]);
    check(&[Abort], &["close"]);
}
