// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Makes system calls of the engine fail by plan, and checks the outcome: see `script/faults`.

mod end;
mod injector;
mod instance;
mod naming;
mod options;
mod other_thread;
mod peer;
mod plan;
mod random;
mod run;
mod server;
mod workload;
mod world;

use std::process::ExitCode;

use options::{Action, Options};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    let holds = match &options.action {
        Action::ListDefects => run::list_defects(),
        Action::FindDefects => run::find_defects(&options),
        Action::Play(plan) => run::play(plan),
        Action::Work { first, step } => run::work(&options, *first, *step),
        Action::Plans => run::plans(&options),
    };
    ExitCode::from(u8::from(!holds))
}
