// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The files that a run writes.

use std::error::Error;
use std::fs;
use std::path::Path;

use crate::chart;
use crate::options::Options;
use crate::page;
use crate::report::Report;

/// Writes the requested files, and prints their paths.
pub fn write(report: &Report, options: &Options) -> Result<(), Box<dyn Error>> {
    if let Some(path) = &options.json {
        write_file(path, &format!("{:#}\n", report.to_json()))?;
        println!("As JSON: {}", path.display());
    }
    if let Some(path) = &options.chart {
        write_file(path, &chart::draw(&report.sections)?)?;
        println!("As a chart: {}", path.display());
    }
    if let Some(folder) = &options.report {
        fs::create_dir_all(folder)
            .map_err(|error| format!("Making {}: {error}", folder.display()))?;
        for (name, text) in page::files(report)? {
            write_file(&folder.join(name), &text)?;
        }
        println!("As a page with charts: {}", folder.join("README.md").display());
    }
    Ok(())
}

fn write_file(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("Writing {} failed: {error}", path.display()))
}
