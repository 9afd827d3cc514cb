// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Elections against a model of the kernel: any number of processes, in any order of steps, killed at any
//! moment.

use proptest::prelude::*;
use qlocal_core::instance::{Election, Step};

/// The lock and the socket file, as the kernel keeps them.
#[derive(Debug, Default)]
struct Kernel {
    lock: Option<usize>,
    listener: Option<usize>,
}

#[derive(Debug)]
enum Process {
    Running(Election),
    /// It has handed over to this one.
    Handed(usize),
    Dead,
}

struct World {
    kernel: Kernel,
    processes: Vec<Process>,
    /// The process at the other end of the connection of each.
    peers: Vec<Option<usize>>,
}

impl World {
    fn new(count: usize) -> Self {
        Self {
            kernel: Kernel::default(),
            processes: (0..count).map(|_| Process::Running(Election::new())).collect(),
            peers: vec![None; count],
        }
    }

    /// Takes one step of a process.
    fn step(&mut self, id: usize) {
        let leader = self.leaders().next();
        let Process::Running(election) = &mut self.processes[id] else { return };
        match election.step() {
            Step::Lock => {
                let is_free = self.kernel.lock.is_none();
                if is_free {
                    self.kernel.lock = Some(id);
                }
                election.locked(is_free);
            }
            Step::Bind => {
                let is_free = self.kernel.listener.is_none();
                if is_free {
                    self.kernel.listener = Some(id);
                } else {
                    self.kernel.lock = None;
                }
                election.bound(is_free);
            }
            Step::Connect => {
                self.peers[id] = self.kernel.listener;
                election.connected(self.peers[id].is_some());
            }
            Step::HandOver => match self.peers[id].take() {
                Some(peer) if Some(peer) == leader => self.processes[id] = Process::Handed(peer),
                _ => election.interrupted(),
            },
            Step::Pause(_) => election.paused(),
            Step::Lead => {}
        }
    }

    fn kill(&mut self, id: usize) {
        self.processes[id] = Process::Dead;
        // In either order; a step may come between, see `close_one`.
        self.close_one(id);
        self.close_one(id);
    }

    /// The kernel closes one descriptor of a process that ends.
    fn close_one(&mut self, id: usize) {
        if self.kernel.lock == Some(id) {
            self.kernel.lock = None;
        } else if self.kernel.listener == Some(id) {
            self.kernel.listener = None;
        }
    }

    fn leaders(&self) -> impl Iterator<Item = usize> + '_ {
        let leads = |process: &Process| matches!(process, Process::Running(one) if one.step() == Step::Lead);
        (0..self.processes.len()).filter(move |&id| leads(&self.processes[id]))
    }

    fn is_settled(&self) -> bool {
        self.processes.iter().all(|process| match process {
            Process::Running(election) => election.step() == Step::Lead,
            Process::Handed(_) | Process::Dead => true,
        })
    }
}

#[derive(Debug, Clone)]
enum Event {
    Step(usize),
    Kill(usize),
    /// The process ends, but the kernel has closed only its lock so far.
    HalfKill(usize),
}

fn event(count: usize) -> impl Strategy<Value = Event> {
    prop_oneof![
        20 => (0..count).prop_map(Event::Step),
        1 => (0..count).prop_map(Event::Kill),
        1 => (0..count).prop_map(Event::HalfKill),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn one_process_leads_and_reaches_all_others(
        events in proptest::collection::vec(event(6), 0..300),
    ) {
        let mut world = World::new(6);
        let mut half_dead = Vec::new();
        for event in events {
            match event {
                Event::Step(id) => world.step(id),
                Event::Kill(id) => world.kill(id),
                Event::HalfKill(id) => {
                    world.processes[id] = Process::Dead;
                    world.close_one(id);
                    half_dead.push(id);
                }
            }
            prop_assert!(world.leaders().count() <= 1);
        }
        half_dead.into_iter().for_each(|id| world.close_one(id));
        // From here on each process gets its turn: all settle, and one leads unless none lives.
        for _ in 0..20 {
            (0..6).for_each(|id| world.step(id));
            prop_assert!(world.leaders().count() <= 1);
        }
        prop_assert!(world.is_settled());
        let lives = world.processes.iter().any(|process| matches!(process, Process::Running(_)));
        prop_assert_eq!(world.leaders().count(), usize::from(lives));
        for process in &world.processes {
            if let Process::Handed(to) = process {
                prop_assert!(*to < 6);
            }
        }
    }
}

#[test]
fn pauses_grow_up_to_a_limit() {
    let mut election = Election::new();
    let mut pauses = Vec::new();
    for _ in 0..8 {
        election.locked(false);
        election.connected(false);
        let Step::Pause(pause) = election.step() else { panic!("no pause") };
        pauses.push(pause.as_millis());
        election.paused();
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 16, 16, 16]);
}
