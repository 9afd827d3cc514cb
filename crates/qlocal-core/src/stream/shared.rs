// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The driver under its lock, and the loop that hands its effects to the host.
//!
//! The lock is needed because a stream can move to another thread while one of its handlers still
//! runs on the old one. It is never held while the host is called.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};

use qlocal_sys::poller::Readiness;

use crate::lock::{lock, Mutex, MutexGuard};
use crate::reactor::{Source, Waiter};
use crate::unwinding::is_unwinding;

use super::driver::Driver;

pub(super) struct Shared {
    driver: Mutex<Driver>,
    /// Changes whenever calls under way must return: the host is gone, or another thread takes
    /// over. It is changed by the thread that makes those calls.
    epoch: AtomicU32,
    /// The unread and unsent bytes when the driver was last unlocked. Programs query these far more
    /// often than they change, so reading them takes no lock.
    available: AtomicUsize,
    to_write: AtomicUsize,
}

/// The driver while it is locked.
pub(super) struct Locked<'a> {
    driver: MutexGuard<'a, Driver>,
    shared: &'a Shared,
}

impl Shared {
    pub fn new() -> Arc<Self> {
        Arc::new_cyclic(|me: &Weak<Self>| Self {
            driver: Mutex::new(Driver::new(me.clone())),
            epoch: AtomicU32::default(),
            available: AtomicUsize::default(),
            to_write: AtomicUsize::default(),
        })
    }

    /// See [`Shared::end_calls`].
    pub fn epoch(&self) -> u32 {
        self.epoch.load(Relaxed)
    }

    /// Makes each call under way return as soon as the host does: it compares the epoch with that
    /// at its start.
    pub fn end_calls(&self) {
        self.epoch.fetch_add(1, Relaxed);
    }

    pub fn bytes_available(&self) -> usize {
        self.available.load(Relaxed)
    }

    pub fn bytes_to_write(&self) -> usize {
        self.to_write.load(Relaxed)
    }

    pub fn lock(&self) -> Locked<'_> {
        Locked { driver: lock(&self.driver), shared: self }
    }

    /// Passes all due effects to the host, one at a time and without the lock. False when the host
    /// is gone, another thread has taken over, or a handler has interrupted the call: then the
    /// caller must return at once.
    pub fn drive(&self) -> bool {
        self.drive_on(self.lock()).is_some()
    }

    /// As [`Shared::drive`], for a caller that holds the lock and needs it afterwards.
    pub fn drive_on<'a>(&'a self, mut driver: Locked<'a>) -> Option<Locked<'a>> {
        let epoch = self.epoch();
        while let Some((host, effect)) = driver.next_effect() {
            drop(driver);
            host.carry_out(effect);
            // This may be the last reference to the host: drop it without the lock.
            drop(host);
            if self.epoch() != epoch {
                return None;
            }
            driver = self.lock();
            driver.handled(effect);
            if is_unwinding() {
                driver.link.resume_later();
                return None;
            }
        }
        Some(driver)
    }

    /// Receives and announces the available input; None when the caller must return at once.
    pub fn receive<'a>(
        &'a self,
        mut driver: Locked<'a>,
        readiness: Readiness,
    ) -> Option<Locked<'a>> {
        if readiness.readable {
            driver.receive(readiness.hang_up);
        }
        driver.release_transfer();
        let mut driver = self.drive_on(driver)?;
        driver.use_room();
        Some(driver)
    }
}

impl Source for Shared {
    fn ready(&self, readiness: Readiness) {
        let mut driver = self.lock();
        driver.link.begin_service();
        // The kernel reports the peer's end also while reading is paused. It is processed once
        // everything is read, when the kernel reports it again.
        let waits = readiness.readable && driver.inbox.is_paused();
        let served = if waits { self.drive_on(driver) } else { self.receive(driver, readiness) };
        let Some(mut driver) = served else { return };
        driver.link.end_service();
        // The end may have begun as reading resumed.
        if driver.end_turn(readiness.writable) || driver.is_ending() {
            self.drive_on(driver);
        }
    }

    fn turn_ended(&self) -> bool {
        let mut driver = self.lock();
        let ended = driver.turn_ended();
        if ended {
            self.drive_on(driver);
        }
        ended
    }

    fn interrupt(&self) {
        self.lock().link.interrupt_service();
    }
}

impl Waiter for Shared {
    fn retry(&self) -> bool {
        let waits = self.lock().try_connecting();
        self.drive();
        waits
    }

    fn expire(&self) {
        self.lock().expire_attempt();
        self.drive();
    }
}

impl Deref for Locked<'_> {
    type Target = Driver;

    fn deref(&self) -> &Driver {
        &self.driver
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Driver {
        &mut self.driver
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // The lock orders these stores for a thread that takes over the stream.
        self.shared.available.store(self.driver.inbox.bytes().len(), Relaxed);
        self.shared.to_write.store(self.driver.bytes_to_write(), Relaxed);
    }
}
