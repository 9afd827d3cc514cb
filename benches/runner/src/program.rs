// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A benchmark program: how it is called, and its output.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::form::Form;
use crate::implementation::Implementation;
use crate::options::{Dispatcher, Options};
use crate::workload::Workload;

pub struct Program {
    /// What the program must report itself as, so that no library is compared with itself.
    pub implementation: Implementation,
    path: PathBuf,
    form: Form,
    dispatcher: Dispatcher,
}

/// The figures of one run.
#[derive(Debug, PartialEq)]
pub struct Measured {
    pub value: f64,
    /// For a latency, whose value is the median.
    pub p99: Option<f64>,
}

impl Program {
    pub fn new(implementation: Implementation, options: &Options) -> Self {
        let path = match implementation {
            Implementation::Stock => Some(&options.stock),
            Implementation::Qlocal | Implementation::NoLingering => Some(&options.qlocal),
            Implementation::Glib => options.glib.as_ref(),
            _ => options.peers.as_ref(),
        };
        Program {
            implementation,
            path: path.cloned().unwrap_or_default(),
            form: options.form,
            dispatcher: options.dispatcher,
        }
    }

    /// Runs one workload in the requested form; returns nothing if the program does not support it.
    pub fn measure(&self, workload: &Workload) -> Result<Option<Measured>, Box<dyn Error>> {
        if !workload.is_for(self.implementation) {
            return Ok(None);
        }
        let mut command = Command::new(&self.path);
        command.args(self.own_arguments());
        command.args(workload.arguments(self.form));
        let output = self.run(&mut command)?;
        parse(&output.stdout, self.reported_name(), workload, workload.count(self.form))
            .map_err(|error| self.failure(&command, &error).into())
    }

    /// Runs only `round_trips` of a ping-pong, under the `tracer` command. Returns false if the
    /// program does not support it.
    pub fn run_under(
        &self,
        tracer: &mut Command,
        workload: &Workload,
        round_trips: u64,
    ) -> Result<bool, Box<dyn Error>> {
        tracer.arg(&self.path);
        tracer.args(self.own_arguments());
        tracer.args(["--workload", &workload.name, "--no-warm-up"]);
        tracer.args(["--count", &round_trips.to_string()]);
        let output = self.run(tracer)?;
        let measured = parse(&output.stdout, self.reported_name(), workload, Some(round_trips))
            .map_err(|error| self.failure(tracer, &error))?;
        Ok(measured.is_some())
    }

    /// The version of Qt that the program runs with.
    pub fn qt_version(&self) -> Result<String, Box<dyn Error>> {
        let mut command = Command::new(&self.path);
        command.args(["--workload", "ping-pong 10", "--count", "1", "--no-warm-up"]);
        let output = self.run(&mut command)?;
        let answer: Value = serde_json::from_slice(&output.stdout)?;
        Ok(answer["qt"].as_str().unwrap_or("?").to_owned())
    }

    /// As what the program must report itself.
    fn reported_name(&self) -> &'static str {
        match self.implementation {
            Implementation::NoLingering => Implementation::Qlocal.name(),
            other => other.name(),
        }
    }

    fn own_arguments(&self) -> Vec<&str> {
        match self.implementation {
            Implementation::Stock | Implementation::Qlocal | Implementation::Glib => Vec::new(),
            Implementation::NoLingering => vec!["--no-lingering"],
            other => vec!["--implementation", other.name()],
        }
    }

    fn run(&self, command: &mut Command) -> Result<Output, Box<dyn Error>> {
        match self.dispatcher {
            Dispatcher::Glib => command.env_remove("QT_NO_GLIB"),
            Dispatcher::Unix => command.env("QT_NO_GLIB", "1"),
        };
        let output = command.output().map_err(|error| self.failure(command, &error.to_string()))?;
        if output.status.success() {
            return Ok(output);
        }
        let printed = String::from_utf8_lossy(&output.stderr);
        let what = format!("{}\n{}", output.status, printed.trim_end());
        Err(self.failure(command, &what).into())
    }

    fn failure(&self, command: &Command, what: &str) -> String {
        let title = self.implementation.title();
        format!("The run with {title} failed: {what}\nThe command was {command:?}")
    }
}

/// Parses the output of a program, and checks that it did what was requested.
fn parse(
    json: &[u8],
    implementation: &str,
    workload: &Workload,
    count: Option<u64>,
) -> Result<Option<Measured>, String> {
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
    expect("workload", workload.name.as_str().into())?;
    if answer.get("missing").is_some() {
        return Ok(None);
    }
    if let Some(count) = count {
        expect("count", count.into())?;
    }
    let figure = |key: &str| {
        let value = answer[key].as_f64();
        value
            .filter(|value| *value > 0.0 || workload.may_be_nothing())
            .ok_or_else(|| format!("its {key} is {}", answer[key]))
    };
    let p99 = if workload.is_latency() { Some(figure("p99")?) } else { None };
    Ok(Some(Measured { value: figure("value")?.max(0.0), p99 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn workload(name: &str) -> Workload {
        Workload::all().into_iter().find(|workload| workload.name == name).unwrap()
    }

    fn answer() -> Value {
        json!({
            "implementation": "qlocal",
            "workload": "ping-pong 10",
            "value": 1234.5,
            "count": 100,
        })
    }

    fn parse_changed(key: &str, value: Value) -> Result<Option<Measured>, String> {
        let mut answer = answer();
        answer[key] = value;
        let json = answer.to_string();
        parse(json.as_bytes(), "qlocal", &workload("ping-pong 10"), Some(100))
    }

    #[test]
    fn value_is_read() {
        let measured = parse_changed("qt", "6".into()).unwrap();
        assert_eq!(measured, Some(Measured { value: 1234.5, p99: None }));
    }

    #[test]
    fn latency_has_second_figure() {
        let mut answer = answer();
        answer["workload"] = "idle crowd 0".into();
        let parsed = |answer: &Value| {
            parse(answer.to_string().as_bytes(), "qlocal", &workload("idle crowd 0"), None)
        };
        assert!(parsed(&answer).is_err());
        answer["p99"] = 2000.into();
        assert_eq!(parsed(&answer).unwrap().unwrap().p99, Some(2000.0));
    }

    #[test]
    fn unsupported_row_is_missing() {
        assert_eq!(parse_changed("missing", "not made for it".into()), Ok(None));
    }

    #[test]
    fn program_with_wrong_library_is_refused() {
        let error = parse_changed("implementation", "stock".into()).unwrap_err();
        assert_eq!(error, "its implementation is \"stock\", not \"qlocal\"");
    }

    #[test]
    fn missing_round_trips_are_refused() {
        let error = parse_changed("count", 99.into()).unwrap_err();
        assert_eq!(error, "its count is 99, not 100");
    }

    #[test]
    fn non_positive_value_is_refused() {
        assert!(parse_changed("value", 0.into()).is_err());
        assert!(parse_changed("value", Value::Null).is_err());
    }

    #[test]
    fn output_that_is_no_json_is_refused() {
        assert!(parse(b"oops", "qlocal", &workload("storm"), None).is_err());
    }
}
