// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

use std::io::Write;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Instant;

use super::poller::Poller;
use super::server::Server;
use super::{connect, taken};
use crate::memory;
use crate::pattern::Pattern;
use crate::workload::{Kind, Outcome, Workload, SMALL_WRITES_PER_TURN};

/// One client writes, the server checks what it receives.
pub fn run(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let mut writer = Writer {
        stream: connect(path),
        poller: Poller::new(false),
        pattern: Pattern::new(),
        position: 0,
        gathered: Vec::new(),
    };
    writer.poller.register(&writer.stream, 0);
    writer.poller.want_to_write(&writer.stream, 0, true);
    let is_slow = workload.kind == Kind::SlowReader;
    if workload.warm_up && !is_slow {
        writer.write(&workload.tenth(), server);
    }
    memory::reset_peak();
    let before = memory::resident();
    let start = Instant::now();
    writer.write(workload, server);
    if is_slow {
        return Outcome::of_memory(memory::peak().saturating_sub(before), workload.count);
    }
    Outcome::of_bytes(workload.count * workload.size, workload.count, start.elapsed())
}

struct Writer {
    stream: UnixStream,
    poller: Poller,
    pattern: Pattern,
    position: usize,
    gathered: Vec<u8>,
}

impl Writer {
    /// Returns when all of it is received.
    fn write(&mut self, workload: &Workload, server: &Server) {
        // Small pieces are sent together, as elsewhere once per event-loop turn.
        let per_turn = if workload.kind == Kind::OneWaySmall { SMALL_WRITES_PER_TURN } else { 1 };
        for number in 1..=workload.count {
            self.gathered.extend_from_slice(self.pattern.at(self.position, workload.size));
            self.position += workload.size;
            if number % per_turn == 0 || number == workload.count {
                self.send();
            }
        }
        server.received.wait_for(self.position);
    }

    /// Sends, waiting for room when the kernel accepts no more.
    fn send(&mut self) {
        let mut sent = 0;
        while sent < self.gathered.len() {
            let size = taken(self.stream.write(&self.gathered[sent..]));
            if size == 0 {
                self.poller.wait(|_, _| {});
            }
            sent += size;
        }
        self.gathered.clear();
    }
}
