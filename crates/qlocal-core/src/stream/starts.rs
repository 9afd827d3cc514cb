// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Where writes start among all bytes ever written.

use std::collections::VecDeque;

/// The positions at which unsent writes start.
#[derive(Debug)]
pub(super) struct Starts(VecDeque<u64>);

impl Starts {
    /// The queue starts with the start of a write here, or in the middle of one.
    pub fn at(start: Option<u64>) -> Self {
        Self(start.into_iter().collect())
    }

    /// The next write starts behind the queued bytes, which follow the sent ones.
    pub fn add(&mut self, sent: u64, queued: usize) {
        while self.0.front().is_some_and(|&start| start < sent) {
            self.0.pop_front();
        }
        let start = sent + queued as u64;
        // Those at or behind it were not written, or were discarded.
        while self.0.back().is_some_and(|&back| back >= start) {
            self.0.pop_back();
        }
        self.0.push_back(start);
    }

    /// How many of the queued bytes come before the next start.
    pub fn rest_of_write(&self, sent: u64, queued: usize) -> usize {
        let next = self.0.iter().find(|&&start| start >= sent);
        next.and_then(|start| usize::try_from(start - sent).ok())
            .map_or(queued, |rest| rest.min(queued))
    }

    /// The next bytes are discarded, so later ones move to the front.
    pub fn skip(&mut self, sent: u64, count: usize) {
        self.0.retain(|&start| start >= sent + count as u64);
        self.0.iter_mut().for_each(|start| *start -= count as u64);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Write(usize),
        Send(usize),
        Skip,
        Clear,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (1..9_usize).prop_map(Step::Write),
            3 => (0..20_usize).prop_map(Step::Send),
            1 => Just(Step::Skip),
            1 => Just(Step::Clear),
        ]
    }

    #[test]
    fn queue_of_unknown_writes_lasts_until_next_one() {
        let mut starts = Starts::at(None);
        assert_eq!(starts.rest_of_write(3, 10), 10);
        starts.add(3, 10);
        assert_eq!(starts.rest_of_write(5, 20), 8);
        assert_eq!(starts.rest_of_write(13, 12), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn rest_of_write_is_what_a_list_of_writes_says(steps in prop::collection::vec(step(), 1..60)) {
            let mut starts = Starts::at(Some(0));
            // The unsent bytes of each write, and whether any of the first one were sent.
            let (mut writes, mut is_begun) = (VecDeque::<usize>::new(), false);
            let mut sent = 0_u64;
            for step in steps {
                let queued: usize = writes.iter().sum();
                match step {
                    Step::Write(size) => {
                        starts.add(sent, queued);
                        writes.push_back(size);
                    }
                    Step::Send(count) => {
                        let count = count.min(queued);
                        sent += count as u64;
                        for _ in 0..count {
                            writes[0] -= 1;
                            is_begun = writes[0] > 0;
                            if !is_begun {
                                writes.pop_front();
                            }
                        }
                    }
                    Step::Clear => {
                        writes.clear();
                        is_begun = false;
                    }
                    Step::Skip => {
                        let rest = starts.rest_of_write(sent, queued);
                        prop_assert_eq!(rest, if is_begun { writes.pop_front().unwrap_or(0) } else { 0 });
                        is_begun = false;
                        starts.skip(sent, rest);
                    }
                }
            }
        }
    }
}
