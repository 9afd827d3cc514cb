// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names: resolving them, the folder of private names, and generated names.

mod address;
mod environment;
mod generated;

pub use address::{Address, Namespace};
pub use environment::Environment;
pub use generated::random_name;
pub(crate) use generated::{random_number, short_name};
