// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Single instances in processes that are stopped, killed, and started all at once.
//!
//! `script/soak-instance` makes the last test longer, through variables of the environment.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use qlocal_core::instance::{hand_over, primary_process, start, HandOver, InstanceLimits, Started};
use qlocal_core::{Address, ErrorKind, Operation};
use qlocal_sys::socket;
use rustix::process::{getppid, kill_process, waitpid, Pid, Signal, WaitOptions};

mod util;
use util::*;

#[path = "util/instance.rs"]
mod instance;
use instance::*;

/// A child of this test, which starts each time that it is told to.
struct Worker {
    child: Child,
    orders: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    fn new(test: &str, path: &str) -> Self {
        let mut child = child(test, path).spawn().unwrap();
        let orders = child.stdin.take().unwrap();
        let reports = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, orders, reports }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn order(&mut self) {
        // It may have been killed.
        let _ = self.orders.write_all(b"start\n");
    }

    /// The next report; `None` if it was killed.
    fn report(&mut self) -> Option<String> {
        // The test harness prints lines of its own.
        let mut reports = self.reports.by_ref().map_while(Result::ok);
        reports.find_map(|line| line.split_once("report ").map(|(_, report)| report.to_owned()))
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a start may take, even while the machine is asleep.
fn patient() -> InstanceLimits {
    let timeout = Duration::from_secs(600);
    InstanceLimits { timeout, answer_timeout: timeout, ..InstanceLimits::default() }
}

/// Starts at each order, and reports what it is. The primary serves until it is handed `quit`.
fn work(path: &str) {
    let address = file_address(path.as_ref());
    let parent = getppid();
    for order in std::io::stdin().lines() {
        assert_eq!(order.unwrap(), "start");
        match start(&address, &message(b"hello"), &patient()) {
            Ok(Started::Primary(seat)) => {
                // No two primaries can bind it. That of a killed one may exist a moment longer.
                let witness = socket::datagram().unwrap();
                let name = socket::abstract_address(path.as_bytes()).unwrap();
                let until = Instant::now() + Duration::from_secs(5);
                while socket::bind(&witness, &name).is_err() {
                    if Instant::now() > until {
                        println!("report double");
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(1));
                }
                println!("report primary");
                let done = Arc::new(AtomicBool::new(false));
                let quits = done.clone();
                let handler = move |hand_over: HandOver, reply: qlocal_core::instance::Reply| {
                    quits.fetch_or(hand_over.message == b"quit", Ordering::Relaxed);
                    let _ = reply.answer(0, std::process::id().to_string().as_bytes());
                };
                // A test that fails leaves none behind.
                let is_over = || done.load(Ordering::Relaxed) || getppid() != parent;
                serve(seat, patient(), handler, is_over);
                drop(witness);
                println!("report ended");
            }
            Ok(Started::Answered { bytes, .. }) => {
                println!("report secondary of {}", String::from_utf8_lossy(&bytes));
            }
            Err(error) => println!("report error {error}"),
        }
    }
}

#[test]
fn stopped_primary_is_not_a_missing_one() {
    if let Some(path) = child_argument() {
        return work(&path);
    }
    let _dog = watchdog();
    let folder = Folder::new();
    let path = folder.join("a");
    let mut worker = Worker::new("stopped_primary_is_not_a_missing_one", path.to_str().unwrap());
    worker.order();
    assert_eq!(worker.report().unwrap(), "primary");
    worker.signal(Signal::STOP);
    // It stops a moment later.
    let stopped = waitpid(Some(worker.pid()), WaitOptions::UNTRACED).unwrap().unwrap().1;
    assert!(stopped.stopped());
    let limits = InstanceLimits { timeout: Duration::from_millis(200), ..patient() };
    let address = folder.address("a");
    let error = start(&address, &message(b"quit"), &limits).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::TimedOut, Operation::Greeting));
    let pid = worker.pid().as_raw_nonzero().get();
    assert_eq!(primary_process(&address), u32::try_from(pid).ok());
    worker.signal(Signal::CONT);
    // It got nothing from the start that has given up.
    assert_eq!(answer(&address, &HandOver::default()).1, pid.to_string().as_bytes());
}

#[test]
fn killed_primary_is_replaced() {
    if let Some(path) = child_argument() {
        return work(&path);
    }
    let _dog = watchdog();
    let folder = Folder::new();
    let path = folder.join("a");
    let mut worker = Worker::new("killed_primary_is_replaced", path.to_str().unwrap());
    worker.order();
    assert_eq!(worker.report().unwrap(), "primary");
    worker.signal(Signal::KILL);
    assert!(path.exists());
    drop(seat(&folder.address("a")));
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A small generator: the sequence differs between rounds, and is the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

#[test]
fn each_round_has_one_primary() {
    const TEST: &str = "each_round_has_one_primary";
    if let Some(path) = child_argument() {
        return work(&path);
    }
    let starters = setting("QLOCAL_INSTANCE_STARTERS", 12);
    let time = Duration::from_secs(60 * setting("QLOCAL_INSTANCE_MINUTES", 0) as u64);
    let (rounds, patience) = match setting("QLOCAL_INSTANCE_ROUNDS", 60) {
        _ if !time.is_zero() => (usize::MAX, 3 * time),
        rounds => (rounds, Duration::from_millis(rounds as u64 * starters as u64 * 20)),
    };
    let _dog = watchdog_for(TIMEOUT + patience);
    let begin = Instant::now();
    let folder = Folder::new();
    let path = folder.join("a").into_os_string().into_string().unwrap();
    let address = folder.address("a");
    let mut workers: Vec<_> = (0..starters).map(|_| Worker::new(TEST, &path)).collect();
    let mut random = Random(1);
    let (mut round, mut primaries, mut killed) = (0, 0, 0);
    while round < rounds && (time.is_zero() || begin.elapsed() < time) {
        workers.iter_mut().for_each(Worker::order);
        // In every second round some are killed while they start, which may hit the primary.
        if round % 2 == 1 {
            for _ in 0..=random.below(3) {
                std::thread::sleep(Duration::from_micros(random.below(100 * starters) as u64));
                let worker = &mut workers[random.below(starters)];
                let _ = worker.child.kill();
                worker.child.wait().unwrap();
                killed += 1;
            }
        }
        let mut of_round = settle_round(&mut workers, round);
        while of_round == 0 {
            // It was killed after all others had their answer: the next start replaces it.
            workers.iter_mut().for_each(Worker::order);
            of_round = settle_round(&mut workers, round);
        }
        primaries += of_round;
        round += 1;
        end_round(&mut workers, &address, random.below(2) == 0);
        for worker in &mut workers {
            if worker.child.try_wait().unwrap().is_some() {
                *worker = Worker::new(TEST, &path);
            }
        }
    }
    println!("{round} rounds of {starters} starters, {killed} killed: {primaries} primaries");
    assert_eq!(primaries, round);
}

/// Waits until each living starter is the primary or has its answer; how many are the primary.
fn settle_round(workers: &mut [Worker], round: usize) -> usize {
    let mut primaries = 0;
    for worker in workers {
        match worker.report() {
            Some(report) if report == "primary" => {
                // It may have been killed since then.
                primaries += usize::from(worker.child.try_wait().unwrap().is_none());
            }
            Some(report) => assert!(report.starts_with("secondary"), "round {round}: {report}"),
            None => assert!(worker.child.try_wait().unwrap().is_some(), "round {round}: no report"),
        }
    }
    primaries
}

/// The primary ends, by itself or killed; if a kill has left none, there is nothing to end.
fn end_round(workers: &mut [Worker], address: &Address, is_killed: bool) {
    let Some(pid) = primary_process(address) else { return };
    let leads =
        |worker: &&mut Worker| u32::try_from(worker.pid().as_raw_nonzero().get()) == Ok(pid);
    let Some(primary) = workers.iter_mut().find(leads) else { return };
    if is_killed || hand_over(address, &message(b"quit"), &patient()).is_err() {
        let _ = primary.child.kill();
        primary.child.wait().unwrap();
    } else {
        assert_eq!(primary.report().unwrap(), "ended");
    }
}
