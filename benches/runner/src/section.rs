// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The rows that were measured in one regime.

use std::time::Duration;

use crate::regime::Regime;
use crate::row::Row;
use crate::stats::number;

pub struct Section {
    pub regime: Regime,
    /// What waking a thread costs.
    pub wake_up: Duration,
    pub rows: Vec<Row>,
}

/// Below this the time of a message in user space counts for more than sleeping does.
const QUICK: Duration = Duration::from_micros(10);

impl Section {
    pub fn new(regime: Regime, wake_up: Duration) -> Self {
        Section { regime, wake_up, rows: Vec::new() }
    }

    /// Whether a sleeping thread is quick to wake, which decides what can be expected.
    pub fn is_quick_to_wake(&self) -> bool {
        self.wake_up < QUICK
    }

    pub fn microseconds(&self) -> f64 {
        self.wake_up.as_secs_f64() * 1e6
    }

    /// As in "The host as it is: waking a thread takes 25.0 us".
    pub fn heading(&self) -> String {
        format!("{}: waking a thread takes {} us", self.regime.title(), number(self.microseconds()))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn section(regime: Regime, microseconds: u64, rows: Vec<Row>) -> Section {
        Section { regime, wake_up: Duration::from_micros(microseconds), rows }
    }

    #[test]
    fn heading_has_regime_and_cost() {
        let section = section(Regime::Awake, 3, Vec::new());
        assert_eq!(section.heading(), "Processors kept awake: waking a thread takes 3.00 us");
        assert!(section.is_quick_to_wake());
    }
}
