// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The report as a page in Markdown, with its charts next to it.

use std::error::Error;
use std::fmt::{self, Write};

use crate::plot::{self, Plot};
use crate::regime::Regime;
use crate::report::Report;
use crate::section::Section;

/// The page, README.md, and its charts: file names and contents.
pub fn files(report: &Report) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let mut text = beginning(report)?;
    let mut files = Vec::new();
    for section in &report.sections {
        let plots = plot::draw_all(&section.rows)?;
        add_section(&mut text, report, section, &plots)?;
        files.extend(plots.into_iter().map(|plot| (file_name(section, &plot), plot.svg)));
    }
    files.push(("README.md".to_owned(), text));
    Ok(files)
}

fn file_name(section: &Section, plot: &Plot) -> String {
    match section.regime {
        Regime::AsIs => format!("{}.svg", plot.name),
        regime => format!("{}-{}.svg", regime.name(), plot.name),
    }
}

fn beginning(report: &Report) -> Result<String, fmt::Error> {
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
    text.push_str(
        "\nWhat waking a thread costs decides what is measured: where it is slow, sleeping and waking up take most of the time;\n\
         where it is quick, processor time counts. It is half of the median round trip of two threads that wake each other\n\
         through eventfds. Processors are kept awake by one thread of the lowest priority (SCHED_IDLE) on each.\n",
    );
    Ok(text)
}

fn add_section(
    text: &mut String,
    report: &Report,
    section: &Section,
    plots: &[Plot],
) -> fmt::Result {
    write!(text, "\n## {}\n\n", section.heading())?;
    for (index, line) in report.cells(section).iter().enumerate() {
        writeln!(text, "| {} |", line.join(" | "))?;
        if index == 0 {
            writeln!(text, "|{}", "---|".repeat(line.len()))?;
        }
    }
    text.push('\n');
    for line in report.means(section) {
        writeln!(text, "- {line}")?;
    }

    text.push_str("\n### Spread\n\nFrom the lowest to the highest run, as a share of the median.\n\n| Workload |");
    for implementation in &report.implementations {
        write!(text, " {} |", implementation.title())?;
    }
    writeln!(text, "\n|{}", "---|".repeat(report.implementations.len() + 1))?;
    for row in &section.rows {
        write!(text, "| {} |", row.name())?;
        for implementation in &report.implementations {
            match row.samples(*implementation) {
                Some(samples) => write!(text, " {:.0} % |", 100.0 * samples.spread())?,
                None => text.push_str(" - |"),
            }
        }
        text.push('\n');
    }

    text.push_str("\n### Charts\n");
    for plot in plots {
        write!(text, "\n![{}]({})\n", plot.title, file_name(section, plot))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::implementation::Implementation::{Qlocal, Stock};
    use crate::options::tests::options;
    use crate::row::tests::row;
    use crate::section::tests::section;

    #[test]
    fn page_has_machine_rows_and_charts() {
        let mut report = Report::new(&options(&[]), "6.4".to_owned());
        for (regime, cost) in [(Regime::AsIs, 25), (Regime::Awake, 3)] {
            let rows = vec![row("storm", &[(Stock, 1.0), (Qlocal, 4.0)])];
            report.sections.push(section(regime, cost, rows));
        }
        let files = files(&report).unwrap();
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["storm.svg", "awake-storm.svg", "README.md"]);
        let text = &files[2].1;
        for part in [
            "| Qt | 6.4 |",
            "| Processor |",
            "## The host as it is: waking a thread takes 25.0 us\n",
            "| storm | connections/s | 1.00 | 4.00 |",
            "| storm | 0 % | 0 % | - |",
            "](storm.svg)",
            "## Processors kept awake: waking a thread takes 3.00 us\n",
            "](awake-storm.svg)",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }
}
