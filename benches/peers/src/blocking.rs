// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! One connection with blocking calls: the upper limit for one connection.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use crate::memory;
use crate::pattern::Pattern;
use crate::server::{Duty, Progress};
use crate::workload::{Kind, Outcome, Workload, SLOW_SHARE, SMALL_WRITES_PER_TURN};

pub fn run(workload: &Workload, path: &Path) -> Option<Outcome> {
    let run = match workload.kind {
        Kind::DataExchange if workload.connections == 1 => bounce,
        Kind::LatencyAlone => bounce,
        Kind::OneWaySmall | Kind::OneWayLarge | Kind::SlowReader => one_way,
        _ => return None,
    };
    let listener = UnixListener::bind(path).expect("a listener");
    let received = Progress::default();
    let (duty, progress) = (Duty::of(workload), received.clone());
    thread::spawn(move || serve(&listener, duty, &progress));
    let stream = UnixStream::connect(path).expect("a connection");
    Some(run(workload, stream, &received))
}

fn serve(listener: &UnixListener, duty: Duty, received: &Progress) {
    let (mut stream, _) = listener.accept().expect("a connection");
    let pattern = Pattern::new();
    let mut position = 0;
    let mut share = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let size = stream.read(&mut buffer).expect("bytes");
        let bytes = &buffer[..size];
        if bytes.is_empty() {
            return;
        }
        if duty == Duty::Echo {
            stream.write_all(bytes).expect("the client reads");
            continue;
        }
        pattern.check(position, bytes);
        position += size;
        received.add(size);
        share += size;
        if duty == Duty::ReceiveSlowly && share >= SLOW_SHARE {
            share = 0;
            thread::sleep(Duration::from_millis(1));
        }
    }
}

fn bounce(workload: &Workload, mut stream: UnixStream, _: &Progress) -> Outcome {
    let pattern = Pattern::new();
    if workload.warm_up {
        bounce_chunks(&workload.tenth(), &mut stream, &pattern);
    }
    let start = Instant::now();
    let latencies = bounce_chunks(workload, &mut stream, &pattern);
    match workload.kind {
        Kind::LatencyAlone => Outcome::of_latencies(latencies),
        _ => Outcome::of_bounce(workload, latencies.len(), start.elapsed()),
    }
}

fn bounce_chunks(workload: &Workload, stream: &mut UnixStream, pattern: &Pattern) -> Vec<Duration> {
    let mut share = workload.share_of(0);
    let mut back = vec![0; workload.size];
    let mut latencies = Vec::new();
    while share.start_another() {
        let start = Instant::now();
        let chunk = pattern.at(latencies.len(), workload.size);
        stream.write_all(chunk).expect("the server reads");
        stream.read_exact(&mut back).expect("bytes");
        assert!(back == chunk, "other bytes came back than were sent");
        latencies.push(start.elapsed());
    }
    latencies
}

fn one_way(workload: &Workload, mut stream: UnixStream, received: &Progress) -> Outcome {
    let pattern = Pattern::new();
    let mut position = 0;
    let mut write = |writes: usize| {
        // Small pieces are sent together, as elsewhere once per event-loop turn.
        let per_turn = if workload.kind == Kind::OneWaySmall { SMALL_WRITES_PER_TURN } else { 1 };
        let mut gathered = Vec::new();
        for number in 1..=writes {
            let piece = pattern.at(position, workload.size);
            position += piece.len();
            if per_turn == 1 {
                stream.write_all(piece).expect("the server reads");
                continue;
            }
            gathered.extend_from_slice(piece);
            if number % per_turn == 0 || number == writes {
                stream.write_all(&gathered).expect("the server reads");
                gathered.clear();
            }
        }
        received.wait_for(position);
    };
    let is_slow = workload.kind == Kind::SlowReader;
    if workload.warm_up && !is_slow {
        write(workload.tenth().count);
    }
    memory::reset_peak();
    let before = memory::resident();
    let start = Instant::now();
    write(workload.count);
    if is_slow {
        return Outcome::of_memory(memory::peak().saturating_sub(before), workload.count);
    }
    Outcome::of_bytes(workload.count * workload.size, workload.count, start.elapsed())
}
