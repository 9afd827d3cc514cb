// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The QML type `LocalServer`.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::ptr::{self, NonNull};

use cxx_qt::CxxQtType as _;
use cxx_qt_lib::{QByteArray, QString};

/// How often the traffic of the connections is announced, in milliseconds.
const REFRESH_INTERVAL: i32 = 250;

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!(<QtCore/QTimerEvent>);
        type QTimerEvent;
    }

    unsafe extern "C++" {
        include!("qlocal_qml/serverbase.h");
        type LocalServerBase;
        type LocalSocket = crate::local_socket::ffi::LocalSocket;

        include!("qlocal_qml/src/connections.cxxqt.h");
        type LocalConnections = crate::connections::ffi::LocalConnections;
        include!("qlocal_qml/connection.h");
        #[cxx_name = "createModel"]
        fn create_connections(server: &LocalServer) -> *mut LocalConnections;
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        /// A local server.
        #[qobject]
        #[qml_element]
        #[base = LocalServerBase]
        #[qproperty(QString, name, READ = wanted_name, WRITE = set_wanted_name, NOTIFY)]
        #[qproperty(bool, active, READ = is_active, WRITE = set_active, NOTIFY)]
        #[qproperty(bool, listening, READ = is_open, NOTIFY)]
        #[qproperty(QString, full_name, READ = path, NOTIFY = listening_changed)]
        #[qproperty(QString, server_name, READ = bound_name, NOTIFY = listening_changed)]
        #[qproperty(QString, full_server_name, READ = path, NOTIFY = listening_changed)]
        #[qproperty(*mut LocalConnections, connections, READ = model, CONSTANT)]
        type LocalServer = super::LocalServerRust;

        fn wanted_name(self: &LocalServer) -> QString;
        fn set_wanted_name(self: Pin<&mut LocalServer>, name: QString);
        fn is_active(self: &LocalServer) -> bool;
        fn set_active(self: Pin<&mut LocalServer>, active: bool);
        fn is_open(self: &LocalServer) -> bool;
        fn path(self: &LocalServer) -> QString;
        fn bound_name(self: &LocalServer) -> QString;
        fn model(self: &LocalServer) -> *mut LocalConnections;

        /// Listens on a name in the user's private folder, or on a path, which starts with a slash.
        /// Returns false on failure; error has the reason.
        #[qinvokable]
        fn listen(self: Pin<&mut LocalServer>, name: &QString) -> bool;
        /// Listens on an unguessable private name: pass fullName to the client.
        #[qinvokable]
        fn listen_on_random_name(self: Pin<&mut LocalServer>) -> bool;
        /// Listens on the first descriptor received by socket activation.
        #[qinvokable]
        fn listen_activated(self: Pin<&mut LocalServer>) -> bool;
        /// Listens on the descriptor with this name.
        #[qinvokable]
        #[cxx_name = "listenActivated"]
        fn listen_activated_as(self: Pin<&mut LocalServer>, name: &QString) -> bool;
        /// Stops listening. Connections stay.
        #[qinvokable]
        fn close(self: Pin<&mut LocalServer>);

        /// The socket is connected. It belongs to the server, and is deleted once it is
        /// disconnected and its handlers have returned.
        #[qsignal]
        unsafe fn new_connection(self: Pin<&mut LocalServer>, socket: *mut LocalSocket);
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        #[cxx_override]
        fn class_begin(self: Pin<&mut LocalServer>);
        #[cxx_override]
        fn component_complete(self: Pin<&mut LocalServer>);
        #[cxx_override]
        unsafe fn add_event(self: Pin<&mut LocalServer>, socket: *mut LocalSocket);
        #[cxx_override]
        unsafe fn connection_event(self: Pin<&mut LocalServer>, socket: *mut LocalSocket);
        #[cxx_override]
        fn traffic_event(self: Pin<&mut LocalServer>);
        #[cxx_override]
        fn handed_over_event(self: Pin<&mut LocalServer>);
        #[cxx_override]
        fn follow_event(self: Pin<&mut LocalServer>);
        #[cxx_override]
        fn send_all(self: Pin<&mut LocalServer>, bytes: &QByteArray) -> i32;
        #[cxx_override]
        fn are_all_framed(self: &LocalServer) -> bool;
        #[cxx_override]
        unsafe fn timer_event(self: Pin<&mut LocalServer>, event: *mut QTimerEvent);
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        #[inherit]
        fn is_listening(self: &LocalServer) -> bool;
        #[inherit]
        fn server_name(self: &LocalServer) -> QString;
        #[inherit]
        fn full_server_name(self: &LocalServer) -> QString;
        #[inherit]
        #[cxx_name = "listen"]
        fn begin(self: Pin<&mut LocalServer>, name: &QString) -> bool;
        #[inherit]
        #[cxx_name = "listenOnRandomName"]
        fn begin_on_random_name(self: Pin<&mut LocalServer>) -> bool;
        #[inherit]
        #[cxx_name = "listenActivated"]
        fn begin_activated(self: Pin<&mut LocalServer>, name: &QString) -> bool;
        #[inherit]
        #[cxx_name = "close"]
        fn end(self: Pin<&mut LocalServer>);
        #[inherit]
        fn may_frame(self: &LocalServer) -> bool;
        #[inherit]
        fn follow_later(self: Pin<&mut LocalServer>);
        #[inherit]
        fn are_counters_watched(self: &LocalServer) -> bool;
        #[inherit]
        fn start_timer(self: Pin<&mut LocalServer>, interval: i32) -> i32;
        #[inherit]
        fn kill_timer(self: Pin<&mut LocalServer>, id: i32);
        #[inherit]
        #[qsignal]
        fn error_changed(self: Pin<&mut LocalServer>);
        #[inherit]
        #[qsignal]
        fn counters_changed(self: Pin<&mut LocalServer>);
    }
}

use ffi::{LocalConnections, LocalServer, LocalSocket, QTimerEvent};

/// The wanted state of a server, and what is known of the current one.
#[derive(Default)]
pub struct LocalServerRust {
    wanted_name: RefCell<QString>,
    active: Cell<bool>,
    /// The initial values of the properties are still being set.
    is_incomplete: Cell<bool>,
    /// A call is under way that changes the state.
    is_changing: Cell<bool>,
    /// The name that was wanted when it last started to listen.
    current_name: RefCell<QString>,
    /// The path that was last announced; empty while not listening.
    announced: RefCell<Option<QString>>,
    connections: Cell<Option<NonNull<LocalConnections>>>,
    /// The timer until the next announcement of traffic.
    timer: Cell<Option<i32>>,
}

impl LocalServer {
    fn wanted_name(&self) -> QString {
        self.rust().wanted_name.borrow().clone()
    }

    fn set_wanted_name(mut self: Pin<&mut Self>, name: QString) {
        self.as_mut().note_name(name);
        self.follow();
    }

    fn note_name(self: Pin<&mut Self>, name: QString) {
        if *self.rust().wanted_name.borrow() != name {
            self.rust().wanted_name.replace(name);
            self.name_changed();
        }
    }

    fn is_active(&self) -> bool {
        self.rust().active.get()
    }

    fn set_active(mut self: Pin<&mut Self>, active: bool) {
        self.as_mut().note_active(active);
        self.follow();
    }

    fn note_active(self: Pin<&mut Self>, active: bool) {
        if self.rust().active.replace(active) != active {
            self.active_changed();
        }
    }

    fn is_open(&self) -> bool {
        self.is_listening()
    }

    fn path(&self) -> QString {
        self.full_server_name()
    }

    fn bound_name(&self) -> QString {
        self.server_name()
    }

    fn model(&self) -> *mut LocalConnections {
        let model = &self.rust().connections;
        if model.get().is_none() {
            model.set(NonNull::new(ffi::create_connections(self)));
        }
        model.get().map_or(ptr::null_mut(), NonNull::as_ptr)
    }

    fn connections(&self) -> Option<&LocalConnections> {
        // SAFETY: the model is a child of this object, which is not deleted before it.
        self.rust().connections.get().map(|model| unsafe { &*model.as_ptr() })
    }

    fn connections_mut(self: Pin<&mut Self>) -> Option<Pin<&mut LocalConnections>> {
        let model = self.rust().connections.get()?;
        // SAFETY: as above, and objects do not move in memory.
        Some(unsafe { Pin::new_unchecked(&mut *model.as_ptr()) })
    }

    fn listen(mut self: Pin<&mut Self>, name: &QString) -> bool {
        let is_listening = self.as_mut().begin(name);
        if is_listening {
            self.as_mut().note_name(name.clone());
        }
        self.adopt(is_listening)
    }

    fn listen_on_random_name(mut self: Pin<&mut Self>) -> bool {
        let is_listening = self.as_mut().begin_on_random_name();
        self.adopt(is_listening)
    }

    fn listen_activated(self: Pin<&mut Self>) -> bool {
        self.listen_activated_as(&QString::default())
    }

    fn listen_activated_as(mut self: Pin<&mut Self>, name: &QString) -> bool {
        let is_listening = self.as_mut().begin_activated(name);
        self.adopt(is_listening)
    }

    /// Takes it as wanted that a call has made the server listen.
    fn adopt(mut self: Pin<&mut Self>, is_listening: bool) -> bool {
        if is_listening {
            let name = self.wanted_name();
            self.rust().current_name.replace(name);
            self.as_mut().note_active(true);
            self.announce();
        } else {
            self.error_changed();
        }
        is_listening
    }

    fn close(self: Pin<&mut Self>) {
        self.set_active(false);
    }

    fn class_begin(self: Pin<&mut Self>) {
        self.rust().is_incomplete.set(true);
    }

    fn component_complete(self: Pin<&mut Self>) {
        self.rust().is_incomplete.set(false);
        self.follow();
    }

    /// Does what `active` and `name` ask for. Handlers that are called meanwhile may change them: then
    /// the event loop makes the next attempt, since each of them may fail.
    fn follow(mut self: Pin<&mut Self>) {
        if self.rust().is_incomplete.get() || self.rust().is_changing.replace(true) {
            return;
        }
        let mut has_tried = false;
        loop {
            let wants = self.is_active() && !self.rust().wanted_name.borrow().is_empty();
            if self.is_listening() {
                if self.is_active() && !self.is_elsewhere() {
                    break;
                }
                self.as_mut().end();
            } else if wants && !has_tried {
                has_tried = true;
                self.as_mut().start();
            } else {
                if wants && self.is_elsewhere() {
                    self.as_mut().follow_later();
                }
                break;
            }
        }
        self.rust().is_changing.set(false);
        self.announce();
    }

    fn follow_event(self: Pin<&mut Self>) {
        // Otherwise an attempt was made meanwhile.
        if self.is_elsewhere() {
            self.follow();
        }
    }

    /// Whether the name that it last started to listen on is not the wanted one.
    fn is_elsewhere(&self) -> bool {
        *self.rust().current_name.borrow() != *self.rust().wanted_name.borrow()
    }

    fn start(mut self: Pin<&mut Self>) {
        let name = self.wanted_name();
        let is_listening = self.as_mut().begin(&name);
        self.rust().current_name.replace(name);
        if !is_listening {
            self.error_changed();
        }
    }

    fn announce(self: Pin<&mut Self>) {
        let path = self.is_listening().then(|| self.full_server_name());
        if self.rust().announced.replace(path.clone()) != path {
            self.listening_changed();
        }
    }

    fn handed_over_event(mut self: Pin<&mut Self>) {
        self.as_mut().note_active(false);
        self.announce();
    }

    unsafe fn add_event(self: Pin<&mut Self>, socket: *mut LocalSocket) {
        self.model();
        if let Some(connections) = self.connections_mut() {
            // SAFETY: the caller has just created the socket.
            unsafe { connections.add(socket) };
        }
    }

    unsafe fn connection_event(self: Pin<&mut Self>, socket: *mut LocalSocket) {
        // SAFETY: the caller guarantees that the socket exists.
        unsafe { self.new_connection(socket) };
    }

    fn traffic_event(mut self: Pin<&mut Self>) {
        if self.rust().timer.get().is_none() && self.is_traffic_watched() {
            let id = self.as_mut().start_timer(REFRESH_INTERVAL);
            self.rust().timer.set(Some(id));
        }
    }

    fn is_traffic_watched(&self) -> bool {
        self.are_counters_watched() || self.connections().is_some_and(LocalConnections::is_viewed)
    }

    unsafe fn timer_event(mut self: Pin<&mut Self>, _event: *mut QTimerEvent) {
        if let Some(id) = self.rust().timer.take() {
            self.as_mut().kill_timer(id);
        }
        if let Some(connections) = self.as_mut().connections_mut() {
            connections.refresh();
        }
        self.counters_changed();
    }

    fn send_all(self: Pin<&mut Self>, bytes: &QByteArray) -> i32 {
        self.connections_mut().map_or(0, |connections| connections.send_all(bytes))
    }

    fn are_all_framed(&self) -> bool {
        let connections = self.connections().filter(|connections| connections.len() > 0);
        connections.map_or_else(|| self.may_frame(), LocalConnections::are_all_framed)
    }
}
