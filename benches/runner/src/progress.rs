// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Progress output while the programs run: a bar on a terminal, plain lines elsewhere.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::row::Row;
use crate::stats::number;

pub struct Progress {
    /// Only on a terminal.
    bar: Option<ProgressBar>,
}

impl Progress {
    pub fn new(steps: usize) -> Self {
        let bar = io::stdout().is_terminal().then(|| {
            let target = ProgressDrawTarget::stdout();
            let bar = ProgressBar::with_draw_target(Some(steps as u64), target);
            let style = ProgressStyle::with_template("{elapsed:>4} {wide_bar} {pos}/{len}  {msg}");
            bar.set_style(style.expect("the template is well formed"));
            bar.enable_steady_tick(Duration::from_secs(1));
            bar
        });
        Progress { bar }
    }

    /// Shows what runs next.
    pub fn step(&self, what: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(what.to_owned());
            bar.inc(1);
        }
    }

    /// Shows what the following rows have in common.
    pub fn began(&self, what: &str) {
        self.line(what);
    }

    pub fn finished(&self, row: &Row) {
        let figures: Vec<String> = row
            .figures
            .iter()
            .map(|(implementation, samples)| {
                format!("{} {}", implementation.title(), number(samples.median()))
            })
            .collect();
        self.line(&format!("{}: {} {}", row.name(), figures.join(", "), row.workload.unit()));
    }

    fn line(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.println(line),
            None => println!("{line}"),
        }
    }

    pub fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
