// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The engine's locks. A contending thread sleeps, so that the holder runs even if both share one
//! processor and the contending one has the higher real-time priority.

use std::time::Duration;

use spin::mutex::{SpinMutex, SpinMutexGuard};
use spin::RelaxStrategy;

/// A lock for data that one thread uses nearly always. An uncontended pair of lock and unlock takes
/// one atomic read-modify-write instead of the standard lock's two, and each byte takes at least
/// one pair.
pub(crate) type Mutex<T> = SpinMutex<T, Sleep>;
pub(crate) type MutexGuard<'a, T> = SpinMutexGuard<'a, T, Sleep>;

/// Locks. No poisoning is needed, since each critical section leaves a consistent state even if it
/// panics.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// How long to sleep before the next attempt: a holder makes at most one system call.
const NAP: Duration = Duration::from_micros(20);

/// Waits by sleeping instead of spinning.
pub(crate) struct Sleep;

impl RelaxStrategy for Sleep {
    #[cold]
    fn relax() {
        std::thread::sleep(NAP);
    }
}
