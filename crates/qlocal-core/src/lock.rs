// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The engine's locks. A contending thread sleeps, so the holder can run even if both share a
//! processor and the contending thread has the higher real-time priority.

use std::time::Duration;

use spin::mutex::{SpinMutex, SpinMutexGuard};
use spin::RelaxStrategy;

/// A lock for data that is nearly always used by one thread. Locking and unlocking without contention
/// takes one atomic read-modify-write instead of the two of the standard lock, and happens at least
/// once for each transfer.
pub(crate) type Mutex<T> = SpinMutex<T, Sleep>;
pub(crate) type MutexGuard<'a, T> = SpinMutexGuard<'a, T, Sleep>;

/// Locks. There is no poisoning: each critical section leaves a consistent state even if it panics.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}

/// How long to sleep before retrying: a holder makes at most one system call.
const NAP: Duration = Duration::from_micros(20);

/// Waits by sleeping instead of spinning.
pub(crate) struct Sleep;

impl RelaxStrategy for Sleep {
    #[cold]
    fn relax() {
        std::thread::sleep(NAP);
    }
}
