// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The machine and software used for the measurement.

use std::fs;
use std::process::Command;
use std::thread;

/// Each with its name; unknown facts are omitted.
pub fn facts(qt_version: String) -> Vec<(&'static str, String)> {
    let facts = [
        ("Qt", Some(qt_version)),
        ("Commit", first_line_of("git", &["describe", "--always", "--dirty"])),
        ("Date", first_line_of("date", &["--iso-8601"])),
        ("Processor", processor()),
        ("System", system()),
        ("Load at the start", read("/proc/loadavg").and_then(|load| words(&load, 3))),
        (
            "C++ compiler",
            first_line_of(&std::env::var("CXX").unwrap_or("c++".to_owned()), &["--version"]),
        ),
        ("Rust compiler", first_line_of("rustc", &["--version"])),
        ("GLib", first_line_of("pkg-config", &["--modversion", "gio-unix-2.0"])),
        ("tokio", locked_version("tokio")),
        ("interprocess", locked_version("interprocess")),
    ];
    facts.into_iter().filter_map(|(name, fact)| Some((name, fact?))).collect()
}

fn processor() -> Option<String> {
    let text = read("/proc/cpuinfo")?;
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "))?.1;
    let cores = thread::available_parallelism().ok()?;
    let is_virtual =
        text.lines().any(|line| line.starts_with("flags") && line.contains(" hypervisor"));
    Some(format!("{model}, {cores} cores{}", if is_virtual { ", virtual machine" } else { "" }))
}

fn system() -> Option<String> {
    let release = read("/etc/os-release")?;
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    let kernel = read("/proc/sys/kernel/osrelease")?;
    Some(format!("{}, Linux {}", name.trim_matches('"'), kernel.trim()))
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn words(text: &str, count: usize) -> Option<String> {
    Some(text.split_whitespace().take(count).collect::<Vec<_>>().join(" "))
}

fn first_line_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(str::to_owned)
}

/// The version of a crate that the peers use.
fn locked_version(package: &str) -> Option<String> {
    let locked = include_str!("../../peers/Cargo.lock");
    let (_, after) = locked.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    after.split_once('"').map(|(version, _)| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_has_processor_and_system() {
        let names: Vec<_> = facts("6.4".to_owned()).into_iter().map(|(name, _)| name).collect();
        for name in ["Processor", "System", "tokio", "interprocess"] {
            assert!(names.contains(&name), "no {name} in {names:?}");
        }
    }

    #[test]
    fn version_of_crate_is_number() {
        assert!(locked_version("tokio").unwrap().starts_with("1."));
        assert_eq!(locked_version("no such crate"), None);
    }
}
