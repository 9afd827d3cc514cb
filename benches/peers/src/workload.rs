// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A run's workload and its result.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    PingPong,
    DataExchange,
    OneWaySmall,
    OneWayLarge,
    SlowReader,
    IdleCrowd,
    Storm,
    Held,
    Weight,
    LatencyAlone,
    BusyPoll,
}

const LARGE_WRITE: usize = 64 * 1024;

/// After this many, a writer of small pieces lets the event loop turn.
pub const SMALL_WRITES_PER_TURN: usize = 128;

/// How much a slow reader reads per millisecond.
pub const SLOW_SHARE: usize = 512 * 1024;

#[derive(Clone, Debug)]
pub struct Workload {
    pub kind: Kind,
    /// Concurrently open connections; for an idle crowd, the idle ones.
    pub connections: usize,
    /// Of a chunk or of one write.
    pub size: usize,
    /// Round trips, writes or timed connections, whichever the workload counts.
    pub count: usize,
    /// How long a data exchange or an idle crowd starts new round trips.
    pub duration: Duration,
    pub warm_up: bool,
}

impl Workload {
    /// The workload of this name in its full form.
    pub fn from_name(name: &str) -> Option<Self> {
        let one_way_writes = (4 << 30) / LARGE_WRITE;
        let (kind, connections, size, count) = match name {
            "one way large" => (Kind::OneWayLarge, 1, LARGE_WRITE, one_way_writes),
            "one way slow reader" => (Kind::SlowReader, 1, LARGE_WRITE, one_way_writes),
            "storm" => (Kind::Storm, 1, 1, 10_000),
            "held 9000" => (Kind::Held, 9000, 1, 9000),
            "weight" => (Kind::Weight, 9000, 1, 9000),
            "latency alone" => (Kind::LatencyAlone, 1, 64, 10_000),
            "latency alone busy-poll" => (Kind::BusyPoll, 1, 64, 10_000),
            _ => Self::with_numbers(name)?,
        };
        let duration = Duration::from_secs(1);
        Some(Workload { kind, connections, size, count, duration, warm_up: true })
    }

    fn with_numbers(name: &str) -> Option<(Kind, usize, usize, usize)> {
        if let Some(connections) = name.strip_prefix("ping-pong ") {
            return Some((Kind::PingPong, connections.parse().ok()?, 1, 100_000));
        }
        // For plain threads there is no difference.
        let exchange = ["data exchange ", "native exchange "];
        if let Some(numbers) = exchange.iter().find_map(|prefix| name.strip_prefix(prefix)) {
            let (connections, size) = numbers.split_once(" x ")?;
            return Some((Kind::DataExchange, connections.parse().ok()?, size.parse().ok()?, 0));
        }
        if let Some(size) = name.strip_prefix("one way small ") {
            return Some((Kind::OneWaySmall, 1, size.parse().ok()?, 1_000_000));
        }
        let connections = name.strip_prefix("idle crowd ")?;
        Some((Kind::IdleCrowd, connections.parse().ok()?, 1, 0))
    }

    /// The untimed tenth that precedes the timed part.
    pub fn tenth(&self) -> Workload {
        let minimum = if self.kind == Kind::PingPong { self.connections } else { 1 };
        let count = (self.count / 10).max(minimum);
        Workload { count, duration: self.duration / 10, ..self.clone() }
    }

    /// Whether the workload is limited by time rather than by a count.
    fn is_timed(&self) -> bool {
        matches!(self.kind, Kind::DataExchange | Kind::IdleCrowd)
    }

    /// How many of the connections bounce chunks.
    pub fn active(&self) -> usize {
        if self.kind == Kind::IdleCrowd {
            1
        } else {
            self.connections
        }
    }

    /// How many do nothing.
    pub fn idle(&self) -> usize {
        if self.kind == Kind::IdleCrowd {
            self.connections
        } else {
            0
        }
    }

    /// The remaining work of one active connection.
    pub fn share_of(&self, connection: usize) -> Share {
        if self.is_timed() {
            return Share::Until(Instant::now() + self.duration);
        }
        let rest = usize::from(connection < self.count % self.active());
        Share::Chunks(self.count / self.active() + rest)
    }

    /// For many connections opened one after the other: how many are timed and how many are not, in
    /// each of ten parts. Only stock Qt's event loop needs this, but all programs do the same.
    pub fn parts(&self) -> Vec<(usize, usize)> {
        const PARTS: usize = 10;
        let timed = self.count.clamp(1, self.connections);
        let share = |all: usize, part: usize| all * (part + 1) / PARTS - all * part / PARTS;
        (0..PARTS).map(|part| (share(timed, part), share(self.connections - timed, part))).collect()
    }
}

/// The work of one connection.
#[derive(Clone, Copy, Debug)]
pub enum Share {
    Chunks(usize),
    Until(Instant),
}

impl Share {
    /// Whether another chunk may be started, which then counts as started.
    pub fn start_another(&mut self) -> bool {
        match self {
            Share::Chunks(0) => false,
            Share::Chunks(left) => {
                *left -= 1;
                true
            }
            Share::Until(end) => Instant::now() < *end,
        }
    }
}

/// The result of a run, in the unit of its workload.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    pub value: f64,
    pub p99: Option<f64>,
    pub count: usize,
}

impl Outcome {
    /// Of `chunks` bounced chunks: round trips or megabytes a second.
    pub fn of_bounce(workload: &Workload, chunks: usize, took: Duration) -> Self {
        match workload.kind {
            Kind::DataExchange => Self::of_bytes(chunks * workload.size, chunks, took),
            _ => Outcome { value: chunks as f64 / took.as_secs_f64(), p99: None, count: chunks },
        }
    }

    pub fn of_bytes(bytes: usize, count: usize, took: Duration) -> Self {
        Outcome { value: bytes as f64 / 1e6 / took.as_secs_f64(), p99: None, count }
    }

    /// Median and 99th percentile, in microseconds.
    pub fn of_latencies(mut latencies: Vec<Duration>) -> Self {
        latencies.sort();
        let percentile = |percent: usize| {
            let latency: Duration = latencies[(latencies.len() - 1) * percent / 100];
            latency.as_secs_f64() * 1e6
        };
        Outcome { value: percentile(50), p99: Some(percentile(99)), count: latencies.len() }
    }

    /// Microseconds for each of `connections`.
    pub fn of_connections(connections: usize, took: Duration) -> Self {
        let value = took.as_secs_f64() * 1e6 / connections as f64;
        Outcome { value, p99: None, count: connections }
    }

    /// Connections a second.
    pub fn of_storm(connections: usize, took: Duration) -> Self {
        let value = connections as f64 / took.as_secs_f64();
        Outcome { value, p99: None, count: connections }
    }

    /// Mebibytes, of a slow reader's writer.
    pub fn of_memory(bytes: u64, writes: usize) -> Self {
        Outcome { value: bytes as f64 / 1024.0 / 1024.0, p99: None, count: writes }
    }

    /// Bytes for each connection.
    pub fn of_weight(bytes: u64, connections: usize) -> Self {
        Outcome { value: bytes as f64 / connections as f64, p99: None, count: connections }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_from_name() {
        let workload = Workload::from_name("data exchange 5 x 1000").unwrap();
        assert_eq!(
            (workload.kind, workload.connections, workload.size),
            (Kind::DataExchange, 5, 1000)
        );
        let native = Workload::from_name("native exchange 10 x 100000").unwrap();
        assert_eq!((native.kind, native.connections), (Kind::DataExchange, 10));
        assert!(Workload::from_name("ping-pong ten").is_none());
    }

    #[test]
    fn idle_crowd_has_one_extra_connection() {
        for idle in [0, 100] {
            let workload = Workload::from_name(&format!("idle crowd {idle}")).unwrap();
            assert_eq!((workload.active(), workload.idle()), (1, idle));
        }
        assert_eq!(Workload::from_name("ping-pong 10").unwrap().idle(), 0);
    }

    #[test]
    fn shares_make_up_whole() {
        let workload = Workload { count: 23, ..Workload::from_name("ping-pong 10").unwrap() };
        let chunks = (0..10).map(|connection| match workload.share_of(connection) {
            Share::Chunks(chunks) => chunks,
            Share::Until(_) => panic!("a ping-pong counts"),
        });
        assert_eq!(chunks.sum::<usize>(), 23);
    }

    #[test]
    fn parts_make_up_whole() {
        let workload = Workload { count: 905, ..Workload::from_name("held 9000").unwrap() };
        let parts = workload.parts();
        assert_eq!(parts.iter().map(|part| part.0).sum::<usize>(), 905);
        assert_eq!(parts.iter().map(|part| part.1).sum::<usize>(), 9000 - 905);
    }

    #[test]
    fn percentiles_match_sorted_latencies() {
        let latencies = (1..=101).rev().map(Duration::from_micros).collect();
        let expected = Outcome { value: 51.0, p99: Some(100.0), count: 101 };
        assert_eq!(Outcome::of_latencies(latencies), expected);
    }
}
