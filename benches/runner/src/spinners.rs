// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Keeps all processors awake.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{mpsc, Arc};
use std::thread::{self, JoinHandle};

use rustix::thread::{sched_getaffinity, sched_setaffinity, CpuSet};

/// One thread for each processor that this process may use, pinned to it, which never sleeps.
///
/// Their policy is SCHED_IDLE: a processor drops such a thread as soon as it has anything else to run. They are threads
/// of the runner and not processes, so they end with it, whatever ends it, and are in the same scheduling group as the
/// programs: the group's own share of a processor would not be that low.
pub struct Spinners {
    are_done: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Spinners {
    /// Starts them; returns once each one spins on its processor.
    ///
    /// # Errors
    /// When a thread does not start, or may not have this policy.
    pub fn start() -> io::Result<Self> {
        let allowed = sched_getaffinity(None)?;
        let mut spinners = Self { are_done: Arc::default(), threads: Vec::new() };
        let (sender, started) = mpsc::channel();
        for processor in (0..CpuSet::MAX_CPU).filter(|&processor| allowed.is_set(processor)) {
            let (are_done, sender) = (spinners.are_done.clone(), sender.clone());
            let thread = thread::Builder::new().name(format!("spinner-{processor}"));
            spinners.threads.push(thread.spawn(move || {
                // The receiver lives until each thread has sent one result.
                let _ = sender.send(yield_to_all(processor));
                while !are_done.load(Relaxed) {
                    std::hint::spin_loop();
                }
            })?);
        }
        for _ in &spinners.threads {
            started.recv().map_err(io::Error::other)??;
        }
        Ok(spinners)
    }
}

impl Drop for Spinners {
    fn drop(&mut self) {
        self.are_done.store(true, Relaxed);
        for thread in self.threads.drain(..) {
            // A spinner cannot panic.
            let _ = thread.join();
        }
    }
}

/// Pins the calling thread to this processor, where everything else takes precedence.
fn yield_to_all(processor: usize) -> io::Result<()> {
    let mut only = CpuSet::new();
    only.set(processor);
    sched_setaffinity(None, &only)?;
    let priority = libc::sched_param { sched_priority: 0 };
    // SAFETY: the kernel reads the structure during the call; process 0 is the calling thread.
    match unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &priority) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The names, policies and processors of the spinners of this process, by processor.
    fn running() -> Vec<(String, String, String)> {
        let tasks = fs::read_dir("/proc/self/task").unwrap();
        let mut found: Vec<_> = tasks
            .filter_map(|task| {
                // Threads of other tests may end meanwhile.
                let path = task.ok()?.path();
                let name = fs::read_to_string(path.join("comm")).ok()?.trim().to_owned();
                let stat = fs::read_to_string(path.join("stat")).ok()?;
                let status = fs::read_to_string(path.join("status")).ok()?;
                // The fields after the name, of which the first is the third of all.
                let policy = stat.rsplit_once(") ")?.1.split(' ').nth(41 - 3)?.to_owned();
                let allowed =
                    status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
                name.starts_with("spinner-").then(|| (name, policy, allowed.trim().to_owned()))
            })
            .collect();
        found.sort();
        found
    }

    #[test]
    fn each_processor_has_one_idle_spinner() {
        let allowed = sched_getaffinity(None).unwrap();
        let processors = (0..CpuSet::MAX_CPU).filter(|&processor| allowed.is_set(processor));
        let mut expected: Vec<_> = processors
            .map(|at| (format!("spinner-{at}"), libc::SCHED_IDLE.to_string(), at.to_string()))
            .collect();
        expected.sort();

        let spinners = Spinners::start().unwrap();
        assert_eq!(running(), expected);
        drop(spinners);
        assert_eq!(running(), []);
    }

    #[test]
    fn starting_thread_keeps_its_processors() {
        let before = sched_getaffinity(None).unwrap();
        let _spinners = yield_in_thread();
        assert_eq!(sched_getaffinity(None).unwrap(), before);
    }

    fn yield_in_thread() -> io::Result<()> {
        let allowed = sched_getaffinity(None)?;
        let first = (0..CpuSet::MAX_CPU).find(|&processor| allowed.is_set(processor)).unwrap();
        thread::spawn(move || yield_to_all(first)).join().unwrap()
    }
}
