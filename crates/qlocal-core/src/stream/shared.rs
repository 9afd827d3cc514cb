// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The driver under its lock, and the loop that hands its effects to the host.
//!
//! The lock is needed because a stream can move to another thread while one of its handlers still
//! runs on the old one. It is never held while the host is called.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Weak};

use qlocal_sys::poller::Readiness;

use crate::lock::{lock, Mutex, MutexGuard};
use crate::machine::Effect;
use crate::reactor::{Source, Waiter};
use crate::unwinding::is_unwinding;

use super::driver::Driver;
use super::gauges::Gauges;
use super::host::Host;
use super::inbox::Read;
use super::input::InputBuffer;

pub(super) struct Shared {
    driver: Mutex<Driver>,
    /// Changes whenever calls under way must return: the host is gone, or another thread takes
    /// over. It is changed by the thread that makes those calls.
    epoch: AtomicU32,
    gauges: Gauges,
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
            gauges: Gauges::default(),
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

    pub fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    #[inline]
    pub fn lock(&self) -> Locked<'_> {
        let mut driver = Locked { driver: lock(&self.driver), shared: self };
        driver.shows_drained = false;
        if self.gauges.is_staging() {
            driver.unstage();
        }
        driver
    }

    /// As [`Shared::lock`], for queries, to which staged bytes make no difference. It leaves them with
    /// the host, whose thread may be another one.
    pub fn peek(&self) -> impl Deref<Target = Driver> + '_ {
        lock(&self.driver)
    }

    pub fn consume(&self, take: impl FnOnce(&mut InputBuffer) -> usize) -> Read {
        let mut driver = self.lock();
        let read = driver.consume(take);
        driver.shows_drained = driver.has_drained();
        read
    }

    /// As [`Driver::write`]. The second of several writes in a turn lets the host keep those that
    /// follow, until the stream is locked again.
    pub fn write_staged(&self, data: &[u8]) -> Option<usize> {
        let mut driver = self.lock();
        let is_second = !driver.outbox.is_empty();
        let taken = driver.write(data)?;
        if is_second && driver.may_stage() {
            self.gauges.set_staging(true);
        }
        Some(taken)
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
        while driver.has_effects() && !driver.leaves_out_output() {
            let Some((host, effect)) = driver.next_effect() else { break };
            driver = self.carry_out(driver, host, effect, epoch)?;
            driver.handled(effect);
            driver = go_on(driver)?;
        }
        Some(driver)
    }

    /// As [`Shared::drive_on`] after input has arrived, which needs less if there is nothing else to announce.
    #[inline(always)]
    fn announce_input<'a>(&'a self, mut driver: Locked<'a>) -> Option<Locked<'a>> {
        if let Some(host) = driver.next_input() {
            let epoch = self.epoch();
            driver = self.carry_out(driver, host, Effect::ReadyRead, epoch)?;
            driver.input_handled();
            driver = go_on(driver)?;
        }
        if driver.has_effects() {
            driver = self.drive_on(driver)?;
        }
        Some(driver)
    }

    #[inline(always)]
    fn carry_out<'a>(
        &'a self,
        driver: Locked<'a>,
        host: Arc<dyn Host>,
        effect: Effect,
        epoch: u32,
    ) -> Option<Locked<'a>> {
        drop(driver);
        host.carry_out(effect);
        // This may be the last reference to the host: drop it without the lock.
        drop(host);
        (self.epoch() == epoch).then(|| self.lock())
    }

    /// Receives and announces the available input; None when the caller must return at once.
    #[inline(always)]
    pub fn receive<'a>(
        &'a self,
        mut driver: Locked<'a>,
        readiness: Readiness,
    ) -> Option<Locked<'a>> {
        if readiness.readable {
            driver.receive(readiness.hang_up);
        }
        driver.release_transfer();
        let mut driver = self.announce_input(driver)?;
        driver.use_room();
        Some(driver)
    }
}

/// None when a handler has interrupted the call.
#[inline(always)]
fn go_on(mut driver: Locked<'_>) -> Option<Locked<'_>> {
    if is_unwinding() {
        driver.link.resume_later();
        return None;
    }
    Some(driver)
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
        let announces = driver.end_turn(readiness.writable) || driver.is_ending();
        if announces && !driver.leaves_out_output() {
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

impl Locked<'_> {
    /// Takes the bytes that the host has kept.
    #[cold]
    fn unstage(&mut self) {
        self.shared.gauges.set_staging(false);
        self.driver.unstage();
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
        let gauges = &self.shared.gauges;
        gauges.set_available(match self.driver.shows_drained {
            true => Gauges::DRAINED,
            false => self.driver.inbox.bytes().len(),
        });
        gauges.set_to_write(self.driver.bytes_to_write());
    }
}
