// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The limits of sockets and servers.

/// The default maximum of received, unread bytes: 64 MiB. A peer that sends more has to wait, so it
/// can't fill the memory of a program that doesn't read.
///
/// A program that waits for a larger message to be complete before it reads has to set a higher
/// limit.
pub const DEFAULT_READ_LIMIT: usize = 64 << 20;
