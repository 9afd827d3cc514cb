// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What each row is to reach.

/// A bound on one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// The ratio to stock Qt is at least this.
    Ratio(f64),
    /// The figure itself is below this.
    Below(f64),
}

/// The geometric mean of the ratios of all data exchanges is at least this.
pub const DATA_EXCHANGE_MEAN: f64 = 1.8;

impl Goal {
    /// The goal of a workload, when it has one.
    pub fn of(workload: &str) -> Option<Goal> {
        match workload {
            "ping-pong 10" | "ping-pong 50" | "ping-pong 100" => Some(Goal::Ratio(1.5)),
            "ping-pong 1000" => Some(Goal::Ratio(3.0)),
            "ping-pong 5000" => Some(Goal::Ratio(15.0)),
            "system calls 100" => Some(Goal::Below(6.0)),
            _ if is_data_exchange(workload) => Some(Goal::Ratio(1.0)),
            _ => None,
        }
    }

    pub fn is_met(self, ratio: f64, figure: f64) -> bool {
        match self {
            Goal::Ratio(least) => ratio >= least,
            Goal::Below(bound) => figure < bound,
        }
    }

    /// As in "1.50 met".
    pub fn verdict(self, ratio: f64, figure: f64) -> String {
        let met = if self.is_met(ratio, figure) { "met" } else { "MISSED" };
        match self {
            Goal::Ratio(least) => format!("{least:.2} {met}"),
            Goal::Below(bound) => format!("below {bound} {met}"),
        }
    }
}

pub fn is_data_exchange(workload: &str) -> bool {
    workload.starts_with("data exchange ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratio_at_its_goal_meets_it() {
        assert!(Goal::Ratio(1.5).is_met(1.5, 0.0));
        assert!(!Goal::Ratio(1.5).is_met(1.49, 1e9));
    }

    #[test]
    fn count_at_its_bound_misses_it() {
        assert!(!Goal::Below(6.0).is_met(0.5, 6.0));
        assert!(Goal::Below(6.0).is_met(0.5, 5.9));
    }

    #[test]
    fn each_kind_of_workload_has_its_goal() {
        assert_eq!(Goal::of("ping-pong 100"), Some(Goal::Ratio(1.5)));
        assert_eq!(Goal::of("ping-pong 5000"), Some(Goal::Ratio(15.0)));
        assert_eq!(Goal::of("data exchange 5 x 1000"), Some(Goal::Ratio(1.0)));
        assert_eq!(Goal::of("system calls 100"), Some(Goal::Below(6.0)));
        assert_eq!(Goal::of("storm"), None);
    }

    #[test]
    fn verdict_names_the_goal() {
        assert_eq!(Goal::Ratio(15.0).verdict(14.0, 0.0), "15.00 MISSED");
        assert_eq!(Goal::Below(6.0).verdict(0.4, 4.7), "below 6 met");
    }
}
