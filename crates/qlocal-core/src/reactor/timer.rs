// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sources that wait for a moment.

use std::ptr;
use std::sync::Arc;
use std::time::Instant;

use crate::lock::{lock, Mutex};

use super::source::Source;

/// The moments that sources wait for, at most one for each. Few wait at a time, so they are not sorted.
#[derive(Default)]
pub(super) struct Timer {
    waiting: Mutex<Vec<(Instant, Arc<dyn Source>)>>,
}

impl Timer {
    /// Lets a source wait for this moment, and no longer for an earlier request.
    pub fn set(&self, moment: Instant, source: Arc<dyn Source>) {
        let mut waiting = lock(&self.waiting);
        match waiting.iter_mut().find(|(_, other)| is_same(other, &*source)) {
            Some((at, _)) => *at = moment,
            None => waiting.push((moment, source)),
        }
    }

    /// Removes and returns a source, which the caller must drop without a lock.
    pub fn forget(&self, source: &dyn Source) -> Option<Arc<dyn Source>> {
        let mut waiting = lock(&self.waiting);
        let at = waiting.iter().position(|(_, other)| is_same(other, source))?;
        Some(waiting.swap_remove(at).1)
    }

    /// The next moment.
    pub fn next(&self) -> Option<Instant> {
        lock(&self.waiting).iter().map(|(at, _)| *at).min()
    }

    /// Removes and returns a source whose moment has come.
    pub fn take_due(&self, now: Instant) -> Option<Arc<dyn Source>> {
        let mut waiting = lock(&self.waiting);
        let at = waiting.iter().position(|(at, _)| *at <= now)?;
        Some(waiting.swap_remove(at).1)
    }

    pub fn len(&self) -> usize {
        lock(&self.waiting).len()
    }
}

fn is_same(one: &Arc<dyn Source>, other: &dyn Source) -> bool {
    ptr::addr_eq(Arc::as_ptr(one), other)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::reactor::counter::Counter;

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Set(usize, u64),
        Forget(usize),
        Pass(u64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..4_usize, 0..20_u64).prop_map(|(source, pause)| Step::Set(source, pause)),
            (0..4_usize).prop_map(Step::Forget),
            (0..10_u64).prop_map(Step::Pass),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_timer_is_a_map_from_sources_to_moments(steps in proptest::collection::vec(step(), 1..60)) {
            let start = Instant::now();
            let moment = |at: u64| start + Duration::from_secs(at);
            let sources: Vec<Arc<dyn Source>> =
                (0..4).map(|_| -> Arc<dyn Source> { Arc::new(Counter::default()) }).collect();
            let number_of = |source: &Arc<dyn Source>| {
                sources.iter().position(|other| ptr::addr_eq(Arc::as_ptr(other), Arc::as_ptr(source)))
            };
            let timer = Timer::default();
            let mut model = BTreeMap::new();
            let mut now = 0;
            for step in steps {
                match step {
                    Step::Set(source, pause) => {
                        timer.set(moment(now + pause), sources[source].clone());
                        model.insert(source, now + pause);
                    }
                    Step::Forget(source) => {
                        let forgotten = timer.forget(&*sources[source]);
                        prop_assert_eq!(forgotten.is_some(), model.remove(&source).is_some());
                    }
                    Step::Pass(pause) => {
                        now += pause;
                        let due = std::iter::from_fn(|| timer.take_due(moment(now)));
                        let mut due: Vec<_> = due.filter_map(|source| number_of(&source)).collect();
                        due.sort_unstable();
                        let expected: Vec<_> =
                            model.iter().filter(|(_, &at)| at <= now).map(|(&key, _)| key).collect();
                        prop_assert_eq!(due, expected);
                        model.retain(|_, at| *at > now);
                    }
                }
                prop_assert_eq!(timer.len(), model.len());
                prop_assert_eq!(timer.next(), model.values().min().map(|&at| moment(at)));
            }
        }
    }
}
