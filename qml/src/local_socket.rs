// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The QML type `LocalSocket`.

mod following;
mod receiving;

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::ptr::{self, NonNull};

use cxx_qt::CxxQtType as _;
use cxx_qt_lib::{qint64, QByteArray, QString};

use crate::reconnect::Settings;
use crate::text::Decoder;

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qtypes.h");
        type qint64 = cxx_qt_lib::qint64;
    }

    unsafe extern "C++" {
        include!("qlocal_qml/socketbase.h");
        type LocalSocketBase;
        type Status;

        include!("qlocal_qml/heard.h");
        /// Whether a handler is connected to the signal textReceived.
        #[cxx_name = "hearsText"]
        fn hears_text(socket: &LocalSocket) -> bool;
        #[cxx_name = "hearsBinary"]
        fn hears_binary(socket: &LocalSocket) -> bool;
        #[cxx_name = "hearsJson"]
        fn hears_json(socket: &LocalSocket) -> bool;
        #[cxx_name = "hearsMessage"]
        fn hears_message(socket: &LocalSocket) -> bool;

        include!("qlocal_qml/src/reconnect.cxxqt.h");
        type LocalReconnect = crate::reconnect::ffi::LocalReconnect;
        #[cxx_name = "createGroup"]
        fn create_reconnect(socket: &LocalSocket) -> *mut LocalReconnect;
    }

    /// As in `LocalSocketBase`; cxx-qt declares an enum of a class behind its properties.
    #[repr(i32)]
    #[derive(Debug)]
    enum Status {
        Unconnected,
        Connecting,
        Connected,
        Closing,
        Waiting,
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        /// A local socket.
        #[qobject]
        #[qml_element]
        #[base = LocalSocketBase]
        #[qproperty(QString, server_name, READ = wanted_name, WRITE = set_wanted_name, NOTIFY)]
        #[qproperty(QString, full_server_name, READ = path, NOTIFY = status_changed)]
        #[qproperty(bool, connected, READ = is_connected, NOTIFY = status_changed)]
        #[qproperty(bool, active, READ = is_active, WRITE = set_active, NOTIFY)]
        #[qproperty(*mut LocalReconnect, reconnect, READ = reconnect_group, CONSTANT)]
        #[qproperty(f64, bytes_to_write, READ = unsent, NOTIFY)]
        #[qproperty(f64, bytes_available, READ = unread, NOTIFY)]
        type LocalSocket = super::LocalSocketRust;

        fn wanted_name(self: &LocalSocket) -> QString;
        fn set_wanted_name(self: Pin<&mut LocalSocket>, name: QString);
        fn path(self: &LocalSocket) -> QString;
        fn is_active(self: &LocalSocket) -> bool;
        fn set_active(self: Pin<&mut LocalSocket>, active: bool);
        fn is_connected(self: &LocalSocket) -> bool;
        fn reconnect_group(self: &LocalSocket) -> *mut LocalReconnect;
        fn unsent(self: &LocalSocket) -> f64;
        fn unread(self: &LocalSocket) -> f64;

        /// Makes one attempt to connect to `serverName`, whatever `reconnect` says.
        #[qinvokable]
        fn connect_to_server(self: Pin<&mut LocalSocket>);
        /// Ends the connection once everything written is sent, and any further attempt.
        #[qinvokable]
        fn disconnect_from_server(self: Pin<&mut LocalSocket>);
        /// Like `disconnectFromServer`, and discards what has not been read.
        #[qinvokable]
        #[cxx_override]
        fn close(self: Pin<&mut LocalSocket>);
        /// Ends the connection at once; what is not sent is lost.
        #[qinvokable]
        fn abort(self: Pin<&mut LocalSocket>);
        /// Sends what can be sent at once; returns whether that was anything.
        #[qinvokable]
        fn flush(self: Pin<&mut LocalSocket>) -> bool;
        /// Queues the text as a message, see `framing`; the same as `sendText` with a framing.
        #[qinvokable]
        fn write_message(self: Pin<&mut LocalSocket>, text: &QString) -> bool;
        /// All received text. A partially received character is returned once it is complete.
        #[qinvokable]
        fn read_text(self: Pin<&mut LocalSocket>) -> QString;

        /// Text has arrived: a message, or without framing any part of the stream, which never ends
        /// within a character.
        #[qsignal]
        fn text_received(self: Pin<&mut LocalSocket>, text: &QString);
        /// Bytes have arrived: a message, or without framing any part of the stream.
        #[qsignal]
        fn binary_received(self: Pin<&mut LocalSocket>, data: &QByteArray);
        /// A message has arrived; only with a framing.
        #[qsignal]
        fn message_received(self: Pin<&mut LocalSocket>, message: &QString);
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        #[cxx_override]
        fn component_complete(self: Pin<&mut LocalSocket>);
        #[cxx_override]
        fn state_event(self: Pin<&mut LocalSocket>);
        #[cxx_override]
        #[cxx_name = "followEvent"]
        fn follow(self: Pin<&mut LocalSocket>);
        #[cxx_override]
        fn read_event(self: Pin<&mut LocalSocket>);
        #[cxx_override]
        fn written_event(self: Pin<&mut LocalSocket>);
        #[cxx_override]
        fn apply_reconnect(
            self: Pin<&mut LocalSocket>,
            enabled: bool,
            initial_interval: i32,
            maximum_interval: i32,
            jitter: i32,
            maximum_attempts: i32,
            keeps_unsent: bool,
        );
        #[cxx_override]
        fn send(self: Pin<&mut LocalSocket>, bytes: &QByteArray) -> bool;
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        #[inherit]
        fn full_server_name(self: &LocalSocket) -> QString;
        #[inherit]
        fn server_name(self: &LocalSocket) -> QString;
        #[inherit]
        fn set_server_name(self: Pin<&mut LocalSocket>, name: &QString);
        #[inherit]
        #[cxx_name = "connectToServer"]
        fn begin(self: Pin<&mut LocalSocket>);
        #[inherit]
        #[cxx_name = "disconnectFromServer"]
        fn end(self: Pin<&mut LocalSocket>);
        #[inherit]
        #[cxx_name = "close"]
        fn close_device(self: Pin<&mut LocalSocket>);
        #[inherit]
        #[cxx_name = "abort"]
        fn abort_now(self: Pin<&mut LocalSocket>);
        #[inherit]
        #[cxx_name = "flush"]
        fn flush_now(self: Pin<&mut LocalSocket>) -> bool;
        #[inherit]
        #[cxx_name = "status"]
        fn current_status(self: &LocalSocket) -> Status;
        #[inherit]
        fn follow_later(self: Pin<&mut LocalSocket>);
        #[inherit]
        fn let_go(self: Pin<&mut LocalSocket>);
        #[inherit]
        fn keep(
            self: Pin<&mut LocalSocket>,
            initial_interval: i32,
            maximum_interval: i32,
            jitter: i32,
            maximum_attempts: i32,
            keeps_unsent: bool,
        );
        #[inherit]
        fn is_framed(self: &LocalSocket) -> bool;
        #[inherit]
        #[cxx_name = "bytesToWrite"]
        fn queued(self: &LocalSocket) -> qint64;
        #[inherit]
        #[cxx_name = "bytesAvailable"]
        fn available(self: &LocalSocket) -> qint64;
        #[inherit]
        fn has_message(self: &LocalSocket) -> bool;
        #[inherit]
        fn read_message(self: Pin<&mut LocalSocket>) -> QByteArray;
        #[inherit]
        fn read_all(self: Pin<&mut LocalSocket>) -> QByteArray;
        #[inherit]
        fn queue(self: Pin<&mut LocalSocket>, bytes: &QByteArray) -> bool;
        #[inherit]
        fn receive_json(self: Pin<&mut LocalSocket>, message: &QByteArray) -> bool;
        #[inherit]
        fn receive_descriptors(self: Pin<&mut LocalSocket>);
        #[inherit]
        #[qsignal]
        fn error_changed(self: Pin<&mut LocalSocket>);
        #[inherit]
        #[qsignal]
        fn status_changed(self: Pin<&mut LocalSocket>);
    }
}

use ffi::{LocalReconnect, LocalSocket, Status};

impl Default for Status {
    fn default() -> Self {
        Self::Unconnected
    }
}

/// The wanted state of a socket, and what is known of the current one.
#[derive(Default)]
pub struct LocalSocketRust {
    wanted_name: RefCell<QString>,
    active: Cell<bool>,
    /// The attempt is the only one.
    is_once: Cell<bool>,
    /// Set once all properties have their initial values.
    is_complete: Cell<bool>,
    /// A call is under way that changes the state.
    is_changing: Cell<bool>,
    /// A connection is wanted again once the present one has ended.
    restarts: Cell<bool>,
    /// The name of the server that the socket is or was connected to.
    current_name: RefCell<QString>,
    status: Cell<Status>,
    settings: Cell<Settings>,
    reconnect: Cell<Option<NonNull<LocalReconnect>>>,
    decoder: Decoder,
    /// As announced last.
    unsent: Cell<qint64>,
    unread: Cell<qint64>,
}

impl LocalSocket {
    fn wanted_name(&self) -> QString {
        self.rust().wanted_name.borrow().clone()
    }

    fn path(&self) -> QString {
        self.full_server_name()
    }

    fn is_active(&self) -> bool {
        self.rust().active.get()
    }

    fn is_connected(&self) -> bool {
        self.current_status() == Status::Connected
    }

    fn reconnect_group(&self) -> *mut LocalReconnect {
        let group = &self.rust().reconnect;
        if group.get().is_none() {
            group.set(NonNull::new(ffi::create_reconnect(self)));
        }
        group.get().map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    fn unsent(&self) -> f64 {
        real(self.queued())
    }

    fn unread(&self) -> f64 {
        real(self.available())
    }

    fn flush(self: Pin<&mut Self>) -> bool {
        self.flush_now()
    }

    fn write_message(self: Pin<&mut Self>, text: &QString) -> bool {
        self.send(&QByteArray::from(&String::from(text)))
    }

    fn written_event(self: Pin<&mut Self>) {
        self.note_unsent();
    }

    pub(crate) fn send(mut self: Pin<&mut Self>, bytes: &QByteArray) -> bool {
        let is_queued = self.as_mut().queue(bytes);
        if is_queued {
            self.note_unsent();
        } else {
            self.error_changed();
        }
        is_queued
    }

    fn note_unsent(self: Pin<&mut Self>) {
        let bytes = self.queued();
        if self.rust().unsent.replace(bytes) != bytes {
            self.bytes_to_write_changed();
        }
    }
}

/// A number of bytes for QML, which has no 64-bit integers.
#[allow(clippy::cast_precision_loss, reason = "memory has fewer than 2^53 bytes")]
fn real(bytes: qint64) -> f64 {
    i64::from(bytes) as f64
}
