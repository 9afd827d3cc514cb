// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a stream tells its QObject.

use std::pin::Pin;
use std::sync::Arc;

use qlocal_core::log::{self, Topic};
use qlocal_core::{Effect, Host, Mark};

use super::ffi::RustSocket;
use crate::convert;

/// The QObject as the stream's host.
struct SocketHost(*mut RustSocket);

// SAFETY: a stream calls its host only on the thread that the object lives in.
unsafe impl Send for SocketHost {}
// SAFETY: as above; `buffered` only looks at a field of QIODevice, on the object's thread.
unsafe impl Sync for SocketHost {}

impl Host for SocketHost {
    fn carry_out(&self, effect: Effect) {
        // SAFETY: the stream lets go of its host in `detach`, which the final class calls in its
        // destructor; until then the object is there, and it is pinned on the heap by Qt's rules.
        let mut socket = unsafe { Pin::new_unchecked(&mut *self.0) };
        match effect {
            Effect::StateChanged(state) => {
                log::debug(Topic::Socket, format_args!("{:p} is {state:?}", self.0));
                socket.announce_state(state.into());
            }
            Effect::OpenDevice => socket.open_device(),
            Effect::CloseDevice => socket.close_device(),
            Effect::Connected => socket.announce_connected(),
            Effect::Disconnected => socket.announce_disconnected(),
            Effect::ReadyRead => socket.ready_read(),
            Effect::MessageReady => socket.announce_message(),
            Effect::BytesWritten(count) => socket.bytes_written(convert::to_qint64(count)),
            Effect::WaterMark(Mark::High) => socket.announce_high_water(),
            Effect::WaterMark(Mark::Low) => socket.announce_low_water(),
            Effect::ReadChannelFinished => socket.read_channel_finished(),
            Effect::ErrorOccurred(error) => {
                log::warning(Topic::Socket, format_args!("{:p}: {error}", self.0));
                socket.as_mut().change_error_string(&convert::socket_error_string(error));
                socket.announce_error(error.kind().into());
            }
        }
    }

    fn buffered(&self) -> usize {
        // SAFETY: as in `carry_out`.
        let socket = unsafe { &*self.0 };
        usize::try_from(i64::from(socket.device_bytes_available())).unwrap_or(0)
    }
}

impl RustSocket {
    pub(super) fn engine_attach(self: Pin<&mut Self>) {
        let stream = self.stream().clone();
        // SAFETY: the pointer is kept, nothing is moved out of it.
        let object = unsafe { self.get_unchecked_mut() };
        stream.attach(Arc::new(SocketHost(object)));
    }
}
