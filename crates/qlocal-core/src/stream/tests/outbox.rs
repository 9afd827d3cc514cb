// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! An outbox against a list of bytes.

use std::os::fd::OwnedFd;

use proptest::prelude::*;
use qlocal_sys::passing;

use super::pair;
use crate::machine::Mark;
use crate::stream::limits::{Limits, SlowPeer};
use crate::stream::outbox::Outbox;

#[derive(Debug, Clone)]
enum Step {
    Write(usize),
    /// As many descriptors go with the first byte.
    WriteWithDescriptors(usize, usize),
    Send,
    /// The peer reads what has arrived, or up to this many bytes of it.
    Take(usize),
    Limit(Limits),
    PassMark,
    Close,
}

#[derive(Default)]
struct Model {
    /// All bytes that were ever queued, and how many of them were sent, thrown away or taken.
    written: Vec<u8>,
    sent: usize,
    /// Descriptors by the position of their byte.
    descriptors: Vec<(usize, usize)>,
    limits: Limits,
    is_high: bool,
    has_overrun: bool,
}

impl Model {
    fn queued(&self) -> usize {
        self.written.len() - self.sent
    }

    fn room_for(&mut self, wanted: usize) -> Option<usize> {
        let room = self.limits.max_queued.saturating_sub(self.queued());
        if self.limits.max_queued == 0 || wanted <= room {
            return Some(wanted);
        }
        match self.limits.slow_peer {
            SlowPeer::Refuse => Some(room),
            SlowPeer::Disconnect => {
                self.has_overrun = true;
                None
            }
        }
    }

    fn passed_mark(&mut self) -> Option<Mark> {
        let Limits { high_water: high, low_water: low, .. } = self.limits;
        let is_above = high > 0 && self.queued() >= high;
        let is_below = self.queued() <= low && self.queued() < high || !is_above && low >= high;
        match self.is_high {
            _ if self.has_overrun => None,
            false if is_above => {
                self.is_high = true;
                Some(Mark::High)
            }
            true if is_below => {
                self.is_high = false;
                Some(Mark::Low)
            }
            _ => None,
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let size = || prop_oneof![8 => 1_usize..200, 1 => 1_usize..200_000];
    let bound = || prop_oneof![Just(0), 1_usize..400];
    let slow_peer = prop_oneof![3 => Just(SlowPeer::Refuse), 1 => Just(SlowPeer::Disconnect)];
    let limits = (bound(), slow_peer, bound(), bound()).prop_map(
        |(max_queued, slow_peer, high_water, low_water)| Limits {
            max_queued,
            slow_peer,
            high_water,
            low_water,
            ..Limits::default()
        },
    );
    prop_oneof![
        6 => size().prop_map(Step::Write),
        1 => (size(), 1_usize..4).prop_map(|(size, count)| Step::WriteWithDescriptors(size, count)),
        5 => Just(Step::Send),
        2 => size().prop_map(Step::Take),
        1 => limits.prop_map(Step::Limit),
        3 => Just(Step::PassMark),
        1 => Just(Step::Close),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no local sockets")]
    fn outbox_matches_model(steps in proptest::collection::vec(step(), 1..60)) {
        let (mut socket, mut peer) = pair();
        let mut outbox = Outbox::default();
        let mut model = Model::default();
        let mut arrived = Vec::new();
        for step in steps {
            match step {
                Step::Write(size) | Step::WriteWithDescriptors(size, _) => {
                    let room = outbox.room_for(size);
                    prop_assert_eq!(room, model.room_for(size));
                    let Some(taken) = room else { continue };
                    let data: Vec<u8> =
                        (0..taken).map(|at| (model.written.len() + at) as u8).collect();
                    let position = outbox.end();
                    outbox.write(&data);
                    if let (Step::WriteWithDescriptors(_, count), 1..) = (&step, taken) {
                        let null = std::fs::File::open("/dev/null").unwrap();
                        let copies = (0..*count).map(|_| OwnedFd::from(null.try_clone().unwrap()));
                        outbox.attach(position, copies.collect());
                        model.descriptors.push((model.written.len(), *count));
                    }
                    model.written.extend(data);
                }
                Step::Send => {
                    outbox.unblock();
                    while !outbox.is_empty() && !outbox.is_blocked() {
                        let count = outbox.send(&socket).unwrap();
                        prop_assert!(count > 0 || outbox.is_blocked());
                        model.sent += count;
                        prop_assert!(model.sent <= model.written.len());
                    }
                }
                Step::Take(amount) => {
                    let before: usize = arrived.len();
                    let mut descriptors = Vec::new();
                    while arrived.len() < before + amount {
                        let room = before + amount - arrived.len();
                        if passing::receive(&peer, &mut arrived, room, &mut descriptors).is_err() {
                            break;
                        }
                    }
                    prop_assert_eq!(&arrived[..], &model.written[..arrived.len()]);
                    let due: usize = model
                        .descriptors
                        .iter()
                        .filter(|(at, _)| (before..arrived.len()).contains(at))
                        .map(|(_, count)| count)
                        .sum();
                    prop_assert_eq!(descriptors.len(), due);
                }
                Step::Limit(limits) => {
                    prop_assert_eq!(outbox.set_limits(limits), limits != model.limits);
                    prop_assert_eq!(outbox.limits(), limits);
                    model.limits = limits;
                }
                Step::PassMark => prop_assert_eq!(outbox.passed_mark(), model.passed_mark()),
                Step::Close => {
                    outbox.close();
                    prop_assert!(!outbox.is_blocked());
                    prop_assert_eq!(outbox.len(), model.queued());
                    outbox.clear();
                    // The next connection has a new socket, and starts with no bytes.
                    (socket, peer) = pair();
                    model.written.truncate(model.sent);
                    model.descriptors.clear();
                    arrived.clone_from(&model.written);
                    (model.is_high, model.has_overrun) = (false, false);
                }
            }
            prop_assert_eq!(outbox.len(), model.queued());
            prop_assert_eq!(outbox.sent(), model.sent as u64);
            prop_assert_eq!(outbox.has_overrun(), model.has_overrun);
        }
    }
}
