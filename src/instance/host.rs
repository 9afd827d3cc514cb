// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Calls from a primary to its C++ object.

use std::pin::Pin;
use std::sync::Arc;

use qlocal_core::instance::{HandOver, InstanceHost, Reply};

use crate::hooks::ffi::InstanceSink;

use super::replies::Replies;

/// The C++ object as the primary's host.
pub(super) struct SinkHost {
    sink: *mut InstanceSink,
    replies: Arc<Replies>,
}

// SAFETY: a primary calls its host only on its own thread, which is the object's.
unsafe impl Send for SinkHost {}
// SAFETY: as above.
unsafe impl Sync for SinkHost {}

impl SinkHost {
    /// # Safety
    /// The sink must exist as long as the primary that has this host.
    pub unsafe fn new(sink: *mut InstanceSink, replies: Arc<Replies>) -> Self {
        Self { sink, replies }
    }
}

impl InstanceHost for SinkHost {
    fn handed_over(&self, hand_over: HandOver, reply: Reply) {
        let number = self.replies.add(reply);
        // SAFETY: the sink exists, see `new`: a primary that is dropped calls its host no more. It is never
        // moved, since only C++ has it by value.
        let sink = unsafe { Pin::new_unchecked(&mut *self.sink) };
        sink.handed_over(&hand_over.into(), number);
    }
}
