// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `QLocalSocket` calls: a QIODevice whose data and state come from a
//! [`Stream`](qlocal_core::Stream).
//!
//! Calls are free functions: the [object](crate::object) has none of its own.

mod chunks;
mod device;
mod host;
mod messages;
mod passing;
mod peer;
mod reconnect;
mod waiting;

use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};
use std::pin::Pin;
use std::time::Duration;

use cxx_qt_lib::QString;
use qlocal_core::{Adoptable, Error, ErrorKind, Operation, State};

use crate::hooks::ffi::SocketHooks;
use crate::limits::{set_socket_limit, socket_limit};
use crate::object::socket::ffi::RustSocket;
use crate::types::ffi::{ErrorParts, Place, SocketError, SocketState};
use crate::{accepted, convert, reactor};
use chunks::*;
use device::*;
use host::socket_attach;
use messages::*;
use passing::*;
use peer::*;
use waiting::*;

#[cxx::bridge(namespace = "_QLocal")]
mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qtypes.h");
        type qint64 = cxx_qt_lib::qint64;
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
    }

    unsafe extern "C++" {
        include!("qlocal/socket_hooks.h");
        #[cxx_name = "_RustSocket"]
        type RustSocket = crate::object::socket::ffi::RustSocket;
        #[cxx_name = "_Gauges"]
        type Gauges;

        include!("qlocal/src/types.cxx.h");
        type ErrorParts = crate::types::ffi::ErrorParts;
        type PeerIdentity = crate::types::ffi::PeerIdentity;
        type Place = crate::types::ffi::Place;
        type SocketError = crate::types::ffi::SocketError;
        type SocketState = crate::types::ffi::SocketState;
        type WaitStep = crate::types::ffi::WaitStep;

        include!("qlocal/src/enums.cxx.h");
        type SocketLimit = crate::enums::ffi::SocketLimit;
    }

    extern "Rust" {
        /// The default read limit of a native socket.
        #[cxx_name = "defaultReadLimit"]
        fn default_read_limit() -> i64;

        /// Makes the object the host of its connection. Called in the constructor of the final
        /// class.
        #[cxx_name = "attach"]
        fn socket_attach(socket: Pin<&mut RustSocket>);

        /// Connects to the server of this name, which is looked up in this place. A name in
        /// [`Place::Files`] that is not a path is a file in `folder`.
        #[cxx_name = "connectToServer"]
        fn socket_connect(
            socket: Pin<&mut RustSocket>,
            name: &QString,
            place: Place,
            folder: &QString,
            mode: i32,
            msecs: i32,
        );

        /// Takes ownership of a descriptor; -1 only sets the state.
        #[cxx_name = "setSocketDescriptor"]
        fn socket_adopt(
            socket: Pin<&mut RustSocket>,
            descriptor: i32,
            state: SocketState,
            mode: i32,
        ) -> bool;

        #[cxx_name = "disconnectFromServer"]
        fn socket_disconnect(socket: &RustSocket);

        #[cxx_name = "close"]
        fn socket_close(socket: &RustSocket);

        #[cxx_name = "abort"]
        fn socket_abort(socket: &RustSocket);

        /// Ends the connection; no handler is called after this has returned. Called in the
        /// destructor of the final class, while the object is still complete.
        #[cxx_name = "detach"]
        fn socket_detach(socket: &RustSocket);

        #[cxx_name = "socketDescriptor"]
        fn socket_descriptor(socket: &RustSocket) -> i32;

        /// Sets the server that accepted the descriptor just taken over.
        #[cxx_name = "setAcceptedBy"]
        fn socket_set_accepted_by(socket: &RustSocket, server: &QString);

        #[cxx_name = "setServerName"]
        fn socket_set_name(socket: &RustSocket, name: &QString) -> bool;

        #[cxx_name = "serverName"]
        fn socket_name(socket: &RustSocket) -> QString;

        #[cxx_name = "fullServerName"]
        fn socket_full_name(socket: &RustSocket) -> QString;

        #[cxx_name = "state"]
        fn socket_state(socket: &RustSocket) -> SocketState;

        #[cxx_name = "error"]
        fn socket_error(socket: &RustSocket) -> SocketError;

        #[cxx_name = "lastError"]
        fn socket_last_error(socket: &RustSocket) -> ErrorParts;

        #[cxx_name = "isValid"]
        fn socket_is_usable(socket: &RustSocket) -> bool;

        #[cxx_name = "flush"]
        fn socket_flush(socket: &RustSocket) -> bool;

        #[cxx_name = "setReadBufferSize"]
        fn socket_set_read_limit(socket: &RustSocket, limit: qint64);

        #[cxx_name = "limit"]
        fn socket_limit(socket: &RustSocket, limit: SocketLimit) -> i64;

        #[cxx_name = "setLimit"]
        fn set_socket_limit(socket: &RustSocket, limit: SocketLimit, value: i64);

        /// Queues bytes, with a descriptor that is sent with the first of them, and returns how
        /// many were accepted. Takes ownership of the descriptor only if that is above 0.
        #[cxx_name = "writeWithDescriptor"]
        fn socket_write_with_descriptor(socket: &RustSocket, data: &[u8], descriptor: i32) -> i64;

        /// The next received descriptor, owned by the caller, or -1.
        #[cxx_name = "takeDescriptor"]
        fn socket_take_descriptor(socket: &RustSocket) -> i32;

        /// Queues a whole message or nothing; nothing if the device is not open for writing.
        #[cxx_name = "writeMessage"]
        fn socket_write_message(
            socket: Pin<&mut RustSocket>,
            message: &[u8],
            is_writable: bool,
        ) -> bool;

        /// Queues all bytes or nothing; nothing if the device is not open for writing.
        #[cxx_name = "writeAll"]
        fn socket_write_all(socket: Pin<&mut RustSocket>, data: &[u8], is_writable: bool) -> bool;

        /// The message that was read last is not valid for the user.
        #[cxx_name = "rejectMessage"]
        fn socket_reject_message(socket: Pin<&mut RustSocket>);

        #[cxx_name = "hasMessage"]
        fn socket_has_message(socket: &RustSocket) -> bool;

        /// The next message; null if there is none.
        #[cxx_name = "readMessage"]
        fn socket_read_message(socket: &RustSocket) -> QByteArray;

        /// The total number of received bytes.
        #[cxx_name = "bytesReceived"]
        fn socket_received(socket: &RustSocket) -> u64;

        /// The total number of bytes that the kernel has accepted.
        #[cxx_name = "bytesSent"]
        fn socket_sent(socket: &RustSocket) -> u64;

        #[cxx_name = "peerCredentials"]
        fn peer_of(socket: &RustSocket) -> PeerIdentity;

        /// A descriptor of the peer process, owned by the caller, or -1.
        #[cxx_name = "peerProcess"]
        fn peer_process_of(socket: &RustSocket) -> i32;

        #[cxx_name = "waitForConnected"]
        fn socket_wait_connected(socket: &RustSocket, msecs: i32) -> bool;

        /// A wait in progress. Between its steps C++ blocks, with no Rust function on the stack:
        /// there the thread may be cancelled.
        type SocketWait;

        #[cxx_name = "disconnectedWait"]
        fn socket_disconnected_wait(socket: &RustSocket, msecs: i32) -> Box<SocketWait>;

        #[cxx_name = "readyReadWait"]
        fn socket_ready_read_wait(socket: &RustSocket, msecs: i32) -> Box<SocketWait>;

        #[cxx_name = "bytesWrittenWait"]
        fn socket_bytes_written_wait(socket: &RustSocket, msecs: i32) -> Box<SocketWait>;

        /// The first step.
        fn start(self: &mut SocketWait) -> WaitStep;

        /// The next step, after poll(2) has returned these events, or has failed with this negative
        /// number.
        fn resume(self: &mut SocketWait, events: i32) -> WaitStep;

        /// What the engine has to say without a call, for as long as the object exists.
        #[cxx_name = "gauges"]
        fn socket_gauges(socket: &RustSocket) -> *const Gauges;

        #[cxx_name = "canReadLine"]
        fn socket_has_line(socket: &RustSocket) -> bool;

        #[cxx_name = "readData"]
        unsafe fn socket_read(socket: &RustSocket, data: *mut c_char, size: qint64) -> qint64;

        #[cxx_name = "readLineData"]
        unsafe fn socket_read_line(socket: &RustSocket, data: *mut c_char, size: qint64) -> qint64;

        #[cxx_name = "skipData"]
        fn socket_skip(socket: &RustSocket, size: qint64) -> qint64;

        #[cxx_name = "writeData"]
        unsafe fn socket_write(socket: &RustSocket, data: *const c_char, size: qint64) -> qint64;

        /// As `writeData`, and keeps the array instead of copying it if all of it is queued.
        #[cxx_name = "writeShared"]
        fn socket_write_shared(socket: &RustSocket, data: &QByteArray) -> i64;

        /// As `writeData`, and takes the memory if all of it is queued.
        #[cxx_name = "writeOwned"]
        fn socket_write_owned(socket: &RustSocket, data: &mut Vec<u8>) -> i64;

        /// Everything that was received.
        #[cxx_name = "readChunk"]
        fn socket_read_chunk(socket: &RustSocket) -> Vec<u8>;

        #[cxx_name = "copyOf"]
        fn copy_of(data: &[u8]) -> Vec<u8>;

        /// Keeps the memory for the next bytes that this thread receives.
        fn recycle(memory: Vec<u8>);

        /// The object is about to move to another thread; called on the old one.
        #[cxx_name = "leaveThread"]
        fn socket_leave_thread(socket: &RustSocket);

        /// The object has moved; called on the new thread.
        #[cxx_name = "joinThread"]
        fn socket_join_thread(socket: &RustSocket);
    }
}

fn socket_connect(
    mut socket: Pin<&mut RustSocket>,
    name: &QString,
    place: Place,
    folder: &QString,
    mode: i32,
    msecs: i32,
) {
    let stream = socket.stream().clone();
    if stream.state() == State::Unconnected {
        SocketHooks::change_error_string(socket.as_mut(), &QString::default());
        SocketHooks::set_wanted_mode(socket.as_mut(), mode);
        stream.set_readable(SocketHooks::is_wanted_readable(&socket));
    }
    let timeout = u64::try_from(msecs).ok().map(Duration::from_millis);
    let place = convert::place(name, place);
    let address = convert::address(name, place, folder);
    if address.is_err() {
        stream.intend(convert::intended_address(name, place, folder));
    }
    stream.connect(address, reactor::current(), timeout);
}

fn socket_adopt(
    mut socket: Pin<&mut RustSocket>,
    descriptor: i32,
    state: SocketState,
    mode: i32,
) -> bool {
    let is_vouched_for = accepted::is_vouched_for(descriptor);
    let stream = socket.stream().clone();
    if descriptor >= 0 && stream.raw_descriptor() == Some(descriptor) {
        // It is this socket's own: taking it over would close it.
        return false;
    }
    SocketHooks::set_wanted_mode(socket.as_mut(), mode);
    stream.set_readable(SocketHooks::is_wanted_readable(&socket));
    let owned = if descriptor < 0 {
        Err(Error::new(ErrorKind::InvalidState, Operation::Adopt))
    } else {
        // SAFETY: the descriptor is only queried. An invalid number is not a socket.
        let given = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let adoptable = match is_vouched_for {
            true => Ok(Adoptable::ACCEPTED),
            false => Adoptable::check(given),
        };
        // SAFETY: the caller transfers ownership, as QLocalSocket::setSocketDescriptor() documents.
        adoptable.map(|known| (unsafe { OwnedFd::from_raw_fd(descriptor) }, known))
    };
    let is_adopted = owned.is_ok();
    stream.adopt_known(owned, convert::state(state), reactor::current());
    SocketHooks::open_device(socket);
    is_adopted
}

fn socket_disconnect(socket: &RustSocket) {
    socket.stream().clone().disconnect();
}

fn socket_close(socket: &RustSocket) {
    socket.stream().clone().close();
}

fn socket_abort(socket: &RustSocket) {
    socket.stream().clone().abort();
}

fn socket_detach(socket: &RustSocket) {
    socket.stream().clone().detach();
}

fn socket_descriptor(socket: &RustSocket) -> i32 {
    socket.stream().raw_descriptor().unwrap_or(-1)
}

fn socket_set_accepted_by(socket: &RustSocket, server: &QString) {
    socket.stream().set_accepted_by(&server.to_string());
}

fn socket_set_name(socket: &RustSocket, name: &QString) -> bool {
    socket.stream().set_name(&convert::name(name))
}

fn socket_name(socket: &RustSocket) -> QString {
    QString::from(socket.stream().name())
}

fn socket_full_name(socket: &RustSocket) -> QString {
    convert::full_name(&socket.stream().address())
}

fn socket_state(socket: &RustSocket) -> SocketState {
    socket.stream().state().into()
}

fn socket_error(socket: &RustSocket) -> SocketError {
    socket.stream().last_error().map_or(SocketError::Unknown, ErrorKind::into)
}

fn socket_last_error(socket: &RustSocket) -> ErrorParts {
    convert::describe(socket.stream().failure())
}

fn socket_is_usable(socket: &RustSocket) -> bool {
    socket.stream().is_usable()
}

/// The stream stays at its address as long as the object holds it. `_Gauges` has the same fields.
fn socket_gauges(socket: &RustSocket) -> *const ffi::Gauges {
    std::ptr::from_ref(socket.stream().gauges()).cast()
}

fn socket_flush(socket: &RustSocket) -> bool {
    socket.stream().clone().flush()
}

fn socket_wait_connected(socket: &RustSocket, msecs: i32) -> bool {
    socket.stream().clone().wait_for_connected(convert::deadline(msecs))
}

fn socket_leave_thread(socket: &RustSocket) {
    socket.stream().leave_thread();
}

fn socket_join_thread(socket: &RustSocket) {
    socket.stream().clone().join_thread(reactor::current());
}
