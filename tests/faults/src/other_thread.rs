// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A second thread with a reactor, to which streams move. It works while the first one waits, so
//! that a plan is deterministic.

use std::sync::mpsc::{self, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use qlocal_core::Reactor;
use qlocal_sys::poller::Poller;

type Job = Box<dyn FnOnce(&Arc<Reactor>) + Send>;

pub struct OtherThread {
    reactor: Arc<Reactor>,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl OtherThread {
    pub fn new(reactor: Arc<Reactor>) -> Self {
        let (jobs, queue) = mpsc::channel::<Job>();
        let its = reactor.clone();
        let thread = std::thread::spawn(move || queue.iter().for_each(|job| job(&its)));
        Self { reactor, jobs: Some(jobs), thread: Some(thread) }
    }

    pub fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Arc<Reactor>) -> T + Send + 'static,
    ) -> Option<T> {
        let (done, wait) = mpsc::channel();
        let job: Job = Box::new(move |reactor| {
            let _ = done.send(job(reactor));
        });
        self.jobs.as_ref()?.send(job).ok()?;
        wait.recv().ok()
    }

    pub fn next_tick(&self) -> Option<Instant> {
        self.reactor.next_tick()
    }

    pub fn poller(&self) -> Option<Arc<Poller>> {
        self.reactor.poller().ok()
    }
}

impl Drop for OtherThread {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            if thread.join().is_err() && !std::thread::panicking() {
                panic!("the other thread panicked");
            }
        }
    }
}
