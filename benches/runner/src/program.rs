// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! One of the two benchmark programs: how it is called, and what it answers.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::options::{Dispatcher, Form, Options};

pub struct Program {
    path: PathBuf,
    /// What the program must say that it is, so that nobody compares a library with itself.
    pub implementation: &'static str,
    form: Form,
    dispatcher: Dispatcher,
}

/// One figure of one run.
#[derive(Debug, PartialEq)]
pub struct Measured {
    pub unit: String,
    pub value: f64,
}

impl Program {
    pub fn new(path: &Path, implementation: &'static str, options: &Options) -> Self {
        Program {
            path: path.to_owned(),
            implementation,
            form: options.form,
            dispatcher: options.dispatcher,
        }
    }

    pub fn workloads(&self) -> Result<Vec<String>, Box<dyn Error>> {
        let output = self.run(self.command().arg("--list"))?;
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    }

    /// Runs one workload in the form that was asked for.
    pub fn measure(&self, workload: &str) -> Result<Measured, Box<dyn Error>> {
        let round_trips = self.form.round_trips(workload);
        let mut command = self.command();
        command.args(workload_arguments(workload, round_trips));
        command.arg("--seconds").arg(self.form.seconds().to_string());
        command.arg("--timeout").arg(self.form.timeout().to_string());
        let output = self.run(&mut command)?;
        parse(&output.stdout, self.implementation, workload, round_trips)
            .map_err(|error| self.failure(&command, &error).into())
    }

    /// Runs `round_trips` of a ping-pong and nothing besides, under the `tracer` command.
    pub fn run_under(
        &self,
        tracer: &mut Command,
        workload: &str,
        round_trips: u64,
    ) -> Result<(), Box<dyn Error>> {
        self.use_dispatcher(tracer);
        tracer.arg(&self.path);
        tracer.args(workload_arguments(workload, round_trips));
        tracer.arg("--no-warm-up");
        let output = self.run(tracer)?;
        parse(&output.stdout, self.implementation, workload, round_trips)
            .map_err(|error| self.failure(tracer, &error))?;
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        self.use_dispatcher(&mut command);
        command
    }

    fn use_dispatcher(&self, command: &mut Command) {
        match self.dispatcher {
            Dispatcher::Glib => command.env_remove("QT_NO_GLIB"),
            Dispatcher::Unix => command.env("QT_NO_GLIB", "1"),
        };
    }

    fn run(&self, command: &mut Command) -> Result<Output, Box<dyn Error>> {
        let output = command.output().map_err(|error| self.failure(command, &error.to_string()))?;
        if output.status.success() {
            return Ok(output);
        }
        let printed = String::from_utf8_lossy(&output.stderr);
        let what = format!("{}\n{}", output.status, printed.trim_end());
        Err(self.failure(command, &what).into())
    }

    fn failure(&self, command: &Command, what: &str) -> String {
        format!("The run with {} failed: {what}\nThe command was {command:?}", self.implementation)
    }
}

fn workload_arguments(workload: &str, round_trips: u64) -> Vec<String> {
    ["--workload", workload, "--json", "-", "--round-trips", &round_trips.to_string()]
        .map(str::to_owned)
        .to_vec()
}

/// Reads what a program printed, and checks that it did what it was asked.
fn parse(
    json: &[u8],
    implementation: &str,
    workload: &str,
    round_trips: u64,
) -> Result<Measured, String> {
    let answer: Value =
        serde_json::from_slice(json).map_err(|error| format!("it printed no JSON: {error}"))?;
    let expect = |key: &str, expected: Value| {
        if answer[key] == expected {
            Ok(())
        } else {
            Err(format!("its {key} is {}, not {expected}", answer[key]))
        }
    };
    expect("implementation", implementation.into())?;
    expect("workload", workload.into())?;
    if workload.starts_with("ping-pong") {
        expect("round_trips", round_trips.into())?;
    }
    let unit = answer["unit"].as_str().ok_or("it names no unit")?.to_owned();
    let value = answer["value"].as_f64().filter(|value| *value > 0.0);
    let value = value.ok_or_else(|| format!("its value is {}", answer["value"]))?;
    Ok(Measured { unit, value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer() -> Value {
        json!({
            "implementation": "qlocal",
            "workload": "ping-pong 10",
            "unit": "round trips/s",
            "value": 1234.5,
            "round_trips": 100,
        })
    }

    fn parse_changed(key: &str, value: Value) -> Result<Measured, String> {
        let mut answer = answer();
        answer[key] = value;
        parse(answer.to_string().as_bytes(), "qlocal", "ping-pong 10", 100)
    }

    #[test]
    fn unit_and_value_are_read() {
        let measured = parse_changed("bytes", 100.into()).unwrap();
        let expected = Measured { unit: "round trips/s".to_owned(), value: 1234.5 };
        assert_eq!(measured, expected);
    }

    #[test]
    fn program_built_against_the_wrong_library_is_refused() {
        let error = parse_changed("implementation", "stock Qt".into()).unwrap_err();
        assert_eq!(error, "its implementation is \"stock Qt\", not \"qlocal\"");
    }

    #[test]
    fn missing_round_trips_are_refused() {
        let error = parse_changed("round_trips", 99.into()).unwrap_err();
        assert_eq!(error, "its round_trips is 99, not 100");
    }

    #[test]
    fn value_that_is_no_positive_number_is_refused() {
        assert!(parse_changed("value", 0.into()).is_err());
        assert!(parse_changed("value", Value::Null).is_err());
    }

    #[test]
    fn output_that_is_no_json_is_refused() {
        assert!(parse(b"oops", "qlocal", "ping-pong 10", 100).is_err());
    }
}
