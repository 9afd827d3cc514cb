// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The QObjects from which `QLocalSocket` and `QLocalServer` derive.
//!
//! Their generated headers are all of the bridges that a user of the classes includes, so they
//! declare nothing but the two classes, which have no function of their own: a class that a user
//! derives from them finds none of ours in its way.

pub(crate) mod server;
pub(crate) mod socket;
