// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The memory of this process, as counted by the kernel, in bytes.

use std::fs;

pub fn resident() -> u64 {
    status_field("VmRSS:")
}

/// The peak since the last reset.
pub fn peak() -> u64 {
    status_field("VmHWM:")
}

pub fn reset_peak() {
    // As proc(5) says.
    fs::write("/proc/self/clear_refs", "5").expect("the peak can be reset");
}

fn status_field(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("there is /proc");
    let line = status.lines().find(|line| line.starts_with(name)).expect("the kernel counts it");
    let kibibytes: u64 =
        line.split_whitespace().nth(1).expect("a figure").parse().expect("a figure");
    kibibytes * 1024
}
