// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Plays plans: one, many in several processes, or until a defect is found.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use qlocal_sys::fault::DEFECTS;

use crate::injector::{self, Injector};
use crate::options::{Action, Options};
use crate::plan::{self, Plan};
use crate::random::Random;
use crate::workload;
use crate::world::{Finding, World};

/// Longer than any plan takes.
const HANG: Duration = Duration::from_secs(240);

/// A process ends after this many findings.
const MAX_FINDINGS: u32 = 3;

/// Names the defect in the engine.
const DEFECT: &str = "QLOCAL_DEFECT";

/// Each defect is found in far fewer.
const PLANS_PER_DEFECT: u64 = 20_000;

/// Plays one plan, and reports what is wrong.
pub fn play(plan: &Plan) -> bool {
    let stage = Stage::new();
    let outcome = stage.play(plan);
    println!("{plan}\n{} calls were faulted", stage.injector.met());
    outcome.inspect_err(|finding| println!("{finding}")).is_ok()
}

pub fn list_defects() -> bool {
    DEFECTS.iter().for_each(|(name, what)| println!("{name:24} {what}"));
    true
}

/// Plays every `step`th plan, and reports each finding with the shortest plan that reproduces it.
pub fn work(options: &Options, first: u64, step: u64) -> bool {
    let stage = Stage::new();
    let mut findings = 0;
    let mut met = 0;
    let mut played = 0;
    for at in (first..options.plans).step_by(step as usize) {
        let mut plan = Plan::random(Random::new(options.seed).next().wrapping_add(at));
        plan.workload = options.only.unwrap_or(plan.workload);
        played += 1;
        if let Err(finding) = stage.play(&plan) {
            if std::env::var_os(DEFECT).is_some() {
                return false;
            }
            let (plan, finding) = stage.shortest(plan, finding);
            println!("FOUND {finding}\n  script/faults --plan '{plan}'");
            findings += 1;
        }
        met += stage.injector.met();
        if findings == MAX_FINDINGS {
            break;
        }
    }
    println!("DONE {played} {met} {findings}");
    findings == 0
}

/// Plays all plans in several processes.
pub fn plans(options: &Options) -> bool {
    println!("seed {}", options.seed);
    let (mut played, mut met, mut findings) = (0, 0, 0);
    for mut worker in start_workers(options, None) {
        let (counts, failed) = pass_on(&mut worker);
        played += counts[0];
        met += counts[1];
        findings += counts[2].max(u64::from(failed));
    }
    println!("{played} plans, {met} faults, {findings} findings, seed {}", options.seed);
    findings == 0
}

/// Whether each defect is found, by plans of this seed.
pub fn find_defects(options: &Options) -> bool {
    let mut all = true;
    println!("seed {}", options.seed);
    let options = Options { action: Action::Plans, plans: PLANS_PER_DEFECT, ..*options };
    for (name, _) in DEFECTS {
        let found = has_finding(start_workers(&options, Some(name)));
        println!("{name}: {}", if found { "found" } else { "MISSED" });
        all &= found;
    }
    all
}

/// Whether one of them finds anything; the others are then stopped.
fn has_finding(mut workers: Vec<Child>) -> bool {
    let mut found = false;
    while !found && !workers.is_empty() {
        workers.retain_mut(|worker| match worker.try_wait() {
            Ok(None) => true,
            outcome => {
                found |= !outcome.is_ok_and(|status| status.is_some_and(|status| status.success()));
                false
            }
        });
        std::thread::sleep(Duration::from_millis(2));
    }
    for mut worker in workers {
        let _ = worker.kill();
        let _ = worker.wait();
        let _ = std::fs::remove_dir_all(folder_of(worker.id()));
    }
    found
}

fn start_workers(options: &Options, defect: Option<&str>) -> Vec<Child> {
    let program = std::env::current_exe().expect("this program has a path");
    let worker = |first: u64| {
        let mut command = Command::new(&program);
        let numbers = [options.plans, options.seed].map(|number| number.to_string());
        command.args(["--plans", &numbers[0], "--seed", &numbers[1], "--work"]);
        command.args([first.to_string(), options.jobs.to_string()]);
        command.args(options.only.iter().flat_map(|&only| ["--only", plan::name(only)]));
        match defect {
            Some(name) => command.env(DEFECT, name).stdout(Stdio::null()).stderr(Stdio::null()),
            None => command.env_remove(DEFECT).stdout(Stdio::piped()),
        };
        command.spawn().expect("this program starts again")
    };
    (0..options.jobs).map(worker).collect()
}

/// Forwards a worker's output. Returns its counts, and whether it has found anything.
fn pass_on(worker: &mut Child) -> ([u64; 3], bool) {
    let mut counts = [0; 3];
    let output = worker.stdout.take().map(BufReader::new);
    for line in output.into_iter().flat_map(BufReader::lines).map_while(Result::ok) {
        if let Some(numbers) = line.strip_prefix("DONE ") {
            for (count, number) in counts.iter_mut().zip(numbers.split(' ')) {
                *count = number.parse().unwrap_or(0);
            }
        } else {
            println!("{line}");
        }
    }
    (counts, !worker.wait().is_ok_and(|status| status.success()))
}

/// A thread keeps this many descriptors open between two uses: its inotify instance.
const MAX_SPARES: usize = 1;

/// The process has one stage: the fault plan and the open descriptors are those of the process.
static ALONE: Mutex<()> = Mutex::new(());

/// Where plans are played, one after the other.
struct Stage {
    injector: Injector,
    folder: std::path::PathBuf,
    dog: Sender<Option<Plan>>,
    _alone: MutexGuard<'static, ()>,
}

impl Stage {
    fn new() -> Self {
        // A test that has failed leaves it poisoned.
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folder_of(std::process::id());
        std::fs::create_dir_all(&folder).expect("the temporary folder can be written to");
        Self { injector: Injector::install(), folder, dog: start_dog(), _alone: alone }
    }

    fn play(&self, plan: &Plan) -> Result<(), Finding> {
        let _ = self.dog.send(Some(plan.clone()));
        let before = open_descriptors();
        // A thread of its own: what a thread keeps is closed with it, and is no plan's from before.
        let outcome =
            std::thread::scope(|scope| scope.spawn(|| self.play_in_thread(plan, before)).join());
        let _ = self.dog.send(None);
        outcome.unwrap_or_else(|_| Err("a panic".into()))?;
        let after = open_descriptors();
        if after != before {
            return Err(format!("{before} descriptors were open before, {after} after"));
        }
        self.clean_up(plan)
    }

    fn play_in_thread(&self, plan: &Plan, before: usize) -> Result<(), Finding> {
        self.play_in_world(plan)?;
        let left = open_descriptors().saturating_sub(before);
        if left > MAX_SPARES {
            return Err(format!("{left} descriptors are left open in the thread"));
        }
        Ok(())
    }

    fn play_in_world(&self, plan: &Plan) -> Result<(), Finding> {
        self.injector.start(&plan.faults);
        let mut world = World::new(&self.injector, &self.folder, plan.seed)?;
        let outcome = workload::play(&mut world, plan.workload).and_then(|()| {
            self.injector.stop();
            workload::reuse(&mut world)
        });
        self.injector.stop();
        world.finish();
        let held = world.reactor.held();
        outcome?;
        if held > 0 {
            return Err(format!("the reactor still holds {held} orphaned requests"));
        }
        Ok(())
    }

    /// Removes files left behind by failed calls.
    fn clean_up(&self, plan: &Plan) -> Result<(), Finding> {
        let left = files(&self.folder);
        for path in &left {
            let _ = std::fs::remove_file(path);
        }
        if left.is_empty() || injector::concern_files(&plan.faults) {
            return Ok(());
        }
        Err(format!("a file was left behind: {left:?}"))
    }

    /// Removes each fault that is not needed for the finding.
    fn shortest(&self, plan: Plan, finding: Finding) -> (Plan, Finding) {
        let mut best = (plan, finding);
        let mut at = 0;
        while at < best.0.faults.len() {
            let less = best.0.without(at);
            match self.play(&less) {
                Ok(()) => at += 1,
                Err(finding) => best = (less, finding),
            }
        }
        best
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder of a process's files.
fn folder_of(process: u32) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("qlocal-faults-{process}"))
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).collect()
}

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}

/// Ends the process when a plan hangs, and says which one.
fn start_dog() -> Sender<Option<Plan>> {
    let (sender, receiver) = mpsc::channel::<Option<Plan>>();
    std::thread::spawn(move || {
        while let Ok(plan) = receiver.recv() {
            let Some(plan) = plan else { continue };
            if receiver.recv_timeout(HANG).is_err() {
                println!("FOUND a hang\n  script/faults --plan '{plan}'");
                std::process::exit(1);
            }
        }
    });
    sender
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Earlier findings, each with what was wrong.
    const FOUND: &str = include_str!("../found.txt");

    #[test]
    fn recorded_findings_pass() {
        let stage = Stage::new();
        let plans = FOUND.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        for plan in plans {
            stage.play(&plan.parse().expect("a plan")).expect(plan);
        }
    }

    #[test]
    fn without_faults_everything_works() {
        let stage = Stage::new();
        for seed in 0..40 {
            let plan = Plan { faults: Vec::new(), ..Plan::random(seed) };
            stage.play(&plan).unwrap_or_else(|finding| panic!("{plan}: {finding}"));
        }
    }
}
