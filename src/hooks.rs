// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The C++ functions that sockets and servers call in their QObjects: those that emit the signals, and
//! those that cxx cannot express. They are static functions, see the headers.

#[cxx::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
    }

    unsafe extern "C++" {
        include!("qlocal/server_hooks.h");
        #[cxx_name = "_RustSocket"]
        type RustSocket = crate::object::socket::ffi::RustSocket;
        #[cxx_name = "_RustServer"]
        type RustServer = crate::object::server::ffi::RustServer;

        include!("qlocal/src/types.cxx.h");
        type PeerIdentity = crate::types::ffi::PeerIdentity;
        type SocketError = crate::types::ffi::SocketError;
        type SocketState = crate::types::ffi::SocketState;
    }

    unsafe extern "C++" {
        type SocketHooks;

        /// The mode with which the device opens once there is a connection.
        #[Self = "SocketHooks"]
        #[cxx_name = "setWantedMode"]
        fn set_wanted_mode(socket: Pin<&mut RustSocket>, mode: i32);

        #[Self = "SocketHooks"]
        #[cxx_name = "isWantedReadable"]
        fn is_wanted_readable(socket: &RustSocket) -> bool;

        /// Whether anything is connected to `bytesWritten()`.
        #[Self = "SocketHooks"]
        #[cxx_name = "hearsBytesWritten"]
        fn hears_bytes_written(socket: &RustSocket) -> bool;

        /// The written bytes that the object has kept.
        #[Self = "SocketHooks"]
        fn staged(socket: &RustSocket) -> &[u8];

        /// Keeps none any more.
        #[Self = "SocketHooks"]
        #[cxx_name = "dropStage"]
        fn drop_stage(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "openDevice"]
        fn open_device(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "closeDevice"]
        fn close_device(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "changeErrorString"]
        fn change_error_string(socket: Pin<&mut RustSocket>, text: &QString);

        #[Self = "SocketHooks"]
        #[cxx_name = "stateChanged"]
        fn state_changed(socket: Pin<&mut RustSocket>, state: SocketState);

        #[Self = "SocketHooks"]
        #[cxx_name = "errorOccurred"]
        fn error_occurred(socket: Pin<&mut RustSocket>, error: SocketError);

        #[Self = "SocketHooks"]
        fn connected(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        fn disconnected(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "readyRead"]
        fn ready_read(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "bytesWritten"]
        fn bytes_written(socket: Pin<&mut RustSocket>, bytes: i64);

        #[Self = "SocketHooks"]
        #[cxx_name = "readChannelFinished"]
        fn read_channel_finished(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "messageReady"]
        fn message_ready(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "highWaterReached"]
        fn high_water_reached(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        #[cxx_name = "lowWaterReached"]
        fn low_water_reached(socket: Pin<&mut RustSocket>);

        #[Self = "SocketHooks"]
        fn reconnecting(socket: Pin<&mut RustSocket>, attempt: i32, msecs: i64);
    }

    unsafe extern "C++" {
        type ServerHooks;

        #[Self = "ServerHooks"]
        fn watch(server: Pin<&mut RustServer>, descriptor: i32);

        #[Self = "ServerHooks"]
        fn unwatch(server: Pin<&mut RustServer>);

        #[Self = "ServerHooks"]
        #[cxx_name = "isAccepting"]
        fn is_accepting(server: &RustServer) -> bool;

        #[Self = "ServerHooks"]
        #[cxx_name = "setAccepting"]
        fn set_accepting(server: Pin<&mut RustServer>, accepting: bool);

        #[Self = "ServerHooks"]
        #[cxx_name = "acceptLater"]
        fn accept_later(server: Pin<&mut RustServer>, msecs: i32);

        #[Self = "ServerHooks"]
        fn deliver(server: Pin<&mut RustServer>, descriptor: i32);

        #[Self = "ServerHooks"]
        #[cxx_name = "pendingCount"]
        fn pending_count(server: &RustServer) -> i32;

        #[Self = "ServerHooks"]
        fn allows(server: &RustServer, peer: &PeerIdentity) -> bool;

        #[Self = "ServerHooks"]
        fn refused(server: Pin<&mut RustServer>, peer: &PeerIdentity, reason: &QString);

        #[Self = "ServerHooks"]
        #[cxx_name = "acceptFailed"]
        fn accept_failed(server: Pin<&mut RustServer>, error: SocketError);

        #[Self = "ServerHooks"]
        #[cxx_name = "nameLost"]
        fn name_lost(server: Pin<&mut RustServer>, loss: &QString);

        #[Self = "ServerHooks"]
        #[cxx_name = "nameRegained"]
        fn name_regained(server: Pin<&mut RustServer>);

        #[Self = "ServerHooks"]
        #[cxx_name = "handedOver"]
        fn handed_over(server: Pin<&mut RustServer>);
    }

    unsafe extern "C++" {
        include!("qlocal/instance_sink.h");
        type InstanceSink;

        type HandOverParts = crate::types::ffi::HandOverParts;

        /// A secondary has handed over; the number is that of its reply.
        #[cxx_name = "handedOver"]
        fn handed_over(self: Pin<&mut InstanceSink>, parts: &HandOverParts, reply: u64);
    }
}
