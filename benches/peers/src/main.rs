// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The workloads without Qt: a server in one thread, its clients in another.
//!
//! Plain epoll and blocking calls are the upper limit of what the kernel allows; tokio and
//! interprocess are alternatives to Qt's sockets. Any failure panics, and so ends the program.

mod asynchronous;
mod blocking;
mod epoll;
mod holder;
mod memory;
mod pattern;
mod server;
mod workload;

use std::path::PathBuf;
use std::time::Duration;
use std::{env, process, thread};

use clap::builder::PossibleValuesParser;
use clap::{value_parser, Arg, ArgAction, ArgMatches, Command};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};
use serde_json::json;

use workload::{Outcome, Workload};

fn main() {
    let matches = command().get_matches();
    raise_descriptor_limit();
    let connections = *matches.get_one::<usize>("connections").expect("a default");
    if let Some(path) = matches.get_one::<String>("hold") {
        return holder::hold(path, connections);
    }

    let implementation = matches.get_one::<String>("implementation").expect("a default").as_str();
    let name = matches.get_one::<String>("workload").expect("clap requires it");
    let Some(workload) = selected(name, connections, &matches) else {
        eprintln!("There is no workload \"{name}\".");
        process::exit(2);
    };
    let timeout = *matches.get_one::<u64>("timeout").expect("a default");
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(timeout));
        eprintln!("Not done after {timeout} s");
        process::exit(1);
    });

    let path = Socket::new();
    let outcome = match implementation {
        "blocking" => blocking::run(&workload, &path.0),
        "epoll" => epoll::run(&workload, &path.0),
        "tokio" => asynchronous::run::<asynchronous::Tokio>(&workload, &path.0),
        _ => asynchronous::run::<asynchronous::Interprocess>(&workload, &path.0),
    };
    let mut answer = match outcome {
        Some(outcome) => to_json(&outcome),
        None => json!({ "missing": "it is not made for this" }),
    };
    answer["implementation"] = implementation.into();
    answer["workload"] = name.as_str().into();
    println!("{answer}");
    drop(path);
    // Without waiting for the server's thread, which may be in a system call.
    process::exit(0);
}

fn to_json(outcome: &Outcome) -> serde_json::Value {
    let mut answer = json!({ "value": outcome.value, "count": outcome.count });
    if let Some(p99) = outcome.p99 {
        answer["p99"] = p99.into();
    }
    answer
}

fn selected(name: &str, connections: usize, matches: &ArgMatches) -> Option<Workload> {
    let mut workload = Workload::from_name(name)?;
    let count = *matches.get_one::<usize>("count").expect("a default");
    if count > 0 {
        workload.count = count;
    }
    workload.connections = workload.connections.min(connections);
    workload.duration = Duration::from_secs_f64(*matches.get_one("seconds").expect("a default"));
    workload.warm_up = !matches.get_flag("no-warm-up");
    Some(workload)
}

/// The name of a unique socket file; the file is removed at the end.
struct Socket(PathBuf);

impl Socket {
    fn new() -> Self {
        Socket(env::temp_dir().join(format!("qlocal-bench-peer-{}", process::id())))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The implementation may have removed it itself.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Both ends of thousands of connections are in this process.
fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })
        .expect("one may raise it to the hard limit");
}

fn command() -> Command {
    let number = |name, default| {
        Arg::new(name)
            .long(name)
            .value_name("NUMBER")
            .value_parser(value_parser!(usize))
            .default_value(default)
    };
    Command::new("qlocal-bench-peers")
        .about("Runs one workload without Qt, and prints the result as JSON.")
        .arg(
            Arg::new("implementation")
                .long("implementation")
                .value_parser(PossibleValuesParser::new([
                    "epoll",
                    "blocking",
                    "tokio",
                    "interprocess",
                ]))
                .default_value("epoll")
                .help("The implementation to use"),
        )
        .arg(
            Arg::new("workload")
                .long("workload")
                .value_name("NAME")
                .required_unless_present("hold"),
        )
        .arg(
            number("count", "0")
                .help("Round trips, writes or timed connections; 0 means the workload's default"),
        )
        .arg(
            Arg::new("seconds")
                .long("seconds")
                .value_parser(value_parser!(f64))
                .default_value("1")
                .help("How long a data exchange or an idle crowd lasts"),
        )
        .arg(number("connections", "1000000").help("Maximum number of connections"))
        .arg(
            Arg::new("no-warm-up")
                .long("no-warm-up")
                .action(ArgAction::SetTrue)
                .help("Skip the untimed tenth that precedes the timed part"),
        )
        .arg(
            Arg::new("timeout")
                .long("timeout")
                .value_parser(value_parser!(u64))
                .default_value("120")
                .help("Time-out in seconds"),
        )
        .arg(
            Arg::new("hold")
                .long("hold")
                .value_name("PATH")
                .help("Run as the second process, which holds connections to this socket"),
        )
}

#[cfg(test)]
mod tests {
    #[test]
    fn command_is_consistent() {
        super::command().debug_assert();
    }
}
