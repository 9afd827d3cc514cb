// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! One quantity of one workload, for all implementations.

use crate::implementation::Implementation;
use crate::program::Measured;
use crate::stats::Samples;
use crate::workload::Workload;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Quantity {
    /// The workload's figure; for latencies the median.
    Value,
    /// For latencies.
    Percentile99,
}

pub struct Row {
    pub workload: Workload,
    pub quantity: Quantity,
    /// The figures of the implementations that have this row.
    pub figures: Vec<(Implementation, Samples)>,
}

impl Row {
    /// One row, or two for a latency workload.
    pub fn of(workload: &Workload, measured: &[(Implementation, Vec<Measured>)]) -> Vec<Row> {
        let row = |quantity| {
            let figure = |run: &Measured| match quantity {
                Quantity::Value => Some(run.value),
                Quantity::Percentile99 => run.p99,
            };
            let figures = measured
                .iter()
                .filter(|(_, runs)| !runs.is_empty())
                .map(|(implementation, runs)| {
                    (*implementation, Samples::new(runs.iter().filter_map(figure).collect()))
                })
                .collect();
            Row { workload: workload.clone(), quantity, figures }
        };
        if workload.is_latency() {
            vec![row(Quantity::Value), row(Quantity::Percentile99)]
        } else {
            vec![row(Quantity::Value)]
        }
    }

    pub fn name(&self) -> String {
        match self.quantity {
            Quantity::Value => self.workload.name.clone(),
            Quantity::Percentile99 => format!("{} p99", self.workload.name),
        }
    }

    pub fn samples(&self, implementation: Implementation) -> Option<&Samples> {
        let figure = self.figures.iter().find(|(other, _)| *other == implementation);
        figure.map(|(_, samples)| samples)
    }

    pub fn median(&self, implementation: Implementation) -> Option<f64> {
        self.samples(implementation).map(Samples::median)
    }

    /// How many times better qlocal is than `other`: above one it is better, whether higher or
    /// lower is better.
    pub fn ratio_to(&self, other: Implementation) -> Option<f64> {
        let (qlocal, other) = (self.median(Implementation::Qlocal)?, self.median(other)?);
        let ratio = if self.workload.is_higher_better() { qlocal / other } else { other / qlocal };
        Some(ratio).filter(|ratio| ratio.is_finite() && *ratio > 0.0)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A row of the workload called `name`.
    pub fn row(name: &str, figures: &[(Implementation, f64)]) -> Row {
        let workload = Workload::all().into_iter().find(|workload| workload.name == name);
        Row {
            workload: workload.unwrap(),
            quantity: Quantity::Value,
            figures: figures
                .iter()
                .map(|(who, value)| (*who, Samples::new(vec![*value])))
                .collect(),
        }
    }

    const STOCK: Implementation = Implementation::Stock;
    const QLOCAL: Implementation = Implementation::Qlocal;

    #[test]
    fn ratio_is_above_one_where_qlocal_wins() {
        let faster = row("ping-pong 10", &[(STOCK, 4.0), (QLOCAL, 10.0)]);
        assert_eq!(faster.ratio_to(STOCK), Some(2.5));
        let lighter = row("weight", &[(STOCK, 3000.0), (QLOCAL, 1000.0)]);
        assert_eq!(lighter.ratio_to(STOCK), Some(3.0));
    }

    #[test]
    fn missing_or_empty_program_has_no_ratio() {
        let row = row("weight", &[(STOCK, 0.0), (QLOCAL, 10.0)]);
        assert_eq!(row.ratio_to(Implementation::Blocking), None);
        assert_eq!(row.ratio_to(STOCK), None);
    }

    #[test]
    fn latency_has_row_per_figure() {
        let workload = Workload::all().into_iter().find(Workload::is_latency).unwrap();
        let run = Measured { value: 5.0, p99: Some(9.0) };
        let rows = Row::of(&workload, &[(QLOCAL, vec![run]), (STOCK, Vec::new())]);
        assert_eq!(rows[0].median(QLOCAL), Some(5.0));
        assert_eq!(rows[1].median(QLOCAL), Some(9.0));
        assert!(rows[1].name().ends_with(" p99"));
        assert!(rows[0].samples(STOCK).is_none());
    }
}
