// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The library under another name, so that cargo keeps both.

extern crate qlocal as _;
