// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Replies, for C++ to refer to by number.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use qlocal_core::instance::Reply;

/// The replies that the program has not given yet, by number; and the last number.
#[derive(Default)]
pub(super) struct Replies(Mutex<(u64, HashMap<u64, Reply>)>);

impl Replies {
    fn lock(&self) -> MutexGuard<'_, (u64, HashMap<u64, Reply>)> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn add(&self, reply: Reply) -> u64 {
        let mut state = self.lock();
        state.0 += 1;
        let number = state.0;
        state.1.insert(number, reply);
        number
    }

    pub fn take(&self, number: u64) -> Option<Reply> {
        self.lock().1.remove(&number)
    }

    pub fn with<T>(&self, number: u64, ask: impl FnOnce(&Reply) -> T) -> Option<T> {
        self.lock().1.get(&number).map(ask)
    }

    /// Forgets all of them: the connections have ended, so that none is answered.
    pub fn clear(&self) {
        let replies = std::mem::take(&mut self.lock().1);
        drop(replies);
    }
}
