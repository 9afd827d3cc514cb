// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The Rust face in a real Qt event loop, under both event dispatchers.
//!
//! Each test has a process of its own, with a QCoreApplication in its main thread, an empty folder
//! for temporary files, few descriptors, and a watchdog.

mod activation;
mod ending;
mod forking;
mod framing;
mod limits;
mod pair;
mod servers;
mod streams;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, fs, process, thread};

use cxx::UniquePtr;
use cxx_qt_lib::QCoreApplication;

/// A name, and what it runs.
type Test = (&'static str, fn(Application));

/// What a test runs its event loop with.
type Application = UniquePtr<QCoreApplication>;

/// What Qt's event loop stands on.
#[derive(Debug, Clone, Copy)]
enum Dispatcher {
    Glib,
    Unix,
}

/// Lists functions as tests, by their names.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        pub const TESTS: &[crate::Test] = &[$((stringify!($test), $test)),*];
    };
}
pub(crate) use tests;

/// Which test a process is to run: the mark of a child.
const CHOSEN: &str = "QLOCAL_TEST";

/// How long a test may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Enough for all tests but the one that uses them all up.
const DESCRIPTORS: u32 = 128;

fn main() -> ExitCode {
    match env::var(CHOSEN) {
        Ok(name) => run(&name),
        Err(_) => run_all(),
    }
}

fn all() -> impl Iterator<Item = Test> {
    [
        streams::TESTS,
        servers::TESTS,
        activation::TESTS,
        ending::TESTS,
        limits::TESTS,
        framing::TESTS,
        forking::TESTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Runs one test in this process. A panic, in a handler too, ends it with a failure.
fn run(name: &str) -> ExitCode {
    thread::spawn(|| {
        thread::sleep(PATIENCE);
        eprintln!("the watchdog barks");
        process::abort();
    });
    let Some((_, test)) = all().find(|(other, _)| *other == name) else {
        return ExitCode::FAILURE;
    };
    test(QCoreApplication::new());
    ExitCode::SUCCESS
}

/// Runs each test whose name has one of the words of the command line in it, or all.
fn run_all() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word));
    let mut passed = 0;
    let mut failed = 0;
    for (name, _) in all().filter(|(name, _)| wanted(name)) {
        for dispatcher in [Dispatcher::Glib, Dispatcher::Unix] {
            let succeeds = run_in_process(name, dispatcher);
            println!("test {dispatcher:?}::{name} ... {}", if succeeds { "ok" } else { "FAILED" });
            *if succeeds { &mut passed } else { &mut failed } += 1;
        }
    }
    let outcome = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {outcome}. {passed} passed; {failed} failed");
    ExitCode::from(u8::from(failed > 0))
}

fn run_in_process(name: &str, dispatcher: Dispatcher) -> bool {
    let folder = Folder::new(name);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -n {DESCRIPTORS} && exec \"$0\"")]);
    command.arg(env::current_exe().expect("the program has a path"));
    // Private names are in there, too, and nowhere else.
    command.env("TMPDIR", &folder.0).env("XDG_RUNTIME_DIR", &folder.0);
    command.env_remove("FLATPAK_ID").env_remove("SNAP_USER_COMMON").env(CHOSEN, name);
    match dispatcher {
        Dispatcher::Glib => command.env_remove("QT_NO_GLIB"),
        Dispatcher::Unix => command.env("QT_NO_GLIB", "1"),
    };
    command.status().is_ok_and(|status| status.success())
}

/// A folder for temporary files, of one test alone.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("{name}-{}", process::id()));
        fs::create_dir(&path).expect("the folder for temporary files can be written");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
