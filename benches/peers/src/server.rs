// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The tasks of a server, and its reports to the clients' thread.

use std::sync::{Arc, Condvar, Mutex};

use crate::workload::{Kind, Workload};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Duty {
    /// Returns every byte to the connection that sent it.
    Echo,
    /// Compares input from its one connection with the pattern.
    Receive,
    /// The same, but no more than a share each millisecond.
    ReceiveSlowly,
}

impl Duty {
    pub fn of(workload: &Workload) -> Self {
        match workload.kind {
            Kind::OneWaySmall | Kind::OneWayLarge => Duty::Receive,
            Kind::SlowReader => Duty::ReceiveSlowly,
            _ => Duty::Echo,
        }
    }
}

/// A count that one thread increments and another waits for.
///
/// The waiting thread is woken once, so waiting costs the other nothing.
#[derive(Clone, Default)]
pub struct Progress(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    reached: usize,
    awaited: Option<usize>,
}

impl Progress {
    pub fn add(&self, more: usize) {
        let (state, reached) = &*self.0;
        let mut state = state.lock().expect("no thread continues after a panic");
        state.reached += more;
        if state.awaited.is_some_and(|awaited| state.reached >= awaited) {
            reached.notify_one();
        }
    }

    /// Returns when the count is `goal`; panics when it is more.
    pub fn wait_for(&self, goal: usize) {
        let (state, reached) = &*self.0;
        let mut state = state.lock().expect("no thread continues after a panic");
        state.awaited = Some(goal);
        while state.reached < goal {
            state = reached.wait(state).expect("no thread continues after a panic");
        }
        assert_eq!(state.reached, goal, "more came than was sent");
        state.awaited = None;
    }
}
