// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Single instances.

#![allow(clippy::needless_pass_by_value, reason = "a test owns its application")]

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use qlocal::{
    ErrorKind, HandOver, Instance, InstanceLimits, PrimaryInstance, Reply, Result, Scope,
    SingleInstance,
};

use crate::Application;

crate::tests![
    secondary_gets_answer,
    secondaries_wait_for_handler,
    dropped_reply_is_code_0,
    hand_over_waits_during_handlers_loop,
    primary_dropped_in_its_handler,
    instance_without_id_is_error,
    scopes_have_different_addresses,
    hand_over_describes_this_process,
];

const TICK: Duration = Duration::from_millis(1);

/// The only process, which is the primary.
#[track_caller]
fn lead() -> PrimaryInstance {
    let single = SingleInstance::new("test");
    match single.start(&HandOver::default()).unwrap() {
        Instance::Primary(primary) => primary,
        Instance::Answered { .. } => panic!("there is a primary"),
    }
}

/// Starts in another thread, as another process would; the code and the answer.
fn start(message: &'static [u8]) -> JoinHandle<Result<(i32, Vec<u8>)>> {
    thread::spawn(move || {
        let single = SingleInstance::new("test");
        let hand_over = HandOver { message: message.to_vec(), ..single.hand_over() };
        let answered = match single.start(&hand_over)? {
            Instance::Answered { code, bytes } => (code, bytes),
            Instance::Primary(_) => (-1, b"primary".to_vec()),
        };
        Ok(answered)
    })
}

/// Runs the event loop until a secondary has ended.
fn serve<T>(application: &Application, secondary: &JoinHandle<T>) {
    while !secondary.is_finished() {
        application.process_events();
        thread::sleep(TICK);
    }
}

fn secondary_gets_answer(application: Application) {
    let primary = lead();
    primary
        .on_hand_over(|hand_over, reply| {
            assert_eq!(hand_over.arguments, std::env::args_os().collect::<Vec<_>>());
            assert_eq!(reply.peer().unwrap().pid, Some(std::process::id()));
            reply.answer(3, &hand_over.message).unwrap();
        })
        .unwrap();
    let secondary = start(b"hello");
    serve(&application, &secondary);
    assert_eq!(secondary.join().unwrap().unwrap(), (3, b"hello".to_vec()));
}

fn secondaries_wait_for_handler(application: Application) {
    let primary = lead();
    let limits = InstanceLimits { timeout: Duration::from_millis(50), ..Default::default() };
    let impatient = SingleInstance::new("test").limits(limits);
    let error = impatient.start(&HandOver::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains("stopped or busy"), "{error}");
    assert_eq!(impatient.primary_process(), Some(std::process::id()));
    let secondary = start(b"");
    primary.on_hand_over(|_, reply| reply.answer(1, b"").unwrap()).unwrap();
    serve(&application, &secondary);
    assert_eq!(secondary.join().unwrap().unwrap(), (1, Vec::new()));
}

fn dropped_reply_is_code_0(application: Application) {
    let primary = lead();
    primary.on_hand_over(|_, _| {}).unwrap();
    let secondary = start(b"");
    serve(&application, &secondary);
    assert_eq!(secondary.join().unwrap().unwrap(), (0, Vec::new()));
}

fn hand_over_waits_during_handlers_loop(application: Application) {
    let application = Rc::new(application);
    let primary = lead();
    let both = [start(b"1"), start(b"2")];
    let (inner, depth, count) = (application.clone(), Cell::new(0), Rc::new(Cell::new(0)));
    let handled = count.clone();
    primary
        .on_hand_over(move |_, _| {
            assert_eq!(depth.replace(1), 0);
            for _ in 0..50 {
                inner.process_events();
                thread::sleep(TICK);
            }
            depth.set(0);
            handled.set(handled.get() + 1);
        })
        .unwrap();
    for secondary in both {
        serve(&application, &secondary);
        assert_eq!(secondary.join().unwrap().unwrap(), (0, Vec::new()));
    }
    assert_eq!(count.get(), 2);
}

fn primary_dropped_in_its_handler(application: Application) {
    let primary = Rc::new(RefCell::new(Some(lead())));
    let place = primary.clone();
    let kept = Rc::new(RefCell::new(None));
    let keeps = kept.clone();
    let drops = move |_, reply: Reply| {
        drop(place.take());
        assert!(!reply.is_awaited());
        keeps.replace(Some(reply));
    };
    primary.borrow().as_ref().unwrap().on_hand_over(drops).unwrap();
    let secondary = start(b"");
    serve(&application, &secondary);
    // Without an answer it has started again.
    assert_eq!(secondary.join().unwrap().unwrap(), (-1, b"primary".to_vec()));
    assert!(kept.take().unwrap().answer(0, b"").is_err());
}

fn instance_without_id_is_error(_application: Application) {
    let error = SingleInstance::new("").start(&HandOver::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidName);
}

fn scopes_have_different_addresses(_application: Application) {
    let address = |scope| SingleInstance::new("test").scope(scope).address().unwrap();
    let scopes = [Scope::User, Scope::Session, Scope::Display].map(address);
    assert_ne!(scopes[0], scopes[1]);
    assert_ne!(scopes[1], scopes[2]);
}

fn hand_over_describes_this_process(_application: Application) {
    let single = SingleInstance::new("test").variables(&["XDG_RUNTIME_DIR", "QLOCAL_MISSING"]);
    let hand_over = single.hand_over();
    assert_eq!(hand_over.folder, std::env::current_dir().unwrap());
    let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap();
    assert_eq!(hand_over.environment, [("XDG_RUNTIME_DIR".into(), folder)]);
}
