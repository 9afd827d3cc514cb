// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

use std::io::{ErrorKind, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::poller::Poller;
use super::{taken, Unsent};
use crate::pattern::Pattern;
use crate::server::{Duty, Progress};
use crate::workload::{Kind, Workload, SLOW_SHARE};

/// The server's thread, seen from the clients'.
pub struct Server {
    pub accepted: Progress,
    pub received: Progress,
}

impl Server {
    pub fn start(workload: &Workload, path: &Path) -> Self {
        let listener = UnixListener::bind(path).expect("a listener");
        listener.set_nonblocking(true).expect("a socket can be non-blocking");
        let server = Server { accepted: Progress::default(), received: Progress::default() };
        let (accepted, received) = (server.accepted.clone(), server.received.clone());
        let (duty, is_busy) = (Duty::of(workload), workload.kind == Kind::BusyPoll);
        thread::spawn(move || {
            let poller = Poller::new(is_busy);
            poller.register(&listener, LISTENER);
            let mut thread = ServerThread {
                poller,
                listener,
                connections: Vec::new(),
                free: Vec::new(),
                buffer: vec![0; 256 * 1024],
                duty,
                pattern: Pattern::new(),
                position: 0,
                share: 0,
                accepted,
                received,
            };
            thread.run();
        });
        server
    }
}

const LISTENER: usize = usize::MAX;

struct Connection {
    stream: UnixStream,
    unsent: Unsent,
}

struct ServerThread {
    poller: Poller,
    listener: UnixListener,
    /// By token; closed ones are free for reuse.
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    buffer: Vec<u8>,
    duty: Duty,
    pattern: Pattern,
    position: usize,
    /// What was read since the last sleep of a slow reader.
    share: usize,
    accepted: Progress,
    received: Progress,
}

impl ServerThread {
    fn run(&mut self) {
        let mut ready = Vec::new();
        loop {
            self.poller.wait(|token, can_write| ready.push((token, can_write)));
            for (token, can_write) in ready.drain(..) {
                if token == LISTENER {
                    self.accept();
                } else if self.duty == Duty::Echo {
                    self.echo(token, can_write);
                } else {
                    self.receive(token);
                }
            }
        }
    }

    fn accept(&mut self) {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(error) => panic!("accept: {error}"),
            };
            stream.set_nonblocking(true).expect("a socket can be non-blocking");
            let token = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            self.poller.register(&stream, token);
            self.connections[token] = Some(Connection { stream, unsent: Unsent::default() });
            self.accepted.add(1);
        }
    }

    fn echo(&mut self, token: usize, can_write: bool) {
        let connection = self.connections[token].as_mut().expect("it is open");
        let had_rest = !connection.unsent.is_empty();
        if can_write {
            connection.unsent.send_rest(&connection.stream);
        }
        match connection.stream.read(&mut self.buffer) {
            Ok(0) => {
                self.connections[token] = None;
                self.free.push(token);
                return;
            }
            size => connection.unsent.send(&connection.stream, &self.buffer[..taken(size)]),
        }
        let has_rest = !connection.unsent.is_empty();
        if has_rest != had_rest {
            self.poller.want_to_write(&connection.stream, token, has_rest);
        }
    }

    fn receive(&mut self, token: usize) {
        let connection = self.connections[token].as_mut().expect("it is open");
        let size = taken(connection.stream.read(&mut self.buffer));
        self.pattern.check(self.position, &self.buffer[..size]);
        self.position += size;
        self.share += size;
        self.received.add(size);
        if self.duty == Duty::ReceiveSlowly && self.share >= SLOW_SHARE {
            self.share = 0;
            thread::sleep(Duration::from_millis(1));
        }
    }
}
