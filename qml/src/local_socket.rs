// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The QML type `LocalSocket`.

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
        #[qproperty(qint64, bytes_to_write, READ = unsent, NOTIFY)]
        #[qproperty(qint64, bytes_available, READ = unread, NOTIFY)]
        type LocalSocket = super::LocalSocketRust;

        fn wanted_name(self: &LocalSocket) -> QString;
        fn set_wanted_name(self: Pin<&mut LocalSocket>, name: QString);
        fn path(self: &LocalSocket) -> QString;
        fn is_active(self: &LocalSocket) -> bool;
        fn set_active(self: Pin<&mut LocalSocket>, active: bool);
        fn is_connected(self: &LocalSocket) -> bool;
        fn reconnect_group(self: &LocalSocket) -> *mut LocalReconnect;
        fn unsent(self: &LocalSocket) -> qint64;
        fn unread(self: &LocalSocket) -> qint64;

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

    fn set_wanted_name(mut self: Pin<&mut Self>, name: QString) {
        if *self.rust().wanted_name.borrow() != name {
            self.rust().wanted_name.replace(name);
            self.as_mut().server_name_changed();
            self.follow();
        }
    }

    fn path(&self) -> QString {
        self.full_server_name()
    }

    fn is_active(&self) -> bool {
        self.rust().active.get()
    }

    fn set_active(mut self: Pin<&mut Self>, active: bool) {
        let was_once = self.rust().is_once.replace(false);
        self.as_mut().note_active(active);
        if was_once && active && !self.is_idle() {
            self.as_mut().apply_policy();
        }
        self.follow();
    }

    fn note_active(self: Pin<&mut Self>, active: bool) {
        if self.rust().active.replace(active) != active {
            self.active_changed();
        }
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

    fn unsent(&self) -> qint64 {
        self.queued()
    }

    fn unread(&self) -> qint64 {
        self.available()
    }

    fn connect_to_server(mut self: Pin<&mut Self>) {
        match self.current_status() {
            Status::Connecting | Status::Connected => return,
            Status::Waiting => self.as_mut().let_go(),
            _ => {}
        }
        self.rust().is_once.set(true);
        self.rust().is_complete.set(true);
        self.as_mut().note_active(true);
        self.follow();
    }

    fn disconnect_from_server(mut self: Pin<&mut Self>) {
        self.as_mut().note_active(false);
        self.follow();
    }

    fn close(mut self: Pin<&mut Self>) {
        // The base class calls it, too, when a connection has ended.
        if matches!(self.current_status(), Status::Connecting | Status::Connected) {
            self.as_mut().note_active(false);
        }
        self.as_mut().close_device();
        self.settle();
    }

    fn abort(mut self: Pin<&mut Self>) {
        self.as_mut().note_active(false);
        self.as_mut().abort_now();
        self.settle();
    }

    fn flush(self: Pin<&mut Self>) -> bool {
        self.flush_now()
    }

    fn write_message(self: Pin<&mut Self>, text: &QString) -> bool {
        self.send(&QByteArray::from(&String::from(text)))
    }

    fn read_text(mut self: Pin<&mut Self>) -> QString {
        let bytes = self.as_mut().read_all();
        let text = self.decoded(&bytes);
        self.note_unread();
        text
    }

    fn component_complete(self: Pin<&mut Self>) {
        // A connection that exists already is a server's.
        if !self.rust().is_complete.replace(true) {
            self.follow();
        }
    }

    fn state_event(mut self: Pin<&mut Self>) {
        self.as_mut().settle();
        self.as_mut().note_unsent();
        self.note_unread();
    }

    fn read_event(mut self: Pin<&mut Self>) {
        self.as_mut().receive_descriptors();
        if self.is_framed() {
            self.receive_messages();
        } else {
            self.receive_bytes();
        }
    }

    fn written_event(self: Pin<&mut Self>) {
        self.note_unsent();
    }

    fn apply_reconnect(
        mut self: Pin<&mut Self>,
        enabled: bool,
        initial_interval: i32,
        maximum_interval: i32,
        jitter: i32,
        maximum_attempts: i32,
        keeps_unsent: bool,
    ) {
        self.rust().settings.set(Settings {
            enabled,
            initial_interval,
            maximum_interval,
            jitter,
            maximum_attempts,
            keeps_unsent,
        });
        if self.is_active() && !self.rust().is_once.get() {
            self.as_mut().apply_policy();
            self.settle();
        }
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

    fn apply_policy(self: Pin<&mut Self>) {
        let settings = self.rust().settings.get();
        if self.rust().is_once.get() || !settings.enabled {
            self.let_go();
        } else {
            self.keep(
                settings.initial_interval,
                settings.maximum_interval,
                settings.jitter,
                settings.maximum_attempts,
                settings.keeps_unsent,
            );
        }
    }

    /// Whether it is connected to nothing, and no attempt will be made.
    fn is_idle(&self) -> bool {
        self.current_status() == Status::Unconnected
    }

    /// Whether the connection, if there is one, is to another server than the wanted one.
    fn is_elsewhere(&self) -> bool {
        *self.rust().current_name.borrow() != *self.rust().wanted_name.borrow()
    }

    /// Does what `active` and `serverName` ask for. Handlers that are called meanwhile may change them.
    fn follow(mut self: Pin<&mut Self>) {
        if !self.rust().is_complete.get() || self.rust().is_changing.replace(true) {
            return;
        }
        let mut has_tried = false;
        loop {
            let wants = self.is_active() && !self.rust().wanted_name.borrow().is_empty();
            self.rust().restarts.set(wants && self.current_status() == Status::Closing);
            match self.current_status() {
                Status::Closing => break,
                Status::Unconnected if wants && !has_tried => {
                    has_tried = true;
                    self.as_mut().start();
                }
                Status::Unconnected => break,
                _ if !wants || self.is_elsewhere() => self.as_mut().end(),
                _ => break,
            }
        }
        self.rust().is_changing.set(false);
        self.settle();
    }

    fn start(mut self: Pin<&mut Self>) {
        let name = self.wanted_name();
        self.as_mut().set_server_name(&name);
        self.rust().current_name.replace(name);
        self.as_mut().apply_policy();
        self.begin();
    }

    /// Notes what has become of the connection.
    fn settle(mut self: Pin<&mut Self>) {
        if self.rust().is_changing.get() {
            return self.announce();
        }
        let wants = self.is_active() && !self.rust().wanted_name.borrow().is_empty();
        if self.is_idle() && wants && self.rust().is_complete.get() {
            if self.is_elsewhere() || self.rust().restarts.get() {
                // In another turn: each attempt may fail at once, and its handlers ask for the next one.
                self.as_mut().follow_later();
            } else {
                self.as_mut().give_up();
            }
        } else if matches!(self.current_status(), Status::Connecting | Status::Connected) {
            // C++ has connected it, or a server.
            self.as_mut().adopt();
        }
        self.announce();
    }

    /// Notes that the connection is not wanted any more; handlers may want it again.
    fn give_up(mut self: Pin<&mut Self>) {
        self.rust().is_changing.set(true);
        self.as_mut().note_active(false);
        self.rust().is_changing.set(false);
        if self.is_active() {
            self.follow_later();
        }
    }

    fn adopt(mut self: Pin<&mut Self>) {
        if self.rust().wanted_name.borrow().is_empty() {
            let name = self.server_name();
            self.rust().current_name.replace(name.clone());
            self.rust().wanted_name.replace(name);
            self.as_mut().server_name_changed();
        }
        if !self.is_active() {
            let rust = self.rust();
            rust.current_name.replace(rust.wanted_name.borrow().clone());
            rust.is_once.set(true);
            rust.is_complete.set(true);
            self.note_active(true);
        }
    }

    fn announce(mut self: Pin<&mut Self>) {
        let status = self.current_status();
        if self.rust().status.replace(status) != status {
            let is_connected = status == Status::Connected;
            if is_connected {
                self.rust().decoder.reset();
            }
            self.as_mut().status_changed();
            if is_connected {
                // The error of an earlier attempt is no longer there.
                self.error_changed();
            }
        }
    }

    fn receive_bytes(mut self: Pin<&mut Self>) {
        let (hears_text, hears_binary) = (ffi::hears_text(&self), ffi::hears_binary(&self));
        if hears_text || hears_binary {
            let bytes = self.as_mut().read_all();
            if hears_text {
                let text = self.decoded(&bytes);
                // It is if there is only the start of a character.
                if !text.is_empty() {
                    self.as_mut().text_received(&text);
                }
            }
            // Last, since its handlers may change the bytes.
            if hears_binary && !bytes.is_empty() {
                self.as_mut().binary_received(&bytes);
            }
        }
        self.note_unread();
    }

    fn receive_messages(mut self: Pin<&mut Self>) {
        let was_connected = self.is_connected();
        // Those that are left when a handler ends the connection are not announced.
        while self.is_heard() && self.has_message() && self.is_connected() == was_connected {
            let message = self.as_mut().read_message();
            if ffi::hears_text(&self) || ffi::hears_message(&self) {
                let text = QString::from(&*String::from_utf8_lossy(message.as_ref()));
                self.as_mut().text_received(&text);
                self.as_mut().message_received(&text);
            }
            if ffi::hears_json(&self) {
                self.as_mut().receive_json(&message);
            }
            // Last, since its handlers may change the bytes.
            if ffi::hears_binary(&self) {
                self.as_mut().binary_received(&message);
            }
        }
        self.note_unread();
    }

    fn note_unsent(self: Pin<&mut Self>) {
        let bytes = self.queued();
        if self.rust().unsent.replace(bytes) != bytes {
            self.bytes_to_write_changed();
        }
    }

    fn note_unread(self: Pin<&mut Self>) {
        let bytes = self.available();
        if self.rust().unread.replace(bytes) != bytes {
            self.bytes_available_changed();
        }
    }

    fn is_heard(&self) -> bool {
        ffi::hears_text(self)
            || ffi::hears_binary(self)
            || ffi::hears_json(self)
            || ffi::hears_message(self)
    }

    fn decoded(&self, bytes: &QByteArray) -> QString {
        QString::from(&*self.rust().decoder.decode(bytes.as_ref()))
    }
}
