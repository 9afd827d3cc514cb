// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What it costs to wake a thread.

use std::io;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{eventfd, EventfdFlags};
use rustix::thread::{sched_getaffinity, sched_setaffinity, CpuSet};

/// How often the threads wake each other.
const ROUND_TRIPS: usize = 2000;

/// The time from writing to an eventfd until the thread that sleeps on it runs: half the median round trip of two
/// threads that wake each other. Each has a processor of its own, where there are two: on one they would only take
/// turns, which costs far less.
///
/// # Errors
/// When the process is out of descriptors or threads.
pub fn cost() -> io::Result<Duration> {
    let there = eventfd(0, EventfdFlags::CLOEXEC)?;
    let back = eventfd(0, EventfdFlags::CLOEXEC)?;
    let allowed = sched_getaffinity(None)?;
    let processors: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&it| allowed.is_set(it)).collect();
    let pin = |index: usize| -> io::Result<()> {
        let mut only = CpuSet::new();
        only.set(processors[index % processors.len()]);
        Ok(sched_setaffinity(None, &only)?)
    };
    pin(0)?;
    let cost = thread::scope(|scope| {
        let answering = thread::Builder::new().spawn_scoped(scope, || -> io::Result<()> {
            pin(1)?;
            for _ in 0..ROUND_TRIPS {
                wait_for(&there)?;
                wake(&back)?;
            }
            Ok(())
        })?;
        let mut times = Vec::with_capacity(ROUND_TRIPS);
        for _ in 0..ROUND_TRIPS {
            let started = Instant::now();
            wake(&there)?;
            wait_for(&back)?;
            times.push(started.elapsed());
        }
        answering.join().map_err(|_| io::Error::other("the answering thread has panicked"))??;
        times.sort_unstable();
        Ok(times[ROUND_TRIPS / 2] / 2)
    });
    sched_setaffinity(None, &allowed)?;
    cost
}

fn wake(descriptor: &OwnedFd) -> io::Result<()> {
    rustix::io::write(descriptor, &1_u64.to_ne_bytes())?;
    Ok(())
}

fn wait_for(descriptor: &OwnedFd) -> io::Result<()> {
    rustix::io::read(descriptor, &mut [0_u8; 8])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waking_takes_time() {
        assert!(cost().unwrap() > Duration::ZERO);
    }
}
