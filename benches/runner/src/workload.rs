// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The workloads: their names and units, and how much of each a form does.

use crate::form::Form;
use crate::implementation::Implementation;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    PingPong,
    DataExchange,
    /// Through the calls beyond Qt's that copy no bytes.
    NativeExchange,
    OneWaySmall,
    OneWayLarge,
    SlowReader,
    IdleCrowd,
    Storm,
    Held,
    Weight,
    LatencyAlone,
    BusyPoll,
    SystemCalls,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Workload {
    pub name: String,
    pub kind: Kind,
    /// Concurrently open connections; for an idle crowd, the idle ones.
    pub connections: u64,
    /// Of a chunk or of one write.
    pub size: u64,
}

/// The write size of one-way transfers that are measured in large writes.
const LARGE_WRITE: u64 = 64 * 1024;
const MIB: u64 = 1024 * 1024;

impl Workload {
    pub fn all() -> Vec<Workload> {
        let row = |name: &str, kind, connections, size| Workload {
            name: name.to_owned(),
            kind,
            connections,
            size,
        };
        let mut all = Vec::new();
        for connections in [10, 50, 100, 1000, 5000] {
            all.push(row(&format!("ping-pong {connections}"), Kind::PingPong, connections, 1));
        }
        for connections in [1, 5, 10] {
            for size in [100, 1000, 10_000, 100_000] {
                let name = format!("data exchange {connections} x {size}");
                all.push(row(&name, Kind::DataExchange, connections, size));
            }
        }
        for connections in [1, 5, 10] {
            let name = format!("native exchange {connections} x 100000");
            all.push(row(&name, Kind::NativeExchange, connections, 100_000));
        }
        for size in [16, 64, 512] {
            all.push(row(&format!("one way small {size}"), Kind::OneWaySmall, 1, size));
        }
        all.push(row("one way large", Kind::OneWayLarge, 1, LARGE_WRITE));
        all.push(row("one way slow reader", Kind::SlowReader, 1, LARGE_WRITE));
        for connections in [0, 100, 1000, 5000, 9000] {
            all.push(row(&format!("idle crowd {connections}"), Kind::IdleCrowd, connections, 1));
        }
        all.push(row("storm", Kind::Storm, 1, 1));
        all.push(row("held 9000", Kind::Held, 9000, 1));
        all.push(row("weight", Kind::Weight, 9000, 1));
        all.push(row("latency alone", Kind::LatencyAlone, 1, 64));
        all.push(row("latency alone busy-poll", Kind::BusyPoll, 1, 64));
        all.push(row("system calls 100", Kind::SystemCalls, 100, 1));
        all
    }

    /// Whether it belongs to the project's main workload: many connections that bounce chunks.
    pub fn is_main_job(&self) -> bool {
        matches!(self.kind, Kind::PingPong | Kind::DataExchange)
    }

    /// Whether this implementation runs it.
    pub fn is_for(&self, implementation: Implementation) -> bool {
        let compared = [Implementation::Qlocal, Implementation::Epoll];
        self.kind != Kind::NativeExchange || compared.contains(&implementation)
    }

    pub fn unit(&self) -> &'static str {
        match self.kind {
            Kind::PingPong => "round trips/s",
            Kind::DataExchange | Kind::NativeExchange | Kind::OneWaySmall | Kind::OneWayLarge => {
                "MB/s"
            }
            Kind::SlowReader => "MiB",
            Kind::IdleCrowd | Kind::LatencyAlone | Kind::BusyPoll => "us",
            Kind::Storm => "connections/s",
            Kind::Held => "us/connection",
            Kind::Weight => "bytes/connection",
            Kind::SystemCalls => "calls/round trip",
        }
    }

    pub fn is_higher_better(&self) -> bool {
        matches!(self.unit(), "round trips/s" | "MB/s" | "connections/s")
    }

    /// Whether it measures memory, which may be zero.
    pub fn may_be_nothing(&self) -> bool {
        matches!(self.kind, Kind::SlowReader | Kind::Weight)
    }

    /// Whether it has a second figure, the 99th percentile.
    pub fn is_latency(&self) -> bool {
        self.unit() == "us"
    }

    /// Whether what waking a thread costs matters to it.
    pub fn depends_on_waking(&self) -> bool {
        !matches!(self.kind, Kind::SlowReader | Kind::Weight | Kind::SystemCalls)
    }

    /// How often each program runs it.
    pub fn runs(&self, form: Form) -> usize {
        match (form, self.connections) {
            // Stock Qt takes ten seconds and more to connect so many.
            (Form::Quick, 5000..) => 1,
            _ => form.runs(),
        }
    }

    /// The amount to do, in the units that it counts; nothing if limited by time.
    pub fn count(&self, form: Form) -> Option<u64> {
        let (full, quick, smoke) = match self.kind {
            Kind::PingPong => (100_000, self.quick_round_trips(), 200),
            Kind::OneWaySmall => (1_000_000, 1_000_000, 1000),
            Kind::OneWayLarge => (4096 * MIB / LARGE_WRITE, 1024 * MIB / LARGE_WRITE, 64),
            Kind::SlowReader => (4096 * MIB / LARGE_WRITE, 256 * MIB / LARGE_WRITE, 64),
            Kind::Storm => (10_000, 5000, 20),
            // Stock Qt would take half a minute for all, so the timed ones are spread among the
            // others.
            Kind::Held => (9000, 300, 10),
            Kind::Weight => (9000, 9000, 20),
            Kind::LatencyAlone | Kind::BusyPoll => (10_000, 5000, 50),
            Kind::DataExchange | Kind::NativeExchange | Kind::IdleCrowd | Kind::SystemCalls => {
                return None
            }
        };
        Some(match form {
            Form::Full => full,
            Form::Quick => quick,
            Form::Smoke => smoke,
        })
    }

    fn quick_round_trips(&self) -> u64 {
        match self.connections {
            5000 => 20_000,
            1000 => 50_000,
            _ => 100_000,
        }
    }

    /// How long it lasts, if limited by time.
    pub fn seconds(form: Form) -> f64 {
        match form {
            Form::Full => 1.0,
            Form::Quick => 0.2,
            Form::Smoke => 0.02,
        }
    }

    /// The program's arguments, besides those of its implementation.
    pub fn arguments(&self, form: Form) -> Vec<String> {
        let mut arguments = vec!["--workload".to_owned(), self.name.clone()];
        let mut add = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
        if let Some(count) = self.count(form) {
            add("--count", count.to_string());
        }
        add("--seconds", Self::seconds(form).to_string());
        add("--timeout", form.timeout().to_string());
        if form == Form::Smoke {
            add("--connections", SMOKE_CONNECTIONS.to_string());
        }
        arguments
    }
}

/// The maximum number of connections of the smoke form.
const SMOKE_CONNECTIONS: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Workload {
        Workload::all().into_iter().find(|workload| workload.name == name).unwrap()
    }

    #[test]
    fn quick_form_shortens_slow_workloads() {
        assert_eq!(named("ping-pong 5000").count(Form::Quick), Some(20_000));
        assert_eq!(named("ping-pong 100").count(Form::Quick), Some(100_000));
        assert_eq!(named("held 9000").count(Form::Full), Some(9000));
        assert!(named("held 9000").count(Form::Quick) < Some(1000));
    }

    #[test]
    fn quick_form_runs_crowds_once() {
        assert_eq!(named("idle crowd 9000").runs(Form::Quick), 1);
        assert_eq!(named("idle crowd 9000").runs(Form::Full), 5);
        assert_eq!(named("ping-pong 100").runs(Form::Quick), 3);
    }

    #[test]
    fn large_transfer_is_four_gibibytes() {
        assert_eq!(named("one way large").count(Form::Full), Some(4 * 1024 * 1024 * 1024 / 65536));
    }

    #[test]
    fn less_of_memory_time_and_calls_is_better() {
        for name in
            ["weight", "one way slow reader", "idle crowd 0", "held 9000", "system calls 100"]
        {
            assert!(!named(name).is_higher_better(), "{name}");
        }
        for name in ["ping-pong 10", "data exchange 1 x 100", "one way large", "storm"] {
            assert!(named(name).is_higher_better(), "{name}");
        }
    }

    #[test]
    fn names_are_unlike() {
        let mut names: Vec<_> = Workload::all().into_iter().map(|workload| workload.name).collect();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
