// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the engine has to know of the environment of the process.

use qlocal_core::{Activation, Environment};

use crate::qt;

/// What decides now where private names are.
pub fn environment() -> Environment {
    // Qt gives no folder where `TMPDIR` is none.
    let temporary = Some(qt::temp_path()).filter(|path| !path.is_empty());
    Environment::new(qt::variable, temporary.unwrap_or_else(|| "/tmp".into()))
}

/// What says now which descriptors a service manager has given to the process.
pub fn activation() -> Activation {
    Activation::new(qt::variable)
}
