// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The program as a user runs it: both modes, in separate processes.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

// The generated code of the build script refers to these, in each test too.
use {cxx_qt_lib as _, qlocal as _};

/// A folder for the temporary files of one test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("echo-{}-{count}", process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// The program with these arguments, killed if it hangs.
    fn echo(&self, arguments: &[&[u8]]) -> Command {
        let mut command = Command::new("timeout");
        command.arg("20").arg(env!("CARGO_BIN_EXE_echo")).env("TMPDIR", &self.0);
        command.args(arguments.iter().map(|argument| OsStr::from_bytes(argument)));
        command
    }

    fn serve(&self, name: &str) -> Server {
        let mut command = self.echo(&[b"serve", name.as_bytes()]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, format!("listening on {}\n", self.0.join(name).display()));
        Server(child)
    }

    fn send(&self, name: &str, text: &[u8]) -> Output {
        self.echo(&[b"send", name.as_bytes(), text]).output().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server that runs until this is dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // SIGTERM, which `timeout` passes on to its child.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

#[track_caller]
fn assert_failure(output: &Output, code: i32, messages: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    for message in messages {
        assert!(stderr.contains(message), "no {message:?} in {stderr:?}");
    }
    assert_eq!(output.stdout, b"");
}

#[test]
fn every_byte_comes_back() {
    let folder = Folder::new();
    let _server = folder.serve("echo");
    let long = b"0123456789".repeat(10_000);
    for text in [b"hello".as_slice(), b"", b"\xff\xfe\n\xc3", &long] {
        let output = folder.send("echo", text);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout == text, "{} of {} bytes", output.stdout.len(), text.len());
    }
}

#[test]
fn concurrent_clients_get_their_own_bytes() {
    let folder = Folder::new();
    let _server = folder.serve("echo");
    let start = |index: u32| {
        let text = index.to_string().repeat(1000);
        let mut command = folder.echo(&[b"send", b"echo", text.as_bytes()]);
        let child = command.stdout(Stdio::piped()).spawn().unwrap();
        (text, child)
    };
    let clients: Vec<(String, Child)> = (0..10).map(start).collect();
    for (text, child) in clients {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        assert_eq!(String::from_utf8_lossy(&output.stdout), text);
    }
}

#[test]
fn missing_server_error_has_name_and_hint() {
    let output = Folder::new().send("missing", b"hello");
    assert_failure(&output, 1, &["missing", "connect", "start the server"]);
}

#[test]
fn name_of_live_server_is_in_use() {
    let folder = Folder::new();
    let _server = folder.serve("echo");
    let output = folder.echo(&[b"serve", b"echo"]).output().unwrap();
    assert_failure(&output, 1, &["echo", "EADDRINUSE", "use another name"]);
}

#[test]
fn killed_server_name_is_reclaimed() {
    let folder = Folder::new();
    drop(folder.serve("echo"));
    assert!(folder.0.join("echo").exists());
    let _server = folder.serve("echo");
    assert_eq!(folder.send("echo", b"again").stdout, b"again");
}

#[test]
fn wrong_arguments_show_usage() {
    let folder = Folder::new();
    for words in [&[b"serve".as_slice()][..], &[], &[b"speak", b"x"], &[b"send", b"x"]] {
        let output = folder.echo(words).output().unwrap();
        assert_failure(&output, 2, &["usage: echo serve NAME"]);
    }
}
