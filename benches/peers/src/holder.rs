// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A second process that holds the client ends of many connections.

use std::env;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The body of the second process: waits for a line on standard input, connects, waits for another line, and bounces a
/// byte over each connection.
pub fn hold(path: &str, count: usize) {
    let mut line = String::new();
    let mut await_line = || assert_ne!(io::stdin().read_line(&mut line).expect("a line"), 0);

    await_line();
    // A full backlog makes this wait.
    let mut connections: Vec<UnixStream> =
        (0..count).map(|_| UnixStream::connect(path).expect("a connection")).collect();
    await_line();
    for (number, connection) in connections.iter_mut().enumerate() {
        connection.write_all(&[number as u8]).expect("room for a byte");
    }
    for (number, connection) in connections.iter_mut().enumerate() {
        let mut byte = [!(number as u8)];
        connection.read_exact(&mut byte).expect("a byte");
        assert_eq!(byte[0], number as u8, "another byte came back than was sent");
    }
}

/// The second process, seen from the first.
pub struct Holder(Child);

impl Holder {
    pub fn start(path: &Path, count: usize) -> Self {
        let child = Command::new(env::current_exe().expect("this program"))
            .arg("--hold")
            .arg(path)
            .args(["--connections", &count.to_string()])
            .stdin(Stdio::piped())
            .spawn();
        Holder(child.expect("a second process"))
    }

    pub fn connect(&mut self) {
        self.send_line("connect\n");
    }

    /// Returns when a byte has made a round trip over each connection.
    pub fn exchange(mut self) {
        self.send_line("exchange\n");
        assert!(self.0.wait().expect("an end").success(), "the second process failed");
    }

    fn send_line(&mut self, line: &str) {
        let input = self.0.stdin.as_mut().expect("its standard input");
        input.write_all(line.as_bytes()).expect("the second process reads");
    }
}
