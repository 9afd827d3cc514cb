// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Servers in processes of their own lose their name, follow each other, hang and are killed, while clients
//! connect. `SOAK_SECONDS` sets for how long.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use qlocal_core::KeepName;
use rustix::process::{kill_process, waitpid, Pid, Signal, WaitOptions};

mod util;
use util::serving::*;
use util::*;

const TEST: &str = "names_survive_losses_hand_overs_and_kills";

/// How long an older server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// That time for a server that is stopped.
const IMPATIENCE: Duration = Duration::from_millis(20);

/// A server in a process of its own.
struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    #[track_caller]
    fn start(path: &Path, patience: Duration) -> Self {
        let argument = format!("{} {}", patience.as_millis(), path.display());
        let mut child = child(TEST, &argument).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    /// What it says about its attempt to listen.
    #[track_caller]
    fn outcome(&mut self) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "a server has ended early");
            if let Some(at) = line.find("outcome: ") {
                return line[at + 9..].trim().to_owned();
            }
        }
    }

    #[track_caller]
    fn started(path: &Path) -> Self {
        let mut process = Self::start(path, PATIENCE);
        assert_eq!(process.outcome(), "listens");
        process
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.child.id() as i32).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// It was handed over, and has ended by itself.
    #[track_caller]
    fn wait(mut self) {
        assert!(self.child.wait().unwrap().success());
    }

    #[track_caller]
    fn end(self) {
        let Self { mut child, input, .. } = self;
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}

/// The process of a server.
fn serve(argument: &str) {
    let (patience, path) = argument.split_once(' ').unwrap();
    let server = Serving::new(&reactor());
    let acceptor = &server.acceptor;
    acceptor.keep_name(KeepName::default());
    acceptor.set_hands_over(true);
    acceptor.set_take_over(Some(Duration::from_millis(patience.parse().unwrap())));
    let outcome = server.listen(&file_address(Path::new(path)));
    let shown =
        outcome.as_ref().map_or_else(|error| format!("{:?}", error.kind()), |()| "listens".into());
    println!("\noutcome: {shown}");
    std::io::stdout().flush().unwrap();
    if outcome.is_err() {
        return;
    }
    static IS_OVER: AtomicBool = AtomicBool::new(false);
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        IS_OVER.store(true, Relaxed);
    });
    while !IS_OVER.load(Relaxed) {
        if !server.reactor.end_turn() {
            wait_for_work(&server.reactor, Some(Instant::now() + Duration::from_millis(5)));
        }
        server.reactor.dispatch();
        for mut connection in server.take_connections() {
            let _ = connection.write_all(b"!");
        }
        if server.events().contains(&"handed over".into()) {
            break;
        }
    }
    server.close();
}

/// Clients that connect all the time, and how often they were refused while nothing disturbed the server.
#[derive(Default)]
struct Clients {
    /// Odd while a server is disturbed.
    disturbances: AtomicU64,
    served: AtomicU64,
    refused: AtomicU64,
    is_over: AtomicBool,
}

impl Clients {
    fn run(&self, path: &Path) {
        while !self.is_over.load(Relaxed) {
            let before = self.disturbances.load(Relaxed);
            if is_served(path) {
                self.served.fetch_add(1, Relaxed);
            } else if before % 2 == 0 && before == self.disturbances.load(Relaxed) {
                self.refused.fetch_add(1, Relaxed);
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// Disturbs the server, and waits until it serves again.
    #[track_caller]
    fn disturb<T>(&self, path: &Path, how: impl FnOnce() -> T) -> T {
        self.disturbances.fetch_add(1, Relaxed);
        let result = how();
        let until = Instant::now() + TIMEOUT / 2;
        // A server that is about to bind its name again serves the clients of the old file first.
        while !is_served(path) {
            assert!(Instant::now() < until, "no server serves");
            std::thread::sleep(Duration::from_millis(1));
        }
        self.disturbances.fetch_add(1, Relaxed);
        result
    }
}

fn is_served(path: &Path) -> bool {
    let mut byte = [0];
    UnixStream::connect(path).and_then(|mut client| client.read_exact(&mut byte)).is_ok()
}

/// Repeatable random numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn act(present: Process, action: u64, path: &Path, clients: &Clients) -> Process {
    match action {
        // The name is lost, with and without a stale file in its place.
        0 | 1 => {
            clients.disturb(path, || {
                std::fs::remove_file(path).unwrap();
                if action == 1 {
                    drop(UnixListener::bind(path));
                }
            });
            present
        }
        2 => clients.disturb(path, || {
            let Process { mut child, .. } = present;
            child.kill().unwrap();
            child.wait().unwrap();
            Process::started(path)
        }),
        // A server that is stopped keeps its name.
        3 => {
            present.signal(Signal::STOP);
            // It stops a moment later.
            waitpid(Some(Pid::from_child(&present.child)), WaitOptions::UNTRACED).unwrap();
            let mut newer = Process::start(path, IMPATIENCE);
            assert_eq!(newer.outcome(), "TimedOut");
            newer.wait();
            present.signal(Signal::CONT);
            present
        }
        // Several follow it at once.
        4 => {
            let mut newer: Vec<_> = (0..3).map(|_| Process::start(path, PATIENCE)).collect();
            newer.iter_mut().for_each(|newer| assert_eq!(newer.outcome(), "listens"));
            present.wait();
            let until = Instant::now() + TIMEOUT / 2;
            while newer.len() > 1 {
                assert!(Instant::now() < until, "several servers go on");
                std::thread::sleep(Duration::from_millis(1));
                let ended =
                    newer.iter_mut().position(|newer| newer.child.try_wait().unwrap().is_some());
                if let Some(ended) = ended {
                    newer.remove(ended).wait();
                }
            }
            newer.remove(0)
        }
        _ => {
            let newer = Process::started(path);
            present.wait();
            newer
        }
    }
}

#[test]
fn names_survive_losses_hand_overs_and_kills() {
    if let Some(argument) = child_argument() {
        return serve(&argument);
    }
    let seconds = std::env::var("SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(3));
    let _dog = watchdog_for(3 * TIMEOUT + time);
    let folder = Folder::new();
    let path: PathBuf = folder.join("s");
    let first = Process::started(&path);
    let clients = Clients::default();
    let mut random = Random(u64::from(std::process::id()));
    let mut actions = [0_u64; 7];
    let last = std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| clients.run(&path));
        }
        let started = Instant::now();
        let mut present = first;
        while started.elapsed() < time {
            let action = random.below(7);
            present = act(present, action, &path, &clients);
            actions[action as usize] += 1;
        }
        clients.is_over.store(true, Relaxed);
        present
    });
    let (served, refused) = (clients.served.load(Relaxed), clients.refused.load(Relaxed));
    println!("{actions:?} actions, {served} clients served, {refused} refused");
    assert_eq!(refused, 0);
    last.end();
    assert!(!path.exists());
}
