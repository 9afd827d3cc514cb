// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A primary that serves in a loop of its own, and limits.

#![allow(dead_code, reason = "each test program uses another part")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use qlocal_core::instance::{
    start, HandOver, InstanceHost, InstanceLimits, Primary, Reply, Seat, Started,
};
use qlocal_core::Address;

use crate::util::{reactor, wait_for_work};

pub fn short() -> InstanceLimits {
    let timeout = Duration::from_millis(300);
    InstanceLimits { timeout, answer_timeout: timeout, ..InstanceLimits::default() }
}

pub fn default() -> InstanceLimits {
    InstanceLimits::default()
}

/// Calls a function with each hand-over.
pub struct Host<F>(pub F);

impl<F: Fn(HandOver, Reply) + Send + Sync> InstanceHost for Host<F> {
    fn handed_over(&self, hand_over: HandOver, reply: Reply) {
        self.0(hand_over, reply);
    }
}

/// Serves a seat on this thread until `done`.
pub fn serve(
    seat: Seat,
    limits: InstanceLimits,
    handler: impl Fn(HandOver, Reply) + Send + Sync + 'static,
    done: impl Fn() -> bool,
) {
    let reactor = reactor();
    let primary = Primary::new(seat, reactor.clone(), Arc::new(Host(handler)), limits).unwrap();
    while !done() {
        if !reactor.end_turn() {
            wait_for_work(&reactor, Some(Instant::now() + Duration::from_millis(20)));
        }
        reactor.dispatch();
    }
    drop(primary);
}

/// A primary in another thread, until this is dropped.
pub struct Serving {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    #[track_caller]
    pub fn new(
        address: &Address,
        limits: InstanceLimits,
        handler: impl Fn(HandOver, Reply) + Send + Sync + 'static,
    ) -> Self {
        let seat = seat(address);
        let done = Arc::new(AtomicBool::new(false));
        let is_done = done.clone();
        let thread = std::thread::spawn(move || {
            serve(seat, limits, handler, || is_done.load(Ordering::Relaxed));
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

/// The seat of a start that makes this process the primary.
#[track_caller]
pub fn seat(address: &Address) -> Seat {
    match start(address, &HandOver::default(), &InstanceLimits::default()).unwrap() {
        Started::Primary(seat) => seat,
        Started::Answered { .. } => panic!("there is a primary already"),
    }
}

/// The code and the bytes that the primary answers.
#[track_caller]
pub fn answer(address: &Address, hand_over: &HandOver) -> (i32, Vec<u8>) {
    match start(address, hand_over, &InstanceLimits::default()).unwrap() {
        Started::Answered { code, bytes } => (code, bytes),
        Started::Primary(_) => panic!("there is no primary"),
    }
}

/// A hand-over with this message.
pub fn message(text: &[u8]) -> HandOver {
    HandOver { message: text.to_vec(), ..HandOver::default() }
}
