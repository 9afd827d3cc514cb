// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The error of the Rust API.

pub use qlocal_core::Failure as Error;

/// The result of a call that can fail.
pub type Result<T> = std::result::Result<T, Error>;
