// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the benchmark programs alternately, and compares their figures.

mod chart;
mod form;
mod goal;
mod implementation;
mod machine;
mod options;
mod output;
mod page;
mod plot;
mod program;
mod progress;
mod regime;
mod report;
mod row;
mod section;
mod spinners;
mod stats;
mod system_calls;
mod wake_up;
mod workload;

use std::error::Error;
use std::process::ExitCode;

use form::Form;
use options::Options;
use program::{Measured, Program};
use progress::Progress;
use regime::Regime;
use report::Report;
use row::Row;
use section::Section;
use spinners::Spinners;
use workload::{Kind, Workload};

fn main() -> ExitCode {
    match run(&Options::from_arguments()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let workloads = options.workloads()?;
    if workloads.iter().any(|workload| workload.kind == Kind::SystemCalls) {
        system_calls::check_tracer()?;
    }
    let programs: Vec<Program> = options
        .implementations()
        .into_iter()
        .map(|implementation| Program::new(implementation, options))
        .collect();

    let mut report = Report::new(options, programs[0].qt_version()?);
    let regimes = options.regimes();
    let steps: usize = workloads
        .iter()
        .map(|workload| workload.runs(options.form) * regimes_of(workload, regimes).len())
        .sum();
    let progress = Progress::new(steps * programs.len());
    for regime in regimes {
        let _spinners = match regime {
            Regime::AsIs => None,
            Regime::Awake => Some(Spinners::start()?),
        };
        let mut section = Section::new(*regime, wake_up::cost()?);
        progress.began(&section.heading());
        for workload in &workloads {
            if !regimes_of(workload, regimes).contains(regime) {
                continue;
            }
            for row in compare(workload, &programs, options.form, &progress)? {
                progress.finished(&row);
                section.rows.push(row);
            }
        }
        report.sections.push(section);
    }
    progress.clear();

    print!("\n{}", report.to_table());
    output::write(&report, options)?;
    Ok(())
}

/// The regimes in which to measure it: one is enough if the costs of waking threads do not matter.
fn regimes_of<'regime>(workload: &Workload, regimes: &'regime [Regime]) -> &'regime [Regime] {
    &regimes[..if workload.depends_on_waking() { regimes.len() } else { 1 }]
}

/// Runs the programs alternately, A B A B, so that drift on the machine affects all alike.
fn compare(
    workload: &Workload,
    programs: &[Program],
    form: Form,
    progress: &Progress,
) -> Result<Vec<Row>, Box<dyn Error>> {
    let runs = workload.runs(form);
    let mut figures: Vec<Vec<Measured>> = programs.iter().map(|_| Vec::new()).collect();
    for run in 1..=runs {
        for (program, figures) in programs.iter().zip(&mut figures) {
            let title = program.implementation.title();
            progress.step(&format!("{}, {title}, run {run} of {runs}", workload.name));
            figures.extend(match workload.kind {
                Kind::SystemCalls => system_calls::per_round_trip(program, form)?
                    .map(|value| Measured { value, p99: None }),
                _ => program.measure(workload)?,
            });
        }
    }
    let implementations = programs.iter().map(|program| program.implementation);
    Ok(Row::of(workload, &implementations.zip(figures).collect::<Vec<_>>()))
}
