// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the engine has to know of the environment of the process.

use qlocal_core::{Activation, Environment};

use crate::qt;

/// What decides now where private names are.
pub fn environment() -> Environment {
    Environment::new(qt::variable, qt::temp_path())
}

/// What says now which descriptors a service manager has given to the process.
pub fn activation() -> Activation {
    Activation::new(qt::variable)
}
