// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Calls from a stream to its QObject.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use qlocal_core::log::{self, Topic};
use qlocal_core::{Effect, Host, Mark, Reconnect, Reconnecting};

use crate::convert;
use crate::hooks::ffi::SocketHooks;
use crate::object::socket::ffi::RustSocket;

/// The QObject as the stream's host.
struct SocketHost(*mut RustSocket);

// SAFETY: a stream calls its host only on the thread that the object lives in.
unsafe impl Send for SocketHost {}
// SAFETY: as above.
unsafe impl Sync for SocketHost {}

impl Host for SocketHost {
    fn carry_out(&self, effect: Effect) {
        // SAFETY: the stream drops its host in `detach`, which the final class calls in its
        // destructor; until then the object exists, and by Qt's rules stays pinned on the heap.
        let mut socket = unsafe { Pin::new_unchecked(&mut *self.0) };
        match effect {
            Effect::StateChanged(state) => {
                log::debug(Topic::Socket, format_args!("{:p} is {state:?}", self.0));
                SocketHooks::state_changed(socket, state.into());
            }
            Effect::OpenDevice => SocketHooks::open_device(socket),
            Effect::CloseDevice => SocketHooks::close_device(socket),
            Effect::Connected => SocketHooks::connected(socket),
            Effect::Disconnected => SocketHooks::disconnected(socket),
            Effect::ReadyRead => SocketHooks::ready_read(socket),
            Effect::MessageReady => SocketHooks::message_ready(socket),
            Effect::BytesWritten(count) => {
                SocketHooks::bytes_written(socket, convert::number(count));
            }
            Effect::WaterMark(Mark::High) => SocketHooks::high_water_reached(socket),
            Effect::WaterMark(Mark::Low) => SocketHooks::low_water_reached(socket),
            Effect::ReadChannelFinished => SocketHooks::read_channel_finished(socket),
            Effect::ErrorOccurred(error) => {
                log::warning(Topic::Socket, format_args!("{:p}: {error}", self.0));
                let text = convert::socket_error_string(error);
                SocketHooks::change_error_string(socket.as_mut(), &text);
                SocketHooks::error_occurred(socket, error.kind().into());
            }
        }
    }

    fn hears_bytes_written(&self) -> bool {
        // SAFETY: as in `carry_out`. This calls no handler.
        SocketHooks::hears_bytes_written(unsafe { &*self.0 })
    }

    fn unstage(&self, take: &mut dyn FnMut(&[u8])) {
        // SAFETY: as in `carry_out`. This calls no handler.
        let socket = unsafe { Pin::new_unchecked(&mut *self.0) };
        take(SocketHooks::staged(&socket));
        SocketHooks::drop_stage(socket);
    }
}

impl Reconnecting for SocketHost {
    fn reconnecting(&self, attempt: u32, delay: Option<Duration>) {
        // SAFETY: as in `carry_out`: the stream drops this in `detach` too.
        let socket = unsafe { Pin::new_unchecked(&mut *self.0) };
        let attempt = i32::try_from(attempt).unwrap_or(i32::MAX);
        let msecs = delay.map_or(-1, |delay| {
            i64::try_from(delay.as_micros().div_ceil(1000)).unwrap_or(i64::MAX)
        });
        SocketHooks::reconnecting(socket, attempt, msecs);
    }
}

/// Lets the object announce attempts, and keeps its connection.
pub(super) fn keep_connected(socket: Pin<&mut RustSocket>, policy: Reconnect) {
    let stream = socket.stream().clone();
    // SAFETY: nothing is moved out of the pinned object.
    let object = unsafe { socket.get_unchecked_mut() };
    stream.keep_connected(policy, Arc::new(SocketHost(object)));
}

pub(super) fn socket_attach(socket: Pin<&mut RustSocket>) {
    let stream = socket.stream().clone();
    // SAFETY: nothing is moved out of the pinned object.
    let object = unsafe { socket.get_unchecked_mut() };
    stream.attach(Arc::new(SocketHost(object)));
}
