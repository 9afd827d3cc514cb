// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The socket as a QObject: a QIODevice whose data and state come from a [`Stream`].
//!
//! `QLocalSocket` derives from it and adds the names and types of Qt.

mod device;
mod host;
mod limits;
mod messages;
mod passing;

use std::os::fd::{BorrowedFd, FromRawFd, OwnedFd};
use std::pin::Pin;
use std::time::Duration;

use cxx_qt::CxxQtType;
use cxx_qt_lib::QString;
use qlocal_core::{Error, ErrorKind, State, Stream};

use crate::{convert, reactor};
use ffi::{ErrorParts, Place, RustSocket, SocketError, SocketState};
use limits::default_read_limit;

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qtypes.h");
        type qint64 = cxx_qt_lib::qint64;
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
    }

    #[repr(u32)]
    enum SocketState {
        Unconnected = 0,
        Connecting = 2,
        Connected = 3,
        Closing = 6,
    }

    #[repr(i32)]
    enum SocketError {
        ConnectionRefused = 0,
        PeerClosed = 1,
        NotFound = 2,
        Access = 3,
        Resource = 4,
        Timeout = 5,
        Connection = 7,
        AddressInUse = 8,
        Unsupported = 10,
        Operation = 19,
        Unknown = -1,
    }

    /// What bounds the bytes that are written and not sent; 0 is no bound.
    struct QueueLimits {
        most: i64,
        /// A write beyond that ends the connection; otherwise what fits is taken.
        disconnects: bool,
        high: i64,
        low: i64,
    }

    #[repr(u32)]
    enum Place {
        Files,
        Abstract,
        Private,
    }

    /// How messages are told apart.
    #[repr(u32)]
    enum FramingKind {
        None,
        LengthPrefixed,
        Lines,
    }

    /// The kinds of the engine's errors.
    #[repr(u32)]
    enum ErrorKind {
        None,
        InvalidName,
        NameTooLong,
        NotFound,
        ConnectionRefused,
        AccessDenied,
        AddressInUse,
        ResourceExhausted,
        TimedOut,
        LimitExceeded,
        PeerClosed,
        NotConnected,
        InvalidState,
        InvalidMessage,
        Unsupported,
        NotActivated,
        Other,
    }

    unsafe extern "C++" {
        include!("qlocal/socket_base.h");
        type SocketBase;
        type SocketState;
        type SocketError;
        type Place;
        type FramingKind;

        include!("qlocal/error_parts.h");
        type ErrorKind;
        type ErrorParts;
        #[cxx_name = "setCause"]
        fn set_cause(
            self: Pin<&mut ErrorParts>,
            kind: ErrorKind,
            operation: &str,
            number: i32,
            number_name: &str,
        );
        #[cxx_name = "setWords"]
        fn set_words(self: Pin<&mut ErrorParts>, path: &QString, hint: &str, text: &str);
    }

    extern "Rust" {
        /// How much a native socket receives before it is read.
        #[cxx_name = "defaultReadLimit"]
        fn default_read_limit() -> i64;
    }

    // What the drop-in class calls.
    unsafe extern "RustQt" {
        #[qobject]
        #[base = SocketBase]
        type RustSocket = super::RustSocketRust;

        /// Makes the object the host of its connection. The final class calls it in its constructor.
        #[cxx_name = "engineAttach"]
        fn engine_attach(self: Pin<&mut Self>);

        /// Connects to the server of this name, which is looked up in this place. A name in
        /// [`Place::Files`] that is no path is a file in `folder`.
        #[cxx_name = "engineConnect"]
        fn engine_connect(
            self: Pin<&mut Self>,
            name: &QString,
            place: Place,
            folder: &QString,
            mode: i32,
            msecs: i32,
        );

        /// Takes over a descriptor, which it owns from then on; -1 only sets the state.
        #[cxx_name = "engineAdopt"]
        fn engine_adopt(
            self: Pin<&mut Self>,
            descriptor: i32,
            state: SocketState,
            mode: i32,
        ) -> bool;

        #[cxx_name = "engineDisconnect"]
        fn engine_disconnect(self: Pin<&mut Self>);

        #[cxx_name = "engineClose"]
        fn engine_close(self: Pin<&mut Self>);

        #[cxx_name = "engineAbort"]
        fn engine_abort(self: Pin<&mut Self>);

        /// Ends the connection; no handler is called once this has returned. The final class calls
        /// it in its destructor, while it still is what it is.
        #[cxx_name = "engineDetach"]
        fn engine_detach(&self);

        #[cxx_name = "engineDescriptor"]
        fn engine_descriptor(&self) -> i32;

        /// Says by which server the descriptor was accepted that has just been taken over.
        #[cxx_name = "engineSetAcceptedBy"]
        fn engine_set_accepted_by(&self, server: &QString);

        #[cxx_name = "engineSetName"]
        fn engine_set_name(&self, name: &QString) -> bool;

        #[cxx_name = "engineName"]
        fn engine_name(&self) -> QString;

        #[cxx_name = "engineFullName"]
        fn engine_full_name(&self) -> QString;

        #[cxx_name = "engineState"]
        fn engine_state(&self) -> SocketState;

        #[cxx_name = "engineError"]
        fn engine_error(&self) -> SocketError;

        /// Writes down the last error with all that is known of it, if there was one.
        #[cxx_name = "engineDescribeError"]
        fn engine_describe_error(&self, parts: Pin<&mut ErrorParts>);

        #[cxx_name = "engineIsUsable"]
        fn engine_is_usable(&self) -> bool;

        #[cxx_name = "engineFlush"]
        fn engine_flush(&self) -> bool;

        #[cxx_name = "engineSetReadLimit"]
        fn engine_set_read_limit(&self, limit: qint64);

        #[cxx_name = "engineQueueLimits"]
        fn engine_queue_limits(&self) -> QueueLimits;

        #[cxx_name = "engineSetQueueLimits"]
        fn engine_set_queue_limits(&self, limits: QueueLimits);

        /// Queues bytes, with a descriptor that goes with the first of them. It is given away only if
        /// the answer, how many were taken, is above 0.
        #[cxx_name = "engineWriteWithDescriptor"]
        fn engine_write_with_descriptor(&self, data: &[u8], descriptor: i32) -> i64;

        /// The next descriptor that has arrived, which the caller owns, or -1.
        #[cxx_name = "engineTakeDescriptor"]
        fn engine_take_descriptor(&self) -> i32;

        #[cxx_name = "engineDescriptorLimit"]
        fn engine_descriptor_limit(&self) -> i32;

        #[cxx_name = "engineSetDescriptorLimit"]
        fn engine_set_descriptor_limit(&self, most: i32);

        #[cxx_name = "engineFraming"]
        fn engine_framing(&self) -> FramingKind;

        /// Tells messages apart from the first byte on that was not read; `ahead` are those that
        /// QIODevice has read ahead.
        #[cxx_name = "engineSetFraming"]
        fn engine_set_framing(&self, framing: FramingKind, ahead: &[u8]);

        #[cxx_name = "engineMessageLimit"]
        fn engine_message_limit(&self) -> i64;

        #[cxx_name = "engineSetMessageLimit"]
        fn engine_set_message_limit(&self, most: i64);

        /// Queues all of a message or nothing; nothing if the device is not open for writing.
        #[cxx_name = "engineWriteMessage"]
        fn engine_write_message(self: Pin<&mut Self>, message: &[u8], is_writable: bool) -> bool;

        #[cxx_name = "engineHasMessage"]
        fn engine_has_message(&self) -> bool;

        /// The next message; null when there is none.
        #[cxx_name = "engineReadMessage"]
        fn engine_read_message(&self) -> QByteArray;

        /// How many bytes have ever arrived.
        #[cxx_name = "engineReceived"]
        fn engine_received(&self) -> u64;

        /// How many bytes the kernel has ever taken.
        #[cxx_name = "engineSent"]
        fn engine_sent(&self) -> u64;

        #[cxx_name = "engineWaitConnected"]
        fn engine_wait_connected(&self, msecs: i32) -> bool;

        #[cxx_name = "engineWaitDisconnected"]
        fn engine_wait_disconnected(&self, msecs: i32) -> bool;
    }

    // What its virtual functions call. They are not overridden here: a function of Rust does not
    // throw, and then no override of it in a user's class could do without `noexcept`.
    unsafe extern "RustQt" {
        #[cxx_name = "engineBytesAvailable"]
        fn engine_bytes_available(self: &RustSocket) -> qint64;

        #[cxx_name = "engineBytesToWrite"]
        fn engine_bytes_to_write(self: &RustSocket) -> qint64;

        #[cxx_name = "engineHasLine"]
        fn engine_has_line(self: &RustSocket) -> bool;

        #[cxx_name = "engineWaitReadyRead"]
        fn engine_wait_ready_read(self: &RustSocket, msecs: i32) -> bool;

        #[cxx_name = "engineWaitBytesWritten"]
        fn engine_wait_bytes_written(self: &RustSocket, msecs: i32) -> bool;

        #[cxx_name = "engineRead"]
        unsafe fn engine_read(self: &RustSocket, data: *mut c_char, size: qint64) -> qint64;

        #[cxx_name = "engineReadLine"]
        unsafe fn engine_read_line(self: &RustSocket, data: *mut c_char, size: qint64) -> qint64;

        #[cxx_name = "engineSkip"]
        fn engine_skip(self: &RustSocket, size: qint64) -> qint64;

        #[cxx_name = "engineWrite"]
        unsafe fn engine_write(self: &RustSocket, data: *const c_char, size: qint64) -> qint64;

        #[cxx_override]
        #[cxx_name = "leaveThread"]
        fn leave_thread(self: Pin<&mut RustSocket>);

        #[cxx_override]
        #[cxx_name = "joinThread"]
        fn join_thread(self: Pin<&mut RustSocket>);
    }

    // What QIODevice and its hand-written heir offer.
    unsafe extern "RustQt" {
        #[inherit]
        #[qsignal]
        #[cxx_name = "readyRead"]
        fn ready_read(self: Pin<&mut RustSocket>);

        #[inherit]
        #[qsignal]
        #[cxx_name = "bytesWritten"]
        fn bytes_written(self: Pin<&mut RustSocket>, bytes: qint64);

        #[inherit]
        #[qsignal]
        #[cxx_name = "readChannelFinished"]
        fn read_channel_finished(self: Pin<&mut RustSocket>);

        #[inherit]
        #[cxx_name = "setWantedMode"]
        fn set_wanted_mode(self: Pin<&mut RustSocket>, mode: i32);

        #[inherit]
        #[cxx_name = "isWantedReadable"]
        fn is_wanted_readable(self: &RustSocket) -> bool;

        #[inherit]
        #[cxx_name = "openDevice"]
        fn open_device(self: Pin<&mut RustSocket>);

        #[inherit]
        #[cxx_name = "closeDevice"]
        fn close_device(self: Pin<&mut RustSocket>);

        #[inherit]
        #[cxx_name = "changeErrorString"]
        fn change_error_string(self: Pin<&mut RustSocket>, text: &QString);

        #[inherit]
        #[cxx_name = "deviceBytesAvailable"]
        fn device_bytes_available(self: &RustSocket) -> qint64;

        #[inherit]
        #[cxx_name = "announceState"]
        fn announce_state(self: Pin<&mut RustSocket>, state: SocketState);

        #[inherit]
        #[cxx_name = "announceError"]
        fn announce_error(self: Pin<&mut RustSocket>, error: SocketError);

        #[inherit]
        #[cxx_name = "announceConnected"]
        fn announce_connected(self: Pin<&mut RustSocket>);

        #[inherit]
        #[cxx_name = "announceDisconnected"]
        fn announce_disconnected(self: Pin<&mut RustSocket>);

        #[inherit]
        #[cxx_name = "announceMessage"]
        fn announce_message(self: Pin<&mut RustSocket>);

        #[inherit]
        #[cxx_name = "announceHighWater"]
        fn announce_high_water(self: Pin<&mut RustSocket>);

        #[inherit]
        #[cxx_name = "announceLowWater"]
        fn announce_low_water(self: Pin<&mut RustSocket>);
    }
}

/// One handle to the engine, and nothing else: `moveToThread` in a handler leaves copies of it on
/// the stack of the old thread.
#[derive(Default)]
pub struct RustSocketRust {
    stream: Stream,
}

impl RustSocket {
    pub(crate) fn stream(&self) -> &Stream {
        &self.rust().stream
    }

    fn engine_connect(
        mut self: Pin<&mut Self>,
        name: &QString,
        place: Place,
        folder: &QString,
        mode: i32,
        msecs: i32,
    ) {
        let stream = self.stream().clone();
        if stream.state() == State::Unconnected {
            self.as_mut().change_error_string(&QString::default());
            self.as_mut().set_wanted_mode(mode);
            stream.set_readable(self.is_wanted_readable());
        }
        let timeout = u64::try_from(msecs).ok().map(Duration::from_millis);
        let place = convert::place(name, place);
        let address = convert::address(name, place, folder);
        if address.is_err() {
            stream.intend(convert::intended_address(name, place, folder));
        }
        stream.connect(address, reactor::current(), timeout);
    }

    fn engine_adopt(
        mut self: Pin<&mut Self>,
        descriptor: i32,
        state: SocketState,
        mode: i32,
    ) -> bool {
        let stream = self.stream().clone();
        self.as_mut().set_wanted_mode(mode);
        stream.set_readable(self.is_wanted_readable());
        let owned = if descriptor < 0 {
            Err(Error::new(ErrorKind::InvalidState, "adopt"))
        } else {
            // SAFETY: it is only asked what it is. A number that is no descriptor is no socket.
            let adoptable = Stream::check_adoptable(unsafe { BorrowedFd::borrow_raw(descriptor) });
            // SAFETY: the caller gives the descriptor away, as
            // QLocalSocket::setSocketDescriptor() says.
            adoptable.map(|()| unsafe { OwnedFd::from_raw_fd(descriptor) })
        };
        let is_adopted = owned.is_ok();
        stream.adopt(owned, convert::state(state), reactor::current());
        self.open_device();
        is_adopted
    }

    fn engine_disconnect(self: Pin<&mut Self>) {
        self.stream().clone().disconnect();
    }

    fn engine_close(self: Pin<&mut Self>) {
        self.stream().clone().close();
    }

    fn engine_abort(self: Pin<&mut Self>) {
        self.stream().clone().abort();
    }

    fn engine_detach(&self) {
        self.stream().clone().detach();
    }

    fn engine_descriptor(&self) -> i32 {
        self.stream().raw_descriptor().unwrap_or(-1)
    }

    fn engine_set_accepted_by(&self, server: &QString) {
        self.stream().set_accepted_by(&server.to_string());
    }

    fn engine_set_name(&self, name: &QString) -> bool {
        self.stream().set_name(&convert::name(name))
    }

    fn engine_name(&self) -> QString {
        QString::from(self.stream().name())
    }

    fn engine_full_name(&self) -> QString {
        convert::full_name(&self.stream().address())
    }

    fn engine_state(&self) -> SocketState {
        self.stream().state().into()
    }

    fn engine_error(&self) -> SocketError {
        self.stream().last_error().map_or(SocketError::Unknown, ErrorKind::into)
    }

    fn engine_describe_error(&self, parts: Pin<&mut ErrorParts>) {
        if let Some(failure) = self.stream().failure() {
            convert::describe(&failure, parts);
        }
    }

    fn engine_is_usable(&self) -> bool {
        self.stream().is_usable()
    }

    fn engine_flush(&self) -> bool {
        self.stream().clone().flush()
    }

    fn engine_wait_connected(&self, msecs: i32) -> bool {
        self.stream().clone().wait_for_connected(convert::deadline(msecs))
    }

    fn engine_wait_disconnected(&self, msecs: i32) -> bool {
        self.stream().clone().wait_for_disconnected(convert::deadline(msecs))
    }

    fn engine_wait_ready_read(&self, msecs: i32) -> bool {
        self.stream().clone().wait_for_ready_read(convert::deadline(msecs))
    }

    fn engine_wait_bytes_written(&self, msecs: i32) -> bool {
        self.stream().clone().wait_for_bytes_written(convert::deadline(msecs))
    }

    fn leave_thread(self: Pin<&mut Self>) {
        self.stream().leave_thread();
    }

    fn join_thread(self: Pin<&mut Self>) {
        self.stream().clone().join_thread(reactor::current());
    }
}
