// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The goals of each row.

use crate::implementation::Implementation;
use crate::row::{Quantity, Row};
use crate::section::Section;
use crate::stats::geometric_mean;
use crate::workload::{Kind, Workload};

/// A bound on one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// At least this many times better than this implementation.
    RatioTo(Implementation, f64),
    /// The same, to the best of tokio, interprocess and GLib.
    RatioToBestPeer(f64),
    /// The figure itself is no more than this.
    AtMost(f64),
    /// At most this many times the figure of the same workload without a crowd.
    TimesTheEmptyCrowd(f64),
}

use Goal::{AtMost, RatioTo, RatioToBestPeer, TimesTheEmptyCrowd};
use Implementation::{Blocking, Epoll, NoLingering, Stock};

/// The geometric means over all data exchanges, where threads are slow to wake and where they are quick.
const DATA_EXCHANGE_MEANS: [(Implementation, f64, f64); 2] =
    [(Stock, 4.0, 2.1), (Epoll, 1.8, 0.95)];

/// The geometric mean over all rows, to each peer.
pub const PEER_MEAN: f64 = 1.0;

/// The goals for the means over the data exchanges.
pub fn data_exchange_means(section: &Section) -> [(Implementation, f64); 2] {
    let is_quick = section.is_quick_to_wake();
    DATA_EXCHANGE_MEANS.map(|(other, slow, quick)| (other, if is_quick { quick } else { slow }))
}

impl Goal {
    /// The goals of a workload, if any, where threads are quick to wake or not.
    pub fn of(workload: &Workload, is_quick: bool) -> Vec<Goal> {
        let by_waking = |slow, quick| if is_quick { quick } else { slow };
        let mut goals = match (workload.kind, workload.connections) {
            (Kind::PingPong, 5000) => vec![RatioTo(Stock, 30.0), RatioTo(Epoll, 0.75)],
            (Kind::PingPong, 1000) => vec![RatioTo(Stock, 6.0), RatioTo(Epoll, 0.85)],
            (Kind::PingPong, 10) => {
                vec![RatioTo(Stock, by_waking(2.5, 1.9)), RatioTo(Epoll, by_waking(0.8, 0.75))]
            }
            (Kind::PingPong, _) => {
                vec![RatioTo(Stock, by_waking(1.6, 1.9)), RatioTo(Epoll, by_waking(0.9, 0.85))]
            }
            // Copies, and the kernel's are the same for all.
            (Kind::DataExchange, 5 | 10) if workload.size == 100_000 => vec![RatioTo(Stock, 1.05)],
            (Kind::NativeExchange, _) => vec![RatioTo(Epoll, 0.95)],
            (Kind::DataExchange, _) => vec![RatioTo(Stock, 1.6), RatioTo(Epoll, 0.75)],
            (Kind::OneWaySmall, _) => {
                let (to_stock, to_epoll) = match workload.size {
                    16 => (2.0, 0.5),
                    64 => (2.0, 0.6),
                    _ => (1.3, 0.9),
                };
                vec![RatioTo(Stock, to_stock), RatioTo(Epoll, to_epoll)]
            }
            (Kind::OneWayLarge, _) => vec![RatioTo(Stock, 1.05), RatioTo(Epoll, 1.0)],
            (Kind::IdleCrowd, 9000) => vec![TimesTheEmptyCrowd(1.3), RatioTo(Epoll, 1.0)],
            (Kind::IdleCrowd, _) => vec![RatioTo(Epoll, 1.0)],
            (Kind::Storm, _) => vec![RatioTo(Stock, 1.8), RatioTo(Epoll, 0.75)],
            (Kind::Held, _) => vec![RatioTo(Stock, 60.0), RatioTo(Epoll, 0.65)],
            (Kind::Weight, _) => vec![RatioTo(Stock, 3.0)],
            (Kind::LatencyAlone, _) => {
                vec![RatioTo(Stock, by_waking(1.8, 1.7)), RatioTo(Blocking, 1.0)]
            }
            (Kind::BusyPoll, _) => {
                vec![RatioTo(Stock, by_waking(5.0, 4.0)), RatioTo(Epoll, 0.85)]
            }
            (Kind::SystemCalls, _) => vec![RatioTo(Stock, 2.3), AtMost(4.5)],
            (Kind::SlowReader, _) => Vec::new(),
        };
        if workload.depends_on_waking() && workload.kind != Kind::BusyPoll {
            goals.push(RatioTo(NoLingering, 0.98));
        }
        // Memory that a peer's writer does not use is meaningless.
        if !matches!(workload.kind, Kind::SlowReader | Kind::BusyPoll | Kind::NativeExchange) {
            goals.push(RatioToBestPeer(0.9));
        }
        goals
    }

    /// The row's figure, and whether it meets the goal; nothing if figures are missing.
    pub fn reached(self, row: &Row, rows: &[Row]) -> Option<(f64, bool)> {
        let at_least = |figure: f64, bound: f64| (figure, figure >= bound);
        let at_most = |figure: f64, bound: f64| (figure, figure <= bound);
        let qlocal = row.median(Implementation::Qlocal)?;
        Some(match self {
            RatioTo(other, bound) => at_least(row.ratio_to(other)?, bound),
            RatioToBestPeer(bound) => at_least(ratio_to_best_peer(row)?, bound),
            AtMost(bound) => at_most(qlocal, bound),
            TimesTheEmptyCrowd(bound) => {
                let empty = rows.iter().find(|row| {
                    row.quantity == Quantity::Value
                        && row.workload.kind == Kind::IdleCrowd
                        && row.workload.connections == 0
                })?;
                at_most(qlocal / empty.median(Implementation::Qlocal)?, bound)
            }
        })
    }

    /// As in "Stock Qt 1.50 met".
    pub fn verdict(self, row: &Row, rows: &[Row]) -> Option<String> {
        let (_, is_met) = self.reached(row, rows)?;
        let met = met(is_met);
        Some(match self {
            RatioTo(other, bound) => format!("{} {bound:.2} {met}", other.title()),
            RatioToBestPeer(bound) => format!("peers {bound:.2} {met}"),
            AtMost(bound) => format!("at most {bound} {met}"),
            TimesTheEmptyCrowd(bound) => format!("{bound:.2} of the empty crowd {met}"),
        })
    }
}

/// The verdicts on a row; percentiles other than the median have no goals.
pub fn verdicts(row: &Row, section: &Section) -> String {
    if row.quantity != Quantity::Value {
        return String::new();
    }
    let goals = Goal::of(&row.workload, section.is_quick_to_wake());
    let verdicts: Vec<String> =
        goals.into_iter().filter_map(|goal| goal.verdict(row, &section.rows)).collect();
    verdicts.join(", ")
}

pub fn ratio_to_best_peer(row: &Row) -> Option<f64> {
    Implementation::PEERS.into_iter().filter_map(|peer| row.ratio_to(peer)).reduce(f64::min)
}

/// The geometric mean of the ratios of all data exchanges.
pub fn data_exchange_mean(rows: &[Row], other: Implementation) -> Option<f64> {
    let exchanges = rows.iter().filter(|row| row.workload.kind == Kind::DataExchange);
    geometric_mean(exchanges.filter_map(|row| row.ratio_to(other)))
}

/// The geometric mean of the ratios of all rows that have a goal of that kind.
pub fn peer_mean(rows: &[Row], peer: Implementation) -> Option<f64> {
    let compared = rows.iter().filter(|row| {
        row.quantity == Quantity::Value
            && Goal::of(&row.workload, false).iter().any(|goal| matches!(goal, RatioToBestPeer(_)))
    });
    geometric_mean(compared.filter_map(|row| row.ratio_to(peer)))
}

pub fn met(is_met: bool) -> &'static str {
    if is_met {
        "met"
    } else {
        "MISSED"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regime::Regime;
    use crate::row::tests::row;
    use crate::section::tests::section;
    use Implementation::{Glib, Qlocal, Tokio};

    #[test]
    fn ratio_at_its_goal_meets_it() {
        let rows = [row("one way small 16", &[(Stock, 1.0), (Qlocal, 2.0)])];
        assert_eq!(RatioTo(Stock, 2.0).reached(&rows[0], &rows), Some((2.0, true)));
        assert_eq!(RatioTo(Stock, 2.1).reached(&rows[0], &rows), Some((2.0, false)));
    }

    #[test]
    fn best_peer_is_hardest_to_match() {
        let higher = row("storm", &[(Qlocal, 9.0), (Tokio, 10.0), (Glib, 3.0)]);
        assert_eq!(ratio_to_best_peer(&higher), Some(0.9));
        let lower = row("weight", &[(Qlocal, 10.0), (Tokio, 50.0), (Glib, 8.0)]);
        assert_eq!(ratio_to_best_peer(&lower), Some(0.8));
    }

    #[test]
    fn crowd_is_compared_with_empty_crowd() {
        let rows =
            [row("idle crowd 0", &[(Qlocal, 10.0)]), row("idle crowd 9000", &[(Qlocal, 14.0)])];
        assert_eq!(TimesTheEmptyCrowd(1.3).reached(&rows[1], &rows), Some((1.4, false)));
        assert_eq!(TimesTheEmptyCrowd(1.3).reached(&rows[1], &rows[1..]), None);
    }

    #[test]
    fn verdicts_name_goals_that_can_be_judged() {
        let verdicts = |row| {
            let section = section(Regime::AsIs, 25, vec![row]);
            verdicts(&section.rows[0], &section)
        };
        let row_of_two = row("ping-pong 5000", &[(Stock, 1.0), (Qlocal, 24.0)]);
        assert_eq!(verdicts(row_of_two), "Stock Qt 30.00 MISSED");
        let counted = row("system calls 100", &[(Qlocal, 4.4), (Glib, 5.0)]);
        assert_eq!(verdicts(counted), "at most 4.5 met, peers 0.90 met");
    }

    #[test]
    fn goals_depend_on_cost_of_waking() {
        let rows = || vec![row("ping-pong 10", &[(Stock, 1.0), (Qlocal, 2.0)])];
        let slow = section(Regime::AsIs, 25, rows());
        assert_eq!(verdicts(&slow.rows[0], &slow), "Stock Qt 2.50 MISSED");
        let quick = section(Regime::AsIs, 4, rows());
        assert_eq!(verdicts(&quick.rows[0], &quick), "Stock Qt 1.90 met");
        assert_eq!(data_exchange_means(&quick)[0], (Stock, 2.1));
    }

    #[test]
    fn means_are_geometric() {
        let rows = [
            row("data exchange 1 x 100", &[(Stock, 2.0), (Tokio, 1.0), (Qlocal, 1.0)]),
            row("data exchange 5 x 100", &[(Stock, 2.0), (Tokio, 1.0), (Qlocal, 16.0)]),
            row("storm", &[(Stock, 1.0), (Tokio, 1.0), (Qlocal, 4.0)]),
        ];
        assert!((data_exchange_mean(&rows, Stock).unwrap() - 2.0).abs() < 1e-12);
        assert!((peer_mean(&rows, Tokio).unwrap() - 4.0).abs() < 1e-12);
    }
}
