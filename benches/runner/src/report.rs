// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The final table, and the same as JSON.

use serde_json::{json, Value};

use crate::goal;
use crate::implementation::Implementation;
use crate::machine;
use crate::options::Options;
use crate::row::Row;
use crate::section::Section;
use crate::stats::{number, Samples};

pub struct Report {
    /// One for each regime.
    pub sections: Vec<Section>,
    pub form: &'static str,
    pub dispatcher: &'static str,
    /// The machine and software used, and the load at the start.
    pub machine: Vec<(&'static str, String)>,
    pub implementations: Vec<Implementation>,
    /// Whether all workloads ran, rather than a selection.
    is_complete: bool,
    is_main_job: bool,
}

impl Report {
    pub fn new(options: &Options, qt_version: String) -> Self {
        Report {
            sections: Vec::new(),
            form: options.form.name(),
            dispatcher: options.dispatcher.name(),
            machine: machine::facts(qt_version),
            implementations: options.implementations(),
            is_complete: options.only.is_empty(),
            is_main_job: options.main_job,
        }
    }

    /// The tables for a terminal, with the lines around them.
    pub fn to_table(&self) -> String {
        let tables: Vec<String> =
            self.sections.iter().map(|section| self.table_of(section)).collect();
        tables.join("\n")
    }

    fn table_of(&self, section: &Section) -> String {
        let mut table = format!("{}\n{}", section.heading(), align(&self.cells(section)));
        for line in self.means(section) {
            table.push_str(&line);
            table.push('\n');
        }
        table
    }

    /// The table of a section, its heading first.
    pub fn cells(&self, section: &Section) -> Vec<Vec<String>> {
        let mut heading = vec!["Workload", "Unit"];
        heading.extend(self.implementations.iter().map(|implementation| implementation.title()));
        if self.is_main_job {
            heading.push("Ratio");
        } else {
            heading.extend(["To stock", "To epoll", "To best peer"]);
        }
        heading.push("Spread");
        if !self.is_main_job {
            heading.push("Goal");
        }
        let mut lines = vec![heading.into_iter().map(str::to_owned).collect()];
        lines.extend(section.rows.iter().map(|row| self.line(row, section)));
        lines
    }

    fn line(&self, row: &Row, section: &Section) -> Vec<String> {
        let dash = || "-".to_owned();
        let ratio = |ratio: Option<f64>| ratio.map_or_else(dash, |ratio| format!("{ratio:.2}"));
        let mut line = vec![row.name(), row.workload.unit().to_owned()];
        for implementation in &self.implementations {
            let nothing = if *implementation == Implementation::Qlocal { "missing" } else { "-" };
            line.push(row.median(*implementation).map_or_else(|| nothing.to_owned(), number));
        }
        line.push(ratio(row.ratio_to(Implementation::Stock)));
        if !self.is_main_job {
            line.push(ratio(row.ratio_to(Implementation::Epoll)));
            line.push(ratio(goal::ratio_to_best_peer(row)));
        }
        let spread = |implementation| {
            let samples = row.samples(implementation);
            samples.map_or_else(dash, |samples| format!("{:.0} %", 100.0 * samples.spread()))
        };
        line.push(Implementation::OF_QT.map(spread).join(" / "));
        if !self.is_main_job {
            line.push(goal::verdicts(row, section));
        }
        line
    }

    /// The means over all rows; none for a selection.
    pub fn means(&self, section: &Section) -> Vec<String> {
        if !self.is_complete {
            return Vec::new();
        }
        if self.is_main_job {
            let mean = goal::data_exchange_mean(&section.rows, Implementation::Stock);
            let line = |mean| format!("Geometric mean of the data exchanges: {mean:.2}");
            return mean.map(line).into_iter().collect();
        }
        let line = |what: &str, other: Implementation, mean: f64, bound: f64| {
            let met = goal::met(mean >= bound);
            format!(
                "Geometric mean of {what} to {}: {mean:.2} (goal {bound:.2} {met})",
                other.title()
            )
        };
        let exchanges =
            goal::data_exchange_means(section).into_iter().filter_map(|(other, bound)| {
                let mean = goal::data_exchange_mean(&section.rows, other)?;
                Some(line("the data exchanges", other, mean, bound))
            });
        let peers = Implementation::PEERS.into_iter().filter_map(|peer| {
            let mean = goal::peer_mean(&section.rows, peer)?;
            Some(line("all rows", peer, mean, goal::PEER_MEAN))
        });
        exchanges.chain(peers).collect()
    }

    pub fn to_json(&self) -> Value {
        json!({
            "form": self.form,
            "dispatcher": self.dispatcher,
            "regimes": self.sections.iter().map(|section| self.section_to_json(section)).collect::<Vec<_>>(),
        })
    }

    fn section_to_json(&self, section: &Section) -> Value {
        let mean = goal::data_exchange_mean(&section.rows, Implementation::Stock);
        let rows: Vec<Value> = if self.is_main_job {
            section.rows.iter().map(comparison).collect()
        } else {
            section.rows.iter().flat_map(figures).collect()
        };
        json!({
            "regime": section.regime.name(),
            "wake_up": section.microseconds(),
            "data_exchange_mean": mean.filter(|_| self.is_complete),
            "rows": rows,
        })
    }
}

/// One object for each implementation that has the row.
fn figures(row: &Row) -> Vec<Value> {
    let better = if row.workload.is_higher_better() { "higher" } else { "lower" };
    let figure = |(implementation, samples): &(Implementation, Samples)| {
        json!({
            "workload": row.name(),
            "implementation": implementation.name(),
            "value": samples.median(),
            "unit": row.workload.unit(),
            "better": better,
            "spread": samples.spread(),
            "runs": samples.sorted(),
        })
    };
    row.figures.iter().map(figure).collect()
}

/// One object for the two implementations of the main job.
fn comparison(row: &Row) -> Value {
    let runs = |implementation| row.samples(implementation).map(Samples::sorted);
    json!({
        "workload": row.name(),
        "unit": row.workload.unit(),
        "stock": row.median(Implementation::Stock),
        "qlocal": row.median(Implementation::Qlocal),
        "ratio": row.ratio_to(Implementation::Stock),
        "stock_runs": runs(Implementation::Stock),
        "qlocal_runs": runs(Implementation::Qlocal),
    })
}

/// Pads every column to its widest cell; aligns words left, figures right.
fn align(lines: &[Vec<String>]) -> String {
    let mut table = String::new();
    let words = |column: usize| column < 2 || lines[0][column] == "Goal";
    for line in lines {
        let cells = line.iter().enumerate().map(|(column, cell)| {
            let width = lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
            if words(column) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::regime::Regime;
    use crate::row::tests::row;
    use crate::section::tests::section;
    use Implementation::{Epoll, Qlocal, Stock, Tokio};

    fn report(is_main_job: bool) -> Report {
        let with_peers = |name, stock, qlocal| {
            row(name, &[(Stock, stock), (Qlocal, qlocal), (Epoll, 10.0), (Tokio, 2.0)])
        };
        let rows = vec![
            row("ping-pong 10", &[(Stock, 1000.0), (Qlocal, 1400.0)]),
            with_peers("data exchange 1 x 100", 1.0, 0.5),
            with_peers("data exchange 5 x 100", 2.0, 16.0),
        ];
        Report {
            sections: vec![section(Regime::AsIs, 25, rows)],
            form: "quick",
            dispatcher: "glib",
            machine: Vec::new(),
            implementations: if is_main_job {
                Implementation::OF_QT.to_vec()
            } else {
                Implementation::ALL.to_vec()
            },
            is_complete: true,
            is_main_job,
        }
    }

    #[test]
    fn selection_has_no_mean() {
        let mut report = report(false);
        report.is_complete = false;
        assert!(report.means(&report.sections[0]).is_empty());
    }

    #[test]
    fn main_job_table_marks_losses() {
        let expected = "\
The host as it is: waking a thread takes 25.0 us
Workload               Unit           Stock Qt  qlocal  Ratio     Spread
ping-pong 10           round trips/s     1,000   1,400   1.40  0 % / 0 %
data exchange 1 x 100  MB/s               1.00    0.50   0.50  0 % / 0 %
data exchange 5 x 100  MB/s               2.00    16.0   8.00  0 % / 0 %
Geometric mean of the data exchanges: 2.00
";
        assert_eq!(report(true).to_table(), expected);
    }

    #[test]
    fn each_regime_has_table() {
        let mut report = report(true);
        report.sections.push(section(Regime::Awake, 3, Vec::new()));
        let table = report.to_table();
        let (first, second) = table.split_once("\n\n").unwrap();
        assert!(first.starts_with("The host as it is: waking a thread takes 25.0 us\nWorkload"));
        assert!(
            second.starts_with("Processors kept awake: waking a thread takes 3.00 us\nWorkload")
        );
    }

    #[test]
    fn table_lists_missing_and_missed() {
        let report = report(false);
        let cells = report.cells(&report.sections[0]);
        assert_eq!(cells[0].len(), cells[1].len());
        assert_eq!(cells[1][4..10], ["-"; 6]);
        assert_eq!(cells[1].last().unwrap(), "Stock Qt 2.50 MISSED");
        let verdicts = "Stock Qt 1.60 met, plain epoll 0.75 met, peers 0.90 met";
        assert_eq!(cells[3].last().unwrap(), verdicts);
    }

    #[test]
    fn means_are_judged() {
        let report = report(false);
        let means = report.means(&report.sections[0]);
        assert_eq!(
            means[0],
            "Geometric mean of the data exchanges to Stock Qt: 2.00 (goal 4.00 MISSED)"
        );
        assert!(means.iter().any(|line| line.contains("all rows to tokio: 1.41 (goal 1.00 met)")));
    }

    #[test]
    fn json_has_object_for_each_figure() {
        let json = report(false).to_json();
        assert_eq!(json["regimes"][0]["regime"], "as-is");
        assert_eq!(json["regimes"][0]["wake_up"], 25.0);
        let rows = json["regimes"][0]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 2 + 4 + 4);
        assert_eq!(rows[1]["workload"], "ping-pong 10");
        assert_eq!(rows[1]["implementation"], "qlocal");
        assert_eq!(rows[1]["value"], 1400.0);
        assert_eq!(rows[1]["unit"], "round trips/s");
        assert_eq!(rows[1]["better"], "higher");
        assert_eq!(rows[1]["spread"], 0.0);
    }

    #[test]
    fn main_job_json_has_object_per_workload() {
        let json = &report(true).to_json()["regimes"][0];
        assert_eq!(json["rows"].as_array().unwrap().len(), 3);
        assert_eq!(json["rows"][0]["stock"], 1000.0);
        assert_eq!(json["rows"][0]["ratio"], 1.4);
        assert!((json["data_exchange_mean"].as_f64().unwrap() - 2.0).abs() < 1e-12);
    }
}
