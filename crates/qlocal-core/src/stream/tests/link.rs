// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A link against the few facts that it keeps.

use std::sync::{Arc, Weak};

use proptest::prelude::*;
use qlocal_sys::poller::Interest;
use qlocal_sys::socket::Kind;

use super::pair;
use crate::reactor::counter::Counter;
use crate::reactor::{Reactor, Source};
use crate::stream::link::Link;

#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    Close,
    Join,
    Leave,
    Register,
    Reregister(bool),
    Deregister,
    Defer,
    BeginService,
    EndService,
    InterruptService,
    EndTurn,
}

#[derive(Default)]
struct Model {
    is_open: bool,
    has_reactor: bool,
    is_registered: bool,
    is_deferred: bool,
    is_served: bool,
    has_work: bool,
}

impl Model {
    fn defer(&mut self) {
        if self.is_served {
            self.has_work = true;
        } else {
            self.is_deferred |= self.has_reactor;
        }
    }

    fn interrupt(&mut self) {
        self.is_served = false;
        if std::mem::take(&mut self.has_work) {
            self.defer();
        }
    }

    fn deregister(&mut self) {
        if std::mem::take(&mut self.is_registered) {
            self.interrupt();
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Open),
        1 => Just(Step::Close),
        2 => Just(Step::Join),
        1 => Just(Step::Leave),
        3 => Just(Step::Register),
        1 => any::<bool>().prop_map(Step::Reregister),
        1 => Just(Step::Deregister),
        4 => Just(Step::Defer),
        3 => Just(Step::BeginService),
        2 => Just(Step::EndService),
        2 => Just(Step::InterruptService),
        2 => Just(Step::EndTurn),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no local sockets")]
    fn link_requests_each_turn_once(steps in proptest::collection::vec(step(), 1..80)) {
        let reactor = Arc::new(Reactor::new().unwrap());
        let source = Arc::new(Counter::default());
        let me: Arc<dyn Source> = source.clone();
        let me: Weak<dyn Source> = Arc::downgrade(&me);
        let mut link = Link::new(me);
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Open => {
                    link.close();
                    model.deregister();
                    link.open(Arc::new(pair().0), Kind::Stream);
                    model.is_open = true;
                }
                Step::Close => {
                    link.close();
                    model.deregister();
                    model.is_open = false;
                }
                Step::Join => {
                    link.join(reactor.clone());
                    model.has_reactor = true;
                }
                Step::Leave => {
                    link.deregister();
                    link.leave();
                    model.deregister();
                    model = Model { is_open: model.is_open, ..Model::default() };
                }
                Step::Register if model.is_registered => {}
                Step::Register => {
                    link.register(Interest::default()).unwrap();
                    model.is_registered = model.is_open && model.has_reactor;
                }
                Step::Reregister(read) => {
                    link.reregister(Interest { read, write: false }).unwrap();
                }
                Step::Deregister => {
                    link.deregister();
                    model.deregister();
                }
                Step::Defer => {
                    link.defer();
                    model.defer();
                }
                Step::BeginService if model.is_served => {}
                Step::BeginService => {
                    link.begin_service();
                    model.is_served = model.is_registered;
                }
                Step::EndService => {
                    link.end_service();
                    (model.is_served, model.has_work) = (false, false);
                }
                Step::InterruptService => {
                    link.interrupt_service();
                    model.interrupt();
                }
                Step::EndTurn => {
                    let before = source.count();
                    reactor.end_turn();
                    let called = source.count() - before;
                    prop_assert_eq!(called, usize::from(model.is_deferred));
                    prop_assert_eq!(link.turn_ended(), model.is_deferred || model.has_work);
                    (model.is_deferred, model.has_work) = (false, false);
                }
            }
            prop_assert_eq!(link.is_open(), model.is_open);
            prop_assert_eq!(link.reactor().is_some(), model.has_reactor);
            prop_assert_eq!(link.is_registered(), model.is_registered);
            prop_assert_eq!(reactor.held(), usize::from(model.is_deferred));
        }
        link.close();
        link.leave();
        prop_assert_eq!(reactor.held(), 0);
    }
}
