// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The report as a page in Markdown, with its charts next to it.

use std::error::Error;
use std::fmt::Write;

use crate::plot::{self, Plot};
use crate::report::Report;

/// The page, README.md, and its charts: file names and contents.
pub fn files(report: &Report) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let plots = plot::draw_all(&report.rows)?;
    let page = ("README.md".to_owned(), text(report, &plots)?);
    let charts = plots.into_iter().map(|plot| (format!("{}.svg", plot.name), plot.svg));
    Ok(charts.chain([page]).collect())
}

fn text(report: &Report, plots: &[Plot]) -> Result<String, std::fmt::Error> {
    let mut text = format!(
        "# Benchmarks\n\n\
         Written by `script/bench`, {} form, Qt's {} dispatcher. The programs ran alternately; the figures are\n\
         medians. A ratio above one means that qlocal is better, whether higher or lower is better. The spread is that of\n\
         stock Qt and qlocal, from the lowest to the highest run.\n\n\
         | | |\n|---|---|\n",
        report.form, report.dispatcher
    );
    for (name, fact) in &report.machine {
        writeln!(text, "| {name} | {fact} |")?;
    }

    text.push_str("\n## All rows\n\n");
    for (index, line) in report.cells().iter().enumerate() {
        writeln!(text, "| {} |", line.join(" | "))?;
        if index == 0 {
            writeln!(text, "|{}", "---|".repeat(line.len()))?;
        }
    }
    text.push('\n');
    for line in report.means() {
        writeln!(text, "- {line}")?;
    }

    text.push_str("\n## Spread\n\nFrom the lowest to the highest run, as a share of the median.\n\n| Workload |");
    for implementation in report.implementations {
        write!(text, " {} |", implementation.title())?;
    }
    writeln!(text, "\n|{}", "---|".repeat(report.implementations.len() + 1))?;
    for row in &report.rows {
        write!(text, "| {} |", row.name())?;
        for implementation in report.implementations {
            match row.samples(*implementation) {
                Some(samples) => write!(text, " {:.0} % |", 100.0 * samples.spread())?,
                None => text.push_str(" - |"),
            }
        }
        text.push('\n');
    }

    text.push_str("\n## Charts\n");
    for plot in plots {
        write!(text, "\n![{}]({}.svg)\n", plot.title, plot.name)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::implementation::Implementation::{Qlocal, Stock};
    use crate::options::tests::options;
    use crate::row::tests::row;

    #[test]
    fn page_has_machine_rows_and_charts() {
        let mut report = Report::new(&options(&[]), "6.4".to_owned());
        report.rows.push(row("storm", &[(Stock, 1.0), (Qlocal, 4.0)]));
        let plots = plot::draw_all(&report.rows).unwrap();
        let text = text(&report, &plots).unwrap();
        for part in [
            "| Qt | 6.4 |",
            "| Processor |",
            "| storm | connections/s | 1.00 | 4.00 |",
            "](storm.svg)",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        assert!(text.contains("| storm | 0 % | 0 % | - |"));
    }
}
