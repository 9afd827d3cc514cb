// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The command line.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::plan::{self, Plan, Workload};

pub enum Action {
    /// Plays all plans, in several processes.
    Plans,
    /// Plays each `step`th plan from the `first` on, in this process.
    Work {
        first: u64,
        step: u64,
    },
    /// Plays one plan.
    Play(Plan),
    FindDefects,
    ListDefects,
}

pub struct Options {
    pub action: Action,
    pub plans: u64,
    pub seed: u64,
    pub jobs: u64,
    /// Only this workload.
    pub only: Option<Workload>,
}

impl Options {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Plans wait more than they work.
        let jobs = 4 * std::thread::available_parallelism().map_or(1, usize::from) as u64;
        let seed = now.as_nanos() as u64 % 1_000_000_000;
        let mut options = Self { action: Action::Plans, plans: 10_000, seed, jobs, only: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            let number = |text: String| text.parse().map_err(|_| format!("not a number: {text}"));
            match word.as_str() {
                "--plans" => options.plans = number(value()?)?,
                "--seed" => options.seed = number(value()?)?,
                "--jobs" => options.jobs = number(value()?)?.max(1),
                "--only" => options.only = Some(plan::workload(&value()?)?),
                "--plan" => options.action = Action::Play(value()?.parse()?),
                "--work" => {
                    let (first, step) = (number(value()?)?, number(value()?)?);
                    options.action = Action::Work { first, step };
                }
                "--find-defects" => options.action = Action::FindDefects,
                "--defects" => options.action = Action::ListDefects,
                _ => return Err(format!("unknown option {word}; see script/faults --help")),
            }
        }
        Ok(options)
    }
}
