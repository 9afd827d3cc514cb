// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Counts the system calls of one round trip, both sides together.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

use crate::program::Program;
use crate::progress::Progress;
use crate::report::Row;
use crate::stats::Samples;

pub const WORKLOAD: &str = "system calls 100";

const COUNTED: &str = "ping-pong 100";
const FEW: u64 = 2_000;
const MANY: u64 = 12_000;

/// Says at once, and not after all other rows, that strace is not there.
pub fn check_tracer() -> Result<(), String> {
    match Command::new("strace").arg("-V").output() {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(format!("System calls are counted with strace, which doesn't start: {error}"))
        }
    }
}

pub fn compare(
    stock: &Program,
    qlocal: &Program,
    progress: &Progress,
) -> Result<Row, Box<dyn Error>> {
    let count = |program: &Program| -> Result<Samples, Box<dyn Error>> {
        progress.step(&format!("{WORKLOAD}, {}", program.implementation));
        Ok(Samples::new(vec![calls_per_round_trip(program)?]))
    };
    Ok(Row {
        workload: WORKLOAD.to_owned(),
        unit: "calls/round trip".to_owned(),
        stock: count(stock)?,
        qlocal: count(qlocal)?,
    })
}

/// The difference of two runs leaves out what starting, connecting and stopping cost.
fn calls_per_round_trip(program: &Program) -> Result<f64, Box<dyn Error>> {
    let more = calls(program, MANY)? - calls(program, FEW)?;
    Ok(more / (MANY - FEW) as f64)
}

fn calls(program: &Program, round_trips: u64) -> Result<f64, Box<dyn Error>> {
    let summary = Summary::new();
    let mut strace = Command::new("strace");
    strace.args(["-c", "-f", "-o"]).arg(&summary.0);
    program.run_under(&mut strace, COUNTED, round_trips)?;
    let text = fs::read_to_string(&summary.0)?;
    total_calls(&text).ok_or_else(|| format!("strace printed no total:\n{text}").into())
}

/// The file that strace writes; removed again.
struct Summary(PathBuf);

impl Summary {
    fn new() -> Self {
        Summary(env::temp_dir().join(format!("qlocal-bench-{}.strace", process::id())))
    }
}

impl Drop for Summary {
    fn drop(&mut self) {
        // It is not there when strace could not start.
        let _ = fs::remove_file(&self.0);
    }
}

/// Reads the number of calls off the last line of `strace -c`: share, seconds, each, calls, errors if any, "total".
fn total_calls(summary: &str) -> Option<f64> {
    let total = summary.lines().find(|line| line.trim_end().ends_with(" total"))?;
    total.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::total_calls;

    const HEADING: &str = "% time     seconds  usecs/call     calls    errors syscall\n";

    #[test]
    fn total_is_read_with_and_without_errors() {
        let with = format!("{HEADING}100.00    0.334962          19     17505       318 total\n");
        assert_eq!(total_calls(&with), Some(17505.0));
        let without =
            format!("{HEADING}100.00    0.334962          19     17505           total\n");
        assert_eq!(total_calls(&without), Some(17505.0));
    }

    #[test]
    fn summary_without_a_total_gives_nothing() {
        assert_eq!(total_calls(HEADING), None);
    }
}
