// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Common code of the tests: unique names, a watchdog, an event loop around a reactor, and a host
//! that records effects.

#![allow(dead_code, reason = "each test program uses another part")]

pub mod kept;
pub mod serving;

use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Gid, Uid};

use qlocal_core::{Address, Effect, Host, Namespace, Reactor, Read, State, Stream};
use qlocal_sys::poller::{wait_one, Interest};

/// How long a test may take. Each wait in it takes at most half of that.
pub const TIMEOUT: Duration = Duration::from_secs(20);

/// Ends the test program when a test takes longer than [`TIMEOUT`].
pub struct Watchdog(
    #[allow(dead_code, reason = "dropping it is what calls the dog off")] Sender<()>,
);

#[track_caller]
pub fn watchdog() -> Watchdog {
    watchdog_for(TIMEOUT)
}

/// As [`watchdog`], for a test that takes longer than others on a busy machine.
#[track_caller]
pub fn watchdog_for(timeout: Duration) -> Watchdog {
    let (off, wait) = mpsc::channel();
    let test = std::panic::Location::caller();
    std::thread::spawn(move || {
        if wait.recv_timeout(timeout) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("the test at {test} hangs");
            std::process::abort();
        }
    });
    Watchdog(off)
}

pub fn deadline() -> Option<Instant> {
    Some(Instant::now() + TIMEOUT / 2)
}

/// The two ends of a pipe, the read end first.
#[track_caller]
pub fn pipe() -> (File, File) {
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
    (reader.into(), writer.into())
}

/// A folder for one test, removed with everything in it.
pub struct Folder(PathBuf);

impl Folder {
    #[track_caller]
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("qlocal-core-{}-{count}", std::process::id());
            let path = std::env::temp_dir().join(name);
            match std::fs::create_dir(&path) {
                // Left by a killed process with this id.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => {
                    made.unwrap();
                    return Self(path);
                }
            }
        }
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    #[track_caller]
    pub fn address(&self, name: &str) -> Address {
        file_address(&self.join(name))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[track_caller]
pub fn file_address(path: &Path) -> Address {
    let bytes = path.as_os_str().as_encoded_bytes();
    Address::resolve(bytes, Namespace::Files { folder: b"/" }).unwrap()
}

#[track_caller]
pub fn reactor() -> Arc<Reactor> {
    Arc::new(Reactor::new().unwrap())
}

/// Runs turns as an event loop does until `done`, which must be an effect of the reactor.
#[track_caller]
pub fn turn_until(reactor: &Reactor, mut done: impl FnMut() -> bool) {
    let until = deadline();
    while !done() {
        if !reactor.end_turn() && !done() {
            assert!(wait_for_work(reactor, until), "nothing more happens");
        }
        reactor.dispatch();
    }
}

/// Blocks as an event loop does, and ticks when due; false once the deadline has passed.
pub fn wait_for_work(reactor: &Reactor, until: Option<Instant>) -> bool {
    let tick = reactor.next_tick();
    let interest = Interest { read: true, write: false };
    let first = [until, tick].into_iter().flatten().min();
    let is_ready = wait_one(reactor.poller().unwrap(), interest, first).unwrap().readable;
    let is_due = tick.is_some_and(|tick| tick <= Instant::now());
    if is_due {
        reactor.tick();
    }
    is_ready || is_due
}

/// Runs turns for this long.
pub fn turn_for(reactor: &Reactor, time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        reactor.end_turn();
        wait_for_work(reactor, Some(end));
        reactor.dispatch();
    }
}

/// Runs turns until nothing is ready.
#[track_caller]
pub fn settle(reactor: &Reactor) {
    loop {
        let busy = reactor.end_turn();
        if !busy && !is_ready(reactor) {
            return;
        }
        reactor.dispatch();
    }
}

pub fn is_ready(reactor: &Reactor) -> bool {
    let interest = Interest { read: true, write: false };
    wait_one(reactor.poller().unwrap(), interest, Some(Instant::now())).unwrap().readable
}

const IN_CHILD: &str = "QLOCAL_TEST_CHILD";

/// The role of this process as a child, if it is one.
pub fn child_argument() -> Option<String> {
    std::env::var(IN_CHILD).ok()
}

/// Runs this test program again with only this test, for process-wide state.
pub fn child(test: &str, argument: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(IN_CHILD, argument);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

#[track_caller]
pub fn run_child(test: &str, argument: &str) {
    let outcome = child(test, argument).stdout(Stdio::null()).status().unwrap();
    assert!(outcome.success(), "the child of {test} failed");
}

/// Runs a test that counts descriptors in a process of its own. False in that.
#[track_caller]
pub fn is_parent(test: &str) -> bool {
    let is_parent = child_argument().is_none();
    if is_parent {
        run_child(test, "counts descriptors");
    }
    is_parent
}

type Handler = Box<dyn FnMut(&Stream, Effect) + Send>;

/// Records each effect with the current state, and calls a handler.
pub struct Recorder {
    stream: Stream,
    log: Mutex<Vec<(Effect, State)>>,
    handler: Mutex<Option<Handler>>,
    /// Whether it needs `BytesWritten`.
    pub hears_bytes_written: AtomicBool,
}

impl Recorder {
    pub fn attach(stream: &Stream) -> Arc<Self> {
        let recorder = Arc::new(Self {
            stream: stream.clone(),
            log: Mutex::default(),
            handler: Mutex::default(),
            hears_bytes_written: AtomicBool::new(true),
        });
        stream.attach(recorder.clone());
        recorder
    }

    /// Calls `handler` after each effect is recorded; not nested.
    pub fn on_effect(&self, handler: impl FnMut(&Stream, Effect) + Send + 'static) {
        *self.handler.lock().unwrap() = Some(Box::new(handler));
    }

    /// Calls `handler` at the first `effect`.
    pub fn once(&self, effect: Effect, handler: impl FnOnce(&Stream) + Send + 'static) {
        let mut handler = Some(handler);
        self.on_effect(move |stream, seen| {
            if seen == effect {
                if let Some(handler) = handler.take() {
                    handler(stream);
                }
            }
        });
    }

    /// The effects since the last call, each with its state.
    pub fn take(&self) -> Vec<(Effect, State)> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    /// As [`Recorder::take`], as words: an error is its kind.
    pub fn words(&self) -> Vec<String> {
        self.take()
            .into_iter()
            .map(|(effect, state)| format!("{} @{state:?}", word(effect)))
            .collect()
    }

    pub fn has(&self, effect: Effect) -> bool {
        self.log.lock().unwrap().iter().any(|(seen, _)| *seen == effect)
    }

    pub fn count(&self, effect: Effect) -> usize {
        self.log.lock().unwrap().iter().filter(|(seen, _)| *seen == effect).count()
    }
}

impl Host for Recorder {
    fn hears_bytes_written(&self) -> bool {
        self.hears_bytes_written.load(Ordering::Relaxed)
    }

    fn carry_out(&self, effect: Effect) {
        self.log.lock().unwrap().push((effect, self.stream.state()));
        let handler = self.handler.lock().unwrap().take();
        if let Some(mut handler) = handler {
            handler(&self.stream, effect);
            self.handler.lock().unwrap().get_or_insert(handler);
        }
    }
}

pub fn word(effect: Effect) -> String {
    match effect {
        Effect::StateChanged(state) => format!("{state:?}"),
        Effect::ErrorOccurred(error) => format!("error {:?}", error.kind()),
        Effect::BytesWritten(count) => format!("written {count}"),
        Effect::OpenDevice => "open".into(),
        Effect::CloseDevice => "close".into(),
        Effect::Connected => "connected".into(),
        Effect::Disconnected => "disconnected".into(),
        Effect::ReadyRead => "ready".into(),
        Effect::MessageReady => "message".into(),
        Effect::WaterMark(mark) => format!("{mark:?}"),
        Effect::ReadChannelFinished => "finished".into(),
    }
}

/// A connected stream with its recorder, and the other end of its connection.
pub struct Wire {
    pub reactor: Arc<Reactor>,
    pub stream: Stream,
    pub record: Arc<Recorder>,
    pub peer: UnixStream,
}

impl Wire {
    #[track_caller]
    pub fn new() -> Self {
        Self::on(&reactor())
    }

    #[track_caller]
    pub fn on(reactor: &Arc<Reactor>) -> Self {
        let (ours, peer) = UnixStream::pair().unwrap();
        peer.set_nonblocking(true).unwrap();
        let (stream, record) = adopted(reactor, ours.into());
        Self { reactor: reactor.clone(), stream, record, peer }
    }

    #[track_caller]
    pub fn turn_until(&self, done: impl FnMut() -> bool) {
        turn_until(&self.reactor, done);
    }

    pub fn settle(&self) {
        settle(&self.reactor);
    }

    /// The recorded effects since the last call.
    pub fn words(&self) -> Vec<String> {
        self.record.words()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.stream.detach();
    }
}

#[track_caller]
pub fn adopted(reactor: &Arc<Reactor>, descriptor: OwnedFd) -> (Stream, Arc<Recorder>) {
    let stream = Stream::new();
    let record = Recorder::attach(&stream);
    stream.adopt(Ok(descriptor), State::Connected, Ok(reactor.clone()));
    (stream, record)
}

/// Everything that can be read now, and whether end of file was reached.
pub fn read_all(stream: &Stream) -> (Vec<u8>, bool) {
    let mut all = Vec::new();
    loop {
        let mut room = [MaybeUninit::uninit(); 1000];
        match stream.read(&mut room) {
            Read::End => return (all, true),
            Read::Bytes(0) => return (all, false),
            Read::Bytes(count) => all.extend(initialised(&room[..count])),
        }
    }
}

/// The bytes that a read has filled.
pub fn initialised(filled: &[MaybeUninit<u8>]) -> Vec<u8> {
    // SAFETY: the caller passes the number of bytes that the read has filled.
    filled.iter().map(|byte| unsafe { byte.assume_init() }).collect()
}

/// Waits until a descriptor is readable.
#[track_caller]
pub fn wait_readable(descriptor: impl AsFd) {
    let ready = wait_one(descriptor, Interest { read: true, write: false }, deadline()).unwrap();
    assert!(ready.readable, "nothing arrives");
}

/// A user that runs no tests.
pub const OTHER_UID: u32 = 54321;

/// Connects as another user, in these groups. Without root privileges the user is the same.
#[track_caller]
pub fn connect_as(path: &Path, uid: u32, gid: u32, groups: &[u32]) -> UnixStream {
    let groups: Vec<Gid> = groups.iter().map(|&gid| Gid::from_raw(gid)).collect();
    let (path, uid, gid) = (path.to_owned(), Uid::from_raw(uid), Gid::from_raw(gid));
    // To the kernel each thread has its own user, and this one ends right after connecting.
    let connecting = std::thread::spawn(move || {
        if is_root() {
            rustix::thread::set_thread_groups(&groups).unwrap();
            rustix::thread::set_thread_res_gid(gid, gid, gid).unwrap();
            rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
        }
        UnixStream::connect(path).unwrap()
    });
    connecting.join().unwrap()
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The byte at a position of an endless pattern in which every shift is detected.
pub fn pattern(at: u64) -> u8 {
    (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

/// A variable of the environment, which no test changes while others run.
pub fn variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(std::os::unix::ffi::OsStringExt::into_vec)
}

/// The number of open descriptors of this process.
pub fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}
