// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

use std::io::Read;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::poller::Poller;
use super::server::Server;
use super::{connect, taken, Unsent};
use crate::pattern::Pattern;
use crate::workload::{Kind, Outcome, Share, Workload};

pub fn run(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let mut clients = Clients::new(workload);
    clients.connect(path, workload.active(), server);
    let _idle: Vec<_> = (0..workload.idle()).map(|_| connect(path)).collect();
    server.accepted.wait_for(workload.active() + workload.idle());
    if workload.warm_up {
        clients.bounce(&workload.tenth());
    }
    let start = Instant::now();
    let chunks = clients.bounce(workload);
    let took = start.elapsed();
    match workload.kind {
        Kind::PingPong | Kind::DataExchange => Outcome::of_bounce(workload, chunks, took),
        _ => Outcome::of_latencies(clients.latencies),
    }
}

/// The clients' thread: all of them bounce chunks at once.
pub struct Clients {
    poller: Poller,
    clients: Vec<Client>,
    buffer: Vec<u8>,
    pattern: Pattern,
    size: usize,
    measures_latency: bool,
    /// Of the last round.
    latencies: Vec<Duration>,
}

struct Client {
    stream: UnixStream,
    unsent: Unsent,
    /// Where in the pattern the current chunk begins.
    chunk: usize,
    received: usize,
    started: Instant,
    share: Share,
}

impl Clients {
    pub fn new(workload: &Workload) -> Self {
        Clients {
            poller: Poller::new(workload.kind == Kind::BusyPoll),
            clients: Vec::new(),
            buffer: vec![0; 256 * 1024],
            pattern: Pattern::new(),
            size: workload.size,
            measures_latency: !matches!(workload.kind, Kind::PingPong | Kind::DataExchange),
            latencies: Vec::new(),
        }
    }

    /// Returns when the server has accepted all of them.
    pub fn connect(&mut self, path: &Path, connections: usize, server: &Server) {
        for _ in 0..connections {
            let number = self.clients.len();
            let stream = connect(path);
            self.poller.register(&stream, number);
            self.clients.push(Client {
                stream,
                unsent: Unsent::default(),
                chunk: number,
                received: 0,
                started: Instant::now(),
                share: Share::Chunks(0),
            });
        }
        server.accepted.wait_for(self.clients.len());
    }

    /// Returns how many chunks went there and back.
    pub fn bounce(&mut self, workload: &Workload) -> usize {
        self.latencies.clear();
        let mut active = 0;
        for number in 0..self.clients.len() {
            self.clients[number].share = workload.share_of(number);
            active += usize::from(self.start_another(number));
        }
        let mut chunks = 0;
        let mut ready = Vec::new();
        while active > 0 {
            self.poller.wait(|number, can_write| ready.push((number, can_write)));
            for (number, can_write) in ready.drain(..) {
                if can_write {
                    self.send_rest(number);
                }
                if self.receive(number) {
                    chunks += 1;
                    active -= usize::from(!self.start_another(number));
                }
            }
        }
        chunks
    }

    fn start_another(&mut self, number: usize) -> bool {
        let client = &mut self.clients[number];
        if !client.share.start_another() {
            return false;
        }
        if self.measures_latency {
            client.started = Instant::now();
        }
        client.unsent.send(&client.stream, self.pattern.at(client.chunk, self.size));
        if !client.unsent.is_empty() {
            self.poller.want_to_write(&client.stream, number, true);
        }
        true
    }

    fn send_rest(&mut self, number: usize) {
        let client = &mut self.clients[number];
        client.unsent.send_rest(&client.stream);
        if client.unsent.is_empty() {
            self.poller.want_to_write(&client.stream, number, false);
        }
    }

    /// Whether the chunk is complete.
    fn receive(&mut self, number: usize) -> bool {
        let client = &mut self.clients[number];
        let size = taken(client.stream.read(&mut self.buffer));
        assert!(client.received + size <= self.size, "more bytes came back than were sent");
        self.pattern.check(client.chunk + client.received, &self.buffer[..size]);
        client.received += size;
        if client.received < self.size {
            return false;
        }
        client.received = 0;
        client.chunk += 1;
        if self.measures_latency {
            self.latencies.push(client.started.elapsed());
        }
        true
    }
}
