// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Two threads on plain epoll: the upper limit for many connections.

mod bounce;
mod one_way;
mod poller;
mod server;

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use crate::holder::Holder;
use crate::memory;
use crate::workload::{Kind, Outcome, Workload};
use bounce::Clients;
use poller::Poller;
use server::Server;

pub fn run(workload: &Workload, path: &Path) -> Option<Outcome> {
    let server = Server::start(workload, path);
    Some(match workload.kind {
        Kind::PingPong
        | Kind::DataExchange
        | Kind::IdleCrowd
        | Kind::LatencyAlone
        | Kind::BusyPoll => bounce::run(workload, path, &server),
        Kind::OneWaySmall | Kind::OneWayLarge | Kind::SlowReader => {
            one_way::run(workload, path, &server)
        }
        Kind::Storm => storm(workload, path, &server),
        Kind::Held => held(workload, path, &server),
        Kind::Weight => weight(workload, path, &server),
    })
}

fn storm(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let mut poller = Poller::new(false);
    let mut begun = 0;
    let mut repeat = |connections: usize| {
        for _ in 0..connections {
            begun += 1;
            let mut stream = connect(path);
            poller.register(&stream, 0);
            stream.write_all(&[begun as u8]).expect("room for a byte");
            poller.wait(|_, _| {});
            let mut byte = [0; 2];
            assert_eq!(stream.read(&mut byte).expect("bytes"), 1);
            assert_eq!(byte[0], begun as u8, "another byte came back than was sent");
        }
    };
    if workload.warm_up {
        repeat(workload.tenth().count);
    }
    let start = Instant::now();
    repeat(workload.count);
    let took = start.elapsed();
    server.accepted.wait_for(begun);
    Outcome::of_storm(workload.count, took)
}

fn held(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let mut clients = Clients::new(workload);
    let mut took = std::time::Duration::ZERO;
    for (timed, untimed) in workload.parts() {
        let start = Instant::now();
        clients.connect(path, timed, server);
        took += start.elapsed();
        clients.connect(path, untimed, server);
    }
    let one_each = Workload { count: workload.connections, ..workload.clone() };
    clients.bounce(&one_each);
    Outcome::of_connections(workload.count.min(workload.connections), took)
}

fn weight(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let mut holder = Holder::start(path, workload.connections);
    let before = memory::resident();
    holder.connect();
    server.accepted.wait_for(workload.connections);
    let grown = memory::resident().saturating_sub(before);
    holder.exchange();
    Outcome::of_weight(grown, workload.connections)
}

/// Waits while the backlog is full.
fn connect(path: &Path) -> UnixStream {
    let stream = UnixStream::connect(path).expect("a connection");
    stream.set_nonblocking(true).expect("a socket can be non-blocking");
    stream
}

/// Bytes that the kernel did not accept at once.
#[derive(Default)]
struct Unsent(Vec<u8>);

impl Unsent {
    /// Sends what the kernel accepts, and keeps the rest.
    fn send(&mut self, mut stream: &UnixStream, bytes: &[u8]) {
        let sent = if self.0.is_empty() { taken(stream.write(bytes)) } else { 0 };
        self.0.extend_from_slice(&bytes[sent..]);
    }

    fn send_rest(&mut self, mut stream: &UnixStream) {
        if !self.0.is_empty() {
            let sent = taken(stream.write(&self.0));
            self.0.drain(..sent);
        }
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How many bytes a non-blocking call moved.
fn taken(result: std::io::Result<usize>) -> usize {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
        result => result.expect("the other end is there"),
    }
}
