// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Effects that are still to be taken, around the handlers that run.

use std::collections::VecDeque;

use super::effect::{Effect, State};

/// A step of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Perform(Effect),
    /// The state changes here; the effect that announces it follows later.
    Enter(State),
    /// A handler runs. The following steps are taken after it has returned, not by the calls that it makes.
    AfterHandler(Handler),
}

/// The kind of effect that a running handler was called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handler {
    /// Bytes have arrived or were sent. If the handler waits or runs an event loop, that finds by itself
    /// what follows.
    Transfer,
    /// A step on the way to another state, of which the rest is not found again.
    Transition,
}

/// The steps to the state that the last input leads to, in order.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    steps: VecDeque<Step>,
}

impl Sequence {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether it is empty and holds no memory either.
    #[inline]
    pub fn is_vacant(&self) -> bool {
        self.steps.is_empty() && self.steps.capacity() == 0
    }

    pub fn has_error(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Perform(Effect::ErrorOccurred(_))))
    }

    /// Whether this effect comes next.
    pub fn starts_with(&self, effect: Effect) -> bool {
        self.steps.front() == Some(&Step::Perform(effect))
    }

    /// Whether there is a step that does not wait for a handler to return.
    pub fn is_due(&self) -> bool {
        matches!(self.steps.front(), Some(Step::Perform(_) | Step::Enter(_)))
    }

    /// Whether the next step waits for a handler to return.
    pub fn is_held(&self) -> bool {
        matches!(self.steps.front(), Some(Step::AfterHandler(_)))
    }

    /// Whether the next step waits for a handler of this kind to return.
    pub fn is_held_by(&self, handler: Handler) -> bool {
        self.steps.front() == Some(&Step::AfterHandler(handler))
    }

    // Building it.

    /// Replaces all steps.
    pub fn replace(&mut self, effects: impl IntoIterator<Item = Effect>) {
        self.steps = effects.into_iter().map(Step::Perform).collect();
    }

    pub fn clear(&mut self) {
        self.steps.clear();
    }

    /// Adds effects before those that wait for a handler.
    pub fn insert(&mut self, effects: impl IntoIterator<Item = Effect>) {
        let held = self.steps.iter().position(|step| matches!(step, Step::AfterHandler(_)));
        let rest = self.steps.split_off(held.unwrap_or(self.steps.len()));
        self.steps.extend(effects.into_iter().map(Step::Perform));
        self.steps.extend(rest);
    }

    pub fn push_front(&mut self, effect: Effect) {
        self.steps.push_front(Step::Perform(effect));
    }

    pub fn push_back(&mut self, effect: Effect) {
        self.steps.push_back(Step::Perform(effect));
    }

    /// Adds a change of the state at the end, which an effect announces later.
    pub fn enter_at_end(&mut self, state: State) {
        self.steps.push_back(Step::Enter(state));
    }

    // Taking it.

    /// The state that is entered now, if any.
    pub fn enter(&mut self) -> Option<State> {
        let Some(&Step::Enter(state)) = self.steps.front() else { return None };
        self.steps.pop_front();
        Some(state)
    }

    /// The next effect, whose handlers hold the rest.
    pub fn take(&mut self) -> Option<Effect> {
        let Some(&Step::Perform(effect)) = self.steps.front() else { return None };
        self.steps.pop_front();
        self.hold(Handler::Transition);
        Some(effect)
    }

    /// A handler runs: it holds all steps.
    pub fn hold(&mut self, handler: Handler) {
        if self.steps.is_empty() {
            // An idle connection holds no memory.
            self.steps = VecDeque::new();
        } else {
            self.steps.push_front(Step::AfterHandler(handler));
        }
    }

    /// A handler has returned. True when it held any step.
    #[inline]
    pub fn resume(&mut self) -> bool {
        // The calls that the handler has made have taken everything before this.
        let is_held = self.is_held();
        if is_held {
            self.steps.pop_front();
        }
        is_held
    }

    /// No handler holds any step any more.
    pub fn release(&mut self) {
        self.steps.retain(|step| !matches!(step, Step::AfterHandler(_)));
    }
}
