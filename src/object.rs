// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The QObjects from which `QLocalSocket` and `QLocalServer` derive.
//!
//! Of the bridges, users of the classes include only these generated headers, so they declare
//! nothing but the two classes, which have no functions: no internal name conflicts with a user's
//! subclass.

pub(crate) mod server;
pub(crate) mod socket;
