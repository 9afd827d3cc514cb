// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! As in any crate that has bridges; this one has none yet, and would link without.

use cxx_qt_build::CxxQtBuilder;

fn main() {
    CxxQtBuilder::new().build();
}
