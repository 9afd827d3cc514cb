// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Counts the system calls of one round trip, both sides together.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, process};

use crate::form::Form;
use crate::program::Program;
use crate::workload::Workload;

/// The workload whose round trips are counted.
const COUNTED: &str = "ping-pong 100";

/// Reports a missing strace at once, not after all other rows.
pub fn check_tracer() -> Result<(), String> {
    match Command::new("strace").arg("-V").output() {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(format!("Counting system calls needs strace, which doesn't start: {error}"))
        }
    }
}

/// The difference of two runs excludes starting, connecting and stopping. Returns nothing if the
/// program has no such workload.
pub fn per_round_trip(program: &Program, form: Form) -> Result<Option<f64>, Box<dyn Error>> {
    let (few, many) = match form {
        Form::Smoke => (200, 400),
        Form::Quick => (1000, 6000),
        Form::Full => (2000, 12_000),
    };
    let Some(calls_of_many) = calls(program, many)? else { return Ok(None) };
    let Some(calls_of_few) = calls(program, few)? else { return Ok(None) };
    Ok(Some((calls_of_many - calls_of_few) / (many - few) as f64))
}

fn calls(program: &Program, round_trips: u64) -> Result<Option<f64>, Box<dyn Error>> {
    let counted = Workload::all().into_iter().find(|workload| workload.name == COUNTED);
    let summary = Summary::new();
    let mut strace = Command::new("strace");
    strace.args(["-c", "-f", "-o"]).arg(&summary.0);
    if !program.run_under(&mut strace, &counted.ok_or("no counted workload")?, round_trips)? {
        return Ok(None);
    }
    let text = fs::read_to_string(&summary.0)?;
    let total = total_calls(&text).ok_or_else(|| format!("strace printed no total:\n{text}"))?;
    Ok(Some(total))
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
        // It does not exist if strace could not start.
        let _ = fs::remove_file(&self.0);
    }
}

/// Reads the number of calls from the last line of `strace -c`: share, seconds, each, calls, errors
/// if any, "total".
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
    fn summary_without_total_is_rejected() {
        assert_eq!(total_calls(HEADING), None);
    }
}
