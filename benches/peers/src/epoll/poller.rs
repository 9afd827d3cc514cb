// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

use std::os::fd::{AsFd, OwnedFd};

use rustix::buffer::spare_capacity;
use rustix::event::{epoll, Timespec};

/// An epoll instance and its last reported events.
pub struct Poller {
    epoll: OwnedFd,
    events: Vec<epoll::Event>,
    /// Whether it polls continuously instead of sleeping.
    is_busy: bool,
}

impl Poller {
    pub fn new(is_busy: bool) -> Self {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).expect("an epoll instance");
        Poller { epoll, events: Vec::with_capacity(1024), is_busy }
    }

    /// Reports readiness to read, and hang-ups, as `token`.
    pub fn register(&self, descriptor: impl AsFd, token: usize) {
        let token = epoll::EventData::new_u64(token as u64);
        epoll::add(&self.epoll, descriptor, token, epoll::EventFlags::IN).expect("a registration");
    }

    /// Enables or disables reporting of readiness to write.
    pub fn want_to_write(&self, descriptor: impl AsFd, token: usize, wanted: bool) {
        let mut flags = epoll::EventFlags::IN;
        flags.set(epoll::EventFlags::OUT, wanted);
        let token = epoll::EventData::new_u64(token as u64);
        epoll::modify(&self.epoll, descriptor, token, flags).expect("a registration");
    }

    /// Waits for events, and calls `handle` with the token of each and whether it is writable.
    pub fn wait(&mut self, mut handle: impl FnMut(usize, bool)) {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        self.events.clear();
        while self.events.is_empty() {
            let timeout = self.is_busy.then_some(&at_once);
            match epoll::wait(&self.epoll, spare_capacity(&mut self.events), timeout) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => panic!("epoll_wait: {error}"),
            }
        }
        for event in &self.events {
            let (token, flags) = (event.data.u64(), event.flags);
            handle(token as usize, flags.contains(epoll::EventFlags::OUT));
        }
    }
}
