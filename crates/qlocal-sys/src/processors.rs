// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The processors that a thread may use.

use crate::fault::{self, Call};

/// Whether the calling thread may run on a single processor only, on a machine that may have more.
pub fn is_single() -> bool {
    // It fails where there are more than fit in the result.
    fault::check(Call::GetAffinity)
        .and_then(|()| rustix::thread::sched_getaffinity(None))
        .is_ok_and(|processors| processors.count() == 1)
}
