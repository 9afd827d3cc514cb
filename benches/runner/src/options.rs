// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use std::error::Error;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{value_parser, Arg, ArgAction, ArgMatches, Command};

use crate::system_calls;

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    Quick,
    Full,
}

impl Form {
    pub fn name(self) -> &'static str {
        match self {
            Form::Quick => "quick",
            Form::Full => "full",
        }
    }

    /// How often each program runs each workload.
    pub fn runs(self) -> usize {
        match self {
            Form::Quick => 3,
            Form::Full => 5,
        }
    }

    /// How long a data exchange lasts.
    pub fn seconds(self) -> f64 {
        match self {
            Form::Quick => 0.2,
            Form::Full => 1.0,
        }
    }

    /// When a run is given up, in seconds: no sooner than a busy machine needs for the slowest row.
    pub fn timeout(self) -> u32 {
        match self {
            Form::Quick => 60,
            Form::Full => 300,
        }
    }

    /// The round trips of a ping-pong: fewer in the quick form where stock Qt is slow.
    pub fn round_trips(self, workload: &str) -> u64 {
        match (self, workload) {
            (Form::Quick, "ping-pong 1000") => 50_000,
            (Form::Quick, "ping-pong 5000") => 20_000,
            _ => 100_000,
        }
    }
}

/// Which event dispatcher Qt uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Dispatcher {
    Glib,
    Unix,
}

impl Dispatcher {
    pub fn name(self) -> &'static str {
        match self {
            Dispatcher::Glib => "glib",
            Dispatcher::Unix => "unix",
        }
    }
}

pub struct Options {
    pub stock: PathBuf,
    pub qlocal: PathBuf,
    pub form: Form,
    pub dispatcher: Dispatcher,
    pub only: Vec<String>,
    pub system_calls: bool,
    pub goals: bool,
    pub json: Option<PathBuf>,
    pub chart: Option<PathBuf>,
}

impl Options {
    /// Reads the command line; ends the process when it is wrong or asks for help.
    pub fn from_arguments() -> Self {
        Self::from_matches(command().get_matches())
    }

    fn from_matches(mut matches: ArgMatches) -> Self {
        let mut path = |name| matches.remove_one::<PathBuf>(name);
        let (stock, qlocal) = (path("stock"), path("qlocal"));
        let (json, chart) = (path("json"), path("chart"));
        let unix = matches.get_one::<String>("dispatcher").map(String::as_str) == Some("unix");
        Options {
            stock: stock.unwrap_or_default(),
            qlocal: qlocal.unwrap_or_default(),
            form: if matches.get_flag("quick") { Form::Quick } else { Form::Full },
            dispatcher: if unix { Dispatcher::Unix } else { Dispatcher::Glib },
            only: matches.remove_many("only").map(Iterator::collect).unwrap_or_default(),
            system_calls: matches.get_flag("system-calls"),
            goals: matches.get_flag("goals"),
            json,
            chart,
        }
    }

    /// Those of `workloads` that were asked for: all of them, unless some are named.
    pub fn select(&self, workloads: &[String]) -> Result<Vec<String>, Box<dyn Error>> {
        let known = |name: &String| workloads.contains(name) || name == system_calls::WORKLOAD;
        if let Some(unknown) = self.only.iter().find(|name| !known(name)) {
            return Err(format!(
                "No workload is called \"{unknown}\". There are: {}, {}.",
                workloads.join(", "),
                system_calls::WORKLOAD
            )
            .into());
        }
        let wanted = |name: &&String| self.only.is_empty() || self.only.contains(name);
        Ok(workloads.iter().filter(wanted).cloned().collect())
    }

    pub fn counts_system_calls(&self) -> bool {
        if self.only.is_empty() {
            self.system_calls
        } else {
            self.only.iter().any(|name| name == system_calls::WORKLOAD)
        }
    }
}

fn command() -> Command {
    let path = |name| Arg::new(name).long(name).value_parser(value_parser!(PathBuf));
    let flag = |name| Arg::new(name).long(name).action(ArgAction::SetTrue);
    Command::new("qlocal-bench")
        .about("Runs the two benchmark programs in turn, and compares their figures.")
        .arg(
            path("stock")
                .required(true)
                .value_name("PROGRAM")
                .help("Built against stock QtNetwork"),
        )
        .arg(path("qlocal").required(true).value_name("PROGRAM").help("Built against the drop-in"))
        .arg(flag("quick").help("Three short pairs of runs instead of five long ones"))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("WORKLOAD")
                .action(ArgAction::Append)
                .help("Measure this workload only; can be given more than once"),
        )
        .arg(
            Arg::new("dispatcher")
                .long("dispatcher")
                .value_parser(PossibleValuesParser::new(["glib", "unix"]))
                .default_value("glib")
                .help("Which event dispatcher Qt uses"),
        )
        .arg(
            flag("system-calls")
                .help("Count the system calls of a round trip as well, with strace"),
        )
        .arg(flag("goals").help("Say for each row whether it reaches its goal"))
        .arg(path("json").value_name("FILE").help("Write the table as JSON"))
        .arg(path("chart").value_name("FILE").help("Write the ratios as an SVG bar chart"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(arguments: &[&str]) -> Options {
        let needed = ["qlocal-bench", "--stock", "a", "--qlocal", "b"];
        Options::from_matches(command().get_matches_from(needed.iter().chain(arguments)))
    }

    fn workloads() -> Vec<String> {
        vec!["ping-pong 10".to_owned(), "ping-pong 5000".to_owned()]
    }

    #[test]
    fn command_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn full_form_on_glib_is_the_default() {
        let options = options(&[]);
        assert_eq!(options.form, Form::Full);
        assert_eq!(options.dispatcher, Dispatcher::Glib);
    }

    #[test]
    fn all_workloads_run_unless_some_are_named() {
        assert_eq!(options(&[]).select(&workloads()).unwrap(), workloads());
        let one = options(&["--only", "ping-pong 5000"]);
        assert_eq!(one.select(&workloads()).unwrap(), ["ping-pong 5000"]);
    }

    #[test]
    fn unknown_workload_is_an_error_that_names_it() {
        let error = options(&["--only", "ping"]).select(&workloads()).unwrap_err();
        assert!(error.to_string().contains("\"ping\""));
    }

    #[test]
    fn system_calls_are_counted_when_named_alone() {
        let alone = options(&["--only", "system calls 100"]);
        assert!(alone.counts_system_calls());
        assert!(alone.select(&workloads()).unwrap().is_empty());
        assert!(!options(&["--system-calls", "--only", "ping-pong 10"]).counts_system_calls());
    }

    #[test]
    fn quick_form_shortens_only_the_slow_ping_pongs() {
        assert_eq!(Form::Quick.round_trips("ping-pong 5000"), 20_000);
        assert_eq!(Form::Quick.round_trips("ping-pong 100"), 100_000);
        assert_eq!(Form::Full.round_trips("ping-pong 5000"), 100_000);
    }
}
