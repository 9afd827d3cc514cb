// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Blocking waits in steps, between which C++ blocks.

use std::time::Instant;

use qlocal_core::{Step, Wait};
use qlocal_sys::poller;
use qlocal_sys::Errno;

use crate::convert;
use crate::object::socket::ffi::RustSocket;
use crate::types::ffi::WaitStep;

/// A wait in progress.
pub struct SocketWait(Wait);

pub(super) fn socket_disconnected_wait(socket: &RustSocket, msecs: i32) -> Box<SocketWait> {
    Box::new(SocketWait(socket.stream().disconnected_wait(convert::deadline(msecs))))
}

pub(super) fn socket_ready_read_wait(socket: &RustSocket, msecs: i32) -> Box<SocketWait> {
    Box::new(SocketWait(socket.stream().ready_read_wait(convert::deadline(msecs))))
}

pub(super) fn socket_bytes_written_wait(socket: &RustSocket, msecs: i32) -> Box<SocketWait> {
    Box::new(SocketWait(socket.stream().bytes_written_wait(convert::deadline(msecs))))
}

impl SocketWait {
    pub(super) fn start(&mut self) -> WaitStep {
        let step = self.0.start();
        self.as_ffi(step)
    }

    pub(super) fn resume(&mut self, events: i32) -> WaitStep {
        let outcome = match events {
            0.. => Ok(poller::polled(events as i16)),
            failure => Err(Errno::from_raw_os_error(-failure)),
        };
        let step = match outcome {
            // Interrupted by a signal: it continues for the remaining time.
            Err(Errno::INTR) => Step::Block,
            outcome => self.0.resume(outcome),
        };
        self.as_ffi(step)
    }

    fn as_ffi(&self, step: Step) -> WaitStep {
        match (step, self.0.blocking()) {
            (Step::Block, Some(blocking)) => WaitStep {
                descriptor: blocking.descriptor,
                events: poller::poll_events(blocking.interest),
                nanoseconds: blocking.deadline.map_or(-1, |at| {
                    let left = at.saturating_duration_since(Instant::now());
                    i64::try_from(left.as_nanos()).unwrap_or(i64::MAX)
                }),
                answer: false,
            },
            (step, _) => WaitStep {
                descriptor: -1,
                events: 0,
                nanoseconds: 0,
                answer: step == Step::Done(true),
            },
        }
    }
}
