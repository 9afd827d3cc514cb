// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The environment of the process, for the engine.

use qlocal_core::{Activation, Environment};

use crate::qt;

/// The current environment variables that determine the folder of private names.
pub fn environment() -> Environment {
    // Qt returns no folder if `TMPDIR` is not one.
    let temporary = Some(qt::temp_path()).filter(|path| !path.is_empty());
    Environment::new(qt::variable, temporary.unwrap_or_else(|| "/tmp".into()))
}

/// The current environment variables that describe the descriptors passed by a service manager.
pub fn activation() -> Activation {
    Activation::new(qt::variable)
}
