// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The types of the QML module `QLocal`: Rust objects that derive from the classes of the C++ API.
//!
//! What a socket or server does is decided there and in the engine. These types add what QML
//! expects: properties with notifiers, wanted states, signals with text.

mod connections;
mod local_instance;
mod local_server;
mod local_socket;
#[path = "../../src/panic.rs"]
mod panic;
mod reconnect;
mod text;
