// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The table at the end, and the same as JSON.

use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{json, Value};

use crate::chart;
use crate::goal::{self, Goal};
use crate::options::Options;
use crate::stats::{geometric_mean, Samples};

pub struct Row {
    pub workload: String,
    pub unit: String,
    pub stock: Samples,
    pub qlocal: Samples,
}

impl Row {
    /// Of the medians, qlocal to stock Qt.
    pub fn ratio(&self) -> f64 {
        self.qlocal.median() / self.stock.median()
    }

    fn verdict(&self) -> String {
        let goal = Goal::of(&self.workload);
        goal.map_or(String::new(), |goal| goal.verdict(self.ratio(), self.qlocal.median()))
    }

    fn to_json(&self) -> Value {
        json!({
            "workload": self.workload,
            "unit": self.unit,
            "stock": self.stock.median(),
            "qlocal": self.qlocal.median(),
            "ratio": self.ratio(),
            "stock_runs": self.stock.sorted(),
            "qlocal_runs": self.qlocal.sorted(),
        })
    }
}

pub struct Report {
    pub rows: Vec<Row>,
    form: &'static str,
    dispatcher: &'static str,
    with_goals: bool,
    /// Whether all workloads ran, and not a selection.
    complete: bool,
}

impl Report {
    pub fn new(options: &Options) -> Self {
        Report {
            rows: Vec::new(),
            form: options.form.name(),
            dispatcher: options.dispatcher.name(),
            with_goals: options.goals,
            complete: options.only.is_empty(),
        }
    }

    pub fn to_table(&self) -> String {
        let mut heading = vec!["Workload", "Unit", "Stock Qt", "qlocal", "Ratio", "Spread"];
        if self.with_goals {
            heading.push("Goal");
        }
        let mut lines = vec![heading.into_iter().map(str::to_owned).collect()];
        lines.extend(self.rows.iter().map(|row| self.cells(row)));
        let mut table = align(&lines);
        if let Some(mean) = self.data_exchange_mean() {
            write!(table, "Geometric mean of the data exchanges: {mean:.2}")
                .expect("a String grows");
            if self.with_goals {
                let verdict = Goal::Ratio(goal::DATA_EXCHANGE_MEAN).verdict(mean, mean);
                write!(table, " (goal {verdict})").expect("a String grows");
            }
            table.push('\n');
        }
        table
    }

    fn cells(&self, row: &Row) -> Vec<String> {
        let mut cells = vec![
            row.workload.clone(),
            row.unit.clone(),
            number(row.stock.median()),
            number(row.qlocal.median()),
            format!("{:.2}", row.ratio()),
            format!("{:.0} % / {:.0} %", 100.0 * row.stock.spread(), 100.0 * row.qlocal.spread()),
        ];
        if self.with_goals {
            cells.push(row.verdict());
        }
        cells
    }

    /// Of their ratios; a selection of them has none.
    fn data_exchange_mean(&self) -> Option<f64> {
        let exchanges = self.rows.iter().filter(|row| goal::is_data_exchange(&row.workload));
        let mean = geometric_mean(exchanges.map(Row::ratio));
        mean.filter(|_| self.complete)
    }

    pub fn to_json(&self) -> Value {
        json!({
            "form": self.form,
            "dispatcher": self.dispatcher,
            "data_exchange_mean": self.data_exchange_mean(),
            "rows": self.rows.iter().map(Row::to_json).collect::<Vec<_>>(),
        })
    }

    /// Writes the files that were asked for, and says where they are.
    pub fn write_files(&self, options: &Options) -> Result<(), Box<dyn Error>> {
        if let Some(path) = &options.json {
            let text = format!("{:#}\n", self.to_json());
            fs::write(path, text).map_err(|error| could_not_write(path, &error))?;
            println!("As JSON: {}", path.display());
        }
        if let Some(path) = &options.chart {
            fs::write(path, chart::draw(&self.rows)?)
                .map_err(|error| could_not_write(path, &error))?;
            println!("As a chart: {}", path.display());
        }
        Ok(())
    }
}

fn could_not_write(path: &Path, error: &std::io::Error) -> String {
    format!("Writing {} failed: {error}", path.display())
}

/// Pads every column to its widest cell; the first two are words, figures stand to the right.
fn align(lines: &[Vec<String>]) -> String {
    let mut table = String::new();
    for line in lines {
        let cells = line.iter().enumerate().map(|(column, cell)| {
            let width = lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            if column < 2 {
                format!("{cell:<width$}")
            } else {
                format!("{cell:>width$}")
            }
        });
        table.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        table.push('\n');
    }
    table
}

/// Four digits or more, in groups of three: 1.234, 12.3, 1,234.
pub fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 1000.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(workload: &str, stock: f64, qlocal: f64) -> Row {
        Row {
            workload: workload.to_owned(),
            unit: "MB/s".to_owned(),
            stock: Samples::new(vec![stock]),
            qlocal: Samples::new(vec![qlocal]),
        }
    }

    fn report(with_goals: bool) -> Report {
        Report {
            rows: vec![
                row("ping-pong 10", 1000.0, 1400.0),
                row("data exchange 1 x 100", 1.0, 0.5),
                row("data exchange 5 x 100", 2.0, 16.0),
            ],
            form: "quick",
            dispatcher: "glib",
            with_goals,
            complete: true,
        }
    }

    #[test]
    fn selection_has_no_mean() {
        let mut report = report(true);
        report.complete = false;
        assert!(!report.to_table().contains("mean"));
    }

    #[test]
    fn ratio_is_qlocal_to_stock() {
        assert_eq!(row("ping-pong 10", 4.0, 10.0).ratio(), 2.5);
    }

    #[test]
    fn table_lines_up_and_shows_rows_that_lose() {
        let expected = "\
Workload               Unit  Stock Qt  qlocal  Ratio     Spread
ping-pong 10           MB/s     1,000   1,400   1.40  0 % / 0 %
data exchange 1 x 100  MB/s      1.00    0.50   0.50  0 % / 0 %
data exchange 5 x 100  MB/s      2.00    16.0   8.00  0 % / 0 %
Geometric mean of the data exchanges: 2.00
";
        assert_eq!(report(false).to_table(), expected);
    }

    #[test]
    fn table_says_which_goals_are_missed() {
        let table = report(true).to_table();
        let endings: Vec<_> = table.lines().map(|line| line.rsplit("  ").next().unwrap()).collect();
        assert_eq!(endings[1..4], ["1.50 MISSED", "1.00 MISSED", "1.00 met"]);
        assert!(table.ends_with("2.00 (goal 1.80 met)\n"));
    }

    #[test]
    fn json_has_a_row_for_each_workload() {
        let json = report(false).to_json();
        assert_eq!(json["rows"].as_array().unwrap().len(), 3);
        assert_eq!(json["rows"][0]["workload"], "ping-pong 10");
        assert_eq!(json["rows"][0]["stock"], 1000.0);
        assert_eq!(json["rows"][0]["ratio"], 1.4);
        let mean = json["data_exchange_mean"].as_f64().unwrap();
        assert!((mean - 2.0).abs() < 1e-12);
    }

    #[test]
    fn numbers_are_grouped_and_keep_three_digits() {
        assert_eq!(number(1.234), "1.23");
        assert_eq!(number(123.44), "123.4");
        assert_eq!(number(1234.4), "1,234");
        assert_eq!(number(1_234_567.0), "1,234,567");
    }
}
