// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use std::error::Error;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{value_parser, Arg, ArgAction, ArgMatches, Command};

use crate::form::Form;
use crate::implementation::Implementation;
use crate::regime::Regime;
use crate::workload::Workload;

/// The event dispatcher that Qt uses.
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
    pub glib: Option<PathBuf>,
    pub peers: Option<PathBuf>,
    pub form: Form,
    pub dispatcher: Dispatcher,
    pub only: Vec<String>,
    /// Only ping-pong and data exchange, only stock Qt and qlocal.
    pub main_job: bool,
    /// Also qlocal without lingering.
    lingering: bool,
    regimes: &'static [Regime],
    pub json: Option<PathBuf>,
    pub chart: Option<PathBuf>,
    pub report: Option<PathBuf>,
}

impl Options {
    /// Reads the command line; ends the process if it is invalid or asks for help.
    pub fn from_arguments() -> Self {
        Self::from_matches(command().get_matches())
    }

    fn from_matches(mut matches: ArgMatches) -> Self {
        let mut path = |name| matches.remove_one::<PathBuf>(name);
        let (stock, qlocal) = (path("stock"), path("qlocal"));
        let (glib, peers) = (path("glib"), path("peers"));
        let (json, chart, report) = (path("json"), path("chart"), path("report"));
        let unix = matches.get_one::<String>("dispatcher").map(String::as_str) == Some("unix");
        Options {
            stock: stock.unwrap_or_default(),
            qlocal: qlocal.unwrap_or_default(),
            glib,
            peers,
            form: match (matches.get_flag("smoke"), matches.get_flag("quick")) {
                (true, _) => Form::Smoke,
                (false, true) => Form::Quick,
                (false, false) => Form::Full,
            },
            dispatcher: if unix { Dispatcher::Unix } else { Dispatcher::Glib },
            only: matches.remove_many("only").map(Iterator::collect).unwrap_or_default(),
            main_job: matches.get_flag("main-job"),
            lingering: matches.get_flag("lingering"),
            regimes: match (matches.get_flag("awake"), matches.get_flag("both")) {
                (true, _) => &[Regime::Awake],
                (false, true) => &Regime::BOTH,
                (false, false) => &[Regime::AsIs],
            },
            json,
            chart,
            report,
        }
    }

    /// The selected workloads: all of them by default.
    pub fn workloads(&self) -> Result<Vec<Workload>, Box<dyn Error>> {
        let mut workloads = Workload::all();
        workloads.retain(|workload| !self.main_job || workload.is_main_job());
        let names: Vec<&str> = workloads.iter().map(|workload| workload.name.as_str()).collect();
        if let Some(unknown) = self.only.iter().find(|name| !names.contains(&name.as_str())) {
            let names = names.join(", ");
            return Err(format!("There is no workload \"{unknown}\". Workloads: {names}.").into());
        }
        workloads.retain(|workload| self.only.is_empty() || self.only.contains(&workload.name));
        Ok(workloads)
    }

    /// The regimes to measure in, one after the other.
    pub fn regimes(&self) -> &'static [Regime] {
        self.regimes
    }

    pub fn implementations(&self) -> Vec<Implementation> {
        let mut all = Implementation::ALL.to_vec();
        all.retain(|it| self.lingering || *it != Implementation::NoLingering);
        all.retain(|it| !self.main_job || Implementation::OF_QT.contains(it));
        all
    }
}

fn command() -> Command {
    let path = |name| Arg::new(name).long(name).value_parser(value_parser!(PathBuf));
    let program = |name| path(name).value_name("PROGRAM");
    let flag = |name| Arg::new(name).long(name).action(ArgAction::SetTrue);
    Command::new("qlocal-bench")
        .about("Runs the benchmark programs alternately, and compares their figures.")
        .arg(program("stock").required(true).help("Built against stock QtNetwork"))
        .arg(program("qlocal").required(true).help("Built against the drop-in"))
        .arg(program("glib").required_unless_present("main-job").help("The same workloads on GLib"))
        .arg(
            program("peers")
                .required_unless_present("main-job")
                .help("The same on epoll, blocking calls, tokio and interprocess"),
        )
        .arg(flag("quick").help("Three short runs of each instead of five long ones"))
        .arg(flag("smoke").help("One tiny run of each, only to show that everything runs"))
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("WORKLOAD")
                .action(ArgAction::Append)
                .help("Measure only this workload; can be repeated"),
        )
        .arg(
            flag("main-job").help("Only ping-pong and data exchange, and only stock Qt and qlocal"),
        )
        .arg(
            Arg::new("dispatcher")
                .long("dispatcher")
                .value_parser(PossibleValuesParser::new(["glib", "unix"]))
                .default_value("glib")
                .help("The event dispatcher that Qt uses"),
        )
        .arg(flag("awake").help("Keep all processors awake, so that waking a thread is cheap"))
        .arg(
            flag("both")
                .conflicts_with("awake")
                .help("Measure twice: the host as it is, and with all processors kept awake"),
        )
        .arg(flag("lingering").help("Measure qlocal without lingering too"))
        .arg(path("json").value_name("FILE").help("Write the table as JSON"))
        .arg(
            path("chart")
                .value_name("FILE")
                .help("Write the ratios to stock Qt as an SVG bar chart"),
        )
        .arg(
            path("report").value_name("FOLDER").help("Write a page with the table, and its charts"),
        )
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn options(arguments: &[&str]) -> Options {
        let needed =
            ["qlocal-bench", "--stock", "a", "--qlocal", "b", "--glib", "c", "--peers", "d"];
        Options::from_matches(command().get_matches_from(needed.iter().chain(arguments)))
    }

    fn names(options: &Options) -> Vec<String> {
        options.workloads().unwrap().into_iter().map(|workload| workload.name).collect()
    }

    #[test]
    fn command_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn full_form_on_glib_is_default() {
        let options = options(&[]);
        assert_eq!(options.form, Form::Full);
        assert_eq!(options.dispatcher, Dispatcher::Glib);
    }

    #[test]
    fn host_is_as_it_is_unless_requested() {
        assert_eq!(options(&[]).regimes(), [Regime::AsIs]);
        assert_eq!(options(&["--awake"]).regimes(), [Regime::Awake]);
        assert_eq!(options(&["--both", "--quick"]).regimes(), Regime::BOTH);
    }

    #[test]
    fn all_workloads_run_unless_some_are_named() {
        assert_eq!(options(&[]).workloads().unwrap(), Workload::all());
        let two = options(&["--only", "system calls 100", "--only", "storm"]);
        assert_eq!(names(&two), ["storm", "system calls 100"]);
    }

    #[test]
    fn unknown_workload_is_named_in_error() {
        let error = options(&["--only", "ping"]).workloads().unwrap_err();
        assert!(error.to_string().contains("\"ping\""));
    }

    #[test]
    fn lingering_is_compared_when_requested() {
        assert!(!options(&[]).implementations().contains(&Implementation::NoLingering));
        assert!(options(&["--lingering"]).implementations().contains(&Implementation::NoLingering));
    }

    #[test]
    fn main_job_has_two_workloads_and_programs() {
        let options = options(&["--main-job"]);
        assert_eq!(options.implementations().len(), 2);
        assert!(options.workloads().unwrap().iter().all(Workload::is_main_job));
    }
}
