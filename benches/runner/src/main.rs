// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Runs the two benchmark programs in turn, and compares their figures.

mod chart;
mod goal;
mod options;
mod program;
mod progress;
mod report;
mod stats;
mod system_calls;

use std::error::Error;
use std::process::ExitCode;

use options::Options;
use program::Program;
use progress::Progress;
use report::{Report, Row};
use stats::Samples;

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
    let stock = Program::new(&options.stock, "stock Qt", options);
    let qlocal = Program::new(&options.qlocal, "qlocal", options);
    let workloads = stock.workloads()?;
    if qlocal.workloads()? != workloads {
        return Err("The two programs don't have the same workloads.".into());
    }
    let selected = options.select(&workloads)?;
    if options.counts_system_calls() {
        system_calls::check_tracer()?;
    }

    let runs = options.form.runs();
    let steps = selected.len() * runs + usize::from(options.counts_system_calls());
    let progress = Progress::new(2 * steps);
    let mut report = Report::new(options);
    for workload in &selected {
        let row = compare(workload, &stock, &qlocal, runs, &progress)?;
        progress.finished(&row);
        report.rows.push(row);
    }
    if options.counts_system_calls() {
        let row = system_calls::compare(&stock, &qlocal, &progress)?;
        progress.finished(&row);
        report.rows.push(row);
    }
    progress.clear();

    print!("\n{}", report.to_table());
    report.write_files(options)?;
    Ok(())
}

/// Runs both programs in turn, A B A B, so that what drifts on the machine meets both alike.
fn compare(
    workload: &str,
    stock: &Program,
    qlocal: &Program,
    runs: usize,
    progress: &Progress,
) -> Result<Row, Box<dyn Error>> {
    let mut unit = String::new();
    let mut figures = [Vec::new(), Vec::new()];
    for run in 1..=runs {
        for (program, figures) in [stock, qlocal].into_iter().zip(&mut figures) {
            progress.step(&format!("{workload}, {}, run {run} of {runs}", program.implementation));
            let measured = program.measure(workload)?;
            unit = measured.unit;
            figures.push(measured.value);
        }
    }
    let [stock, qlocal] = figures;
    Ok(Row {
        workload: workload.to_owned(),
        unit,
        stock: Samples::new(stock),
        qlocal: Samples::new(qlocal),
    })
}
