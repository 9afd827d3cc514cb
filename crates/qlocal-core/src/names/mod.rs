// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names: what they resolve to, where those of one user are, and those that are made.

mod address;
mod environment;
mod generated;

pub use address::{Address, Namespace};
pub use environment::Environment;
pub use generated::random_name;
