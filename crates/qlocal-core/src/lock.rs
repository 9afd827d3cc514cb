// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The engine's locks. A thread that finds one taken sleeps, so its holder runs even when both share
//! one processor and the one that waits has the higher real-time priority.

use std::time::Duration;

use spin::mutex::{SpinMutex, SpinMutexGuard};
use spin::RelaxStrategy;

/// A lock for what one thread has to itself nearly always. An uncontended pair of lock and unlock
/// takes one atomic read-modify-write instead of the standard lock's two, and at least one pair is
/// on the way of each byte.
pub(crate) type Mutex<T> = SpinMutex<T, Sleep>;
pub(crate) type MutexGuard<'a, T> = SpinMutexGuard<'a, T, Sleep>;

/// Locks. A panic never leaves half a change behind here, since each critical section ends in a
/// consistent state.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// How long to sleep before looking again: a holder makes one system call at most.
const NAP: Duration = Duration::from_micros(20);

/// Waits asleep, not spinning.
pub(crate) struct Sleep;

impl RelaxStrategy for Sleep {
    #[cold]
    fn relax() {
        std::thread::sleep(NAP);
    }
}
