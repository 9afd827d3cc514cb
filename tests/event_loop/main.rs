// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The Rust API in a real Qt event loop, under both event dispatchers.
//!
//! Each test has its own process, with a QCoreApplication in its main thread, an empty folder for
//! temporary files, few descriptors, and a watchdog.

mod activation;
mod ending;
mod forking;
mod framing;
mod handing_over;
mod instance;
mod keeping;
mod limits;
mod naming;
mod pair;
mod servers;
mod streams;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;
use std::{env, fs, process, thread};

use cxx::UniquePtr;
use cxx_qt_lib::QCoreApplication;

/// A name, and its test function.
type Test = (&'static str, fn(Application));

/// The application that runs a test's event loop.
type Application = UniquePtr<QCoreApplication>;

/// The event dispatcher of Qt's event loop.
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

/// Names the test for a child process to run.
const CHOSEN: &str = "QLOCAL_TEST";

/// How long a test may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Enough for all tests except the one that uses them all up.
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
        handing_over::TESTS,
        forking::TESTS,
        keeping::TESTS,
        instance::TESTS,
        naming::TESTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Runs one test in this process. A panic, even in a handler, ends it with a failure.
fn run(name: &str) -> ExitCode {
    thread::spawn(|| {
        thread::sleep(TIMEOUT);
        eprintln!("the watchdog barks");
        process::abort();
    });
    let Some((_, test)) = all().find(|(other, _)| *other == name) else {
        return ExitCode::FAILURE;
    };
    test(QCoreApplication::new());
    ExitCode::SUCCESS
}

/// Runs each test whose name contains one of the words on the command line, or all.
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
    // Private names are created there too.
    command.env("TMPDIR", &folder.0).env("XDG_RUNTIME_DIR", &folder.0);
    command.env_remove("FLATPAK_ID").env_remove("SNAP_USER_COMMON").env(CHOSEN, name);
    match dispatcher {
        Dispatcher::Glib => command.env_remove("QT_NO_GLIB"),
        Dispatcher::Unix => command.env("QT_NO_GLIB", "1"),
    };
    command.status().is_ok_and(|status| status.success())
}

/// A folder for the temporary files of one test.
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
