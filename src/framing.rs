// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The framing of sockets, and of those that a server admits, which C++ reads and sets.

use std::pin::Pin;

use qlocal_core::{Delimiter, Failure, FramingSettings, PrefixSize};

use crate::convert;
use crate::enums::ffi::{ByteOrder, FramingKind};
use crate::hooks::ffi::SocketHooks;
use crate::object::server::ffi::RustServer;
use crate::object::socket::ffi::RustSocket;
use ffi::FramingParts;

#[cxx::bridge(namespace = "_QLocal")]
mod ffi {
    /// A framing, with what its kind does not use at present.
    struct FramingParts {
        kind: FramingKind,
        delimiter: QByteArray,
        #[cxx_name = "prefixSize"]
        prefix_size: i32,
        order: ByteOrder,
    }

    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
    }

    unsafe extern "C++" {
        include!("qlocal/server_hooks.h");
        include!("qlocal/socket_hooks.h");
        #[cxx_name = "_RustServer"]
        type RustServer = crate::object::server::ffi::RustServer;
        #[cxx_name = "_RustSocket"]
        type RustSocket = crate::object::socket::ffi::RustSocket;

        include!("qlocal/src/enums.cxx.h");
        type ByteOrder = crate::enums::ffi::ByteOrder;
        type FramingKind = crate::enums::ffi::FramingKind;
    }

    extern "Rust" {
        #[cxx_name = "framingKind"]
        fn socket_framing_kind(socket: &RustSocket) -> FramingKind;

        #[cxx_name = "framing"]
        fn socket_framing(socket: &RustSocket) -> FramingParts;

        /// Sets the framing, starting with the first unread byte; `ahead` are the bytes that
        /// QIODevice has read ahead. False if there is no such framing: it stays as it is.
        #[cxx_name = "setFraming"]
        fn socket_set_framing(
            socket: Pin<&mut RustSocket>,
            framing: &FramingParts,
            ahead: &[u8],
        ) -> bool;

        #[cxx_name = "framingKind"]
        fn admitted_framing_kind(server: &RustServer) -> FramingKind;

        #[cxx_name = "framing"]
        fn admitted_framing(server: &RustServer) -> FramingParts;

        /// Sets the framing of the sockets that are admitted from now on; false as above.
        #[cxx_name = "setFraming"]
        fn set_admitted_framing(server: &RustServer, framing: &FramingParts) -> bool;

        /// Gives a socket the framing of its server, if that has one.
        #[cxx_name = "frame"]
        fn frame_admitted(server: &RustServer, socket: &RustSocket, ahead: &[u8]);
    }
}

fn socket_framing_kind(socket: &RustSocket) -> FramingKind {
    socket.stream().framing_settings().kind.into()
}

fn socket_framing(socket: &RustSocket) -> FramingParts {
    socket.stream().framing_settings().into()
}

fn socket_set_framing(socket: Pin<&mut RustSocket>, framing: &FramingParts, ahead: &[u8]) -> bool {
    let settings = FramingSettings::try_from(framing).map_err(|failure| failure.error());
    match settings {
        Ok(settings) => socket.stream().set_framing_settings(settings, ahead),
        Err(error) => {
            socket.stream().set_last_error(error);
            SocketHooks::change_error_string(socket, &convert::socket_error_string(error));
        }
    }
    settings.is_ok()
}

fn admitted_framing_kind(server: &RustServer) -> FramingKind {
    server.acceptor().framing_settings().kind.into()
}

fn admitted_framing(server: &RustServer) -> FramingParts {
    server.acceptor().framing_settings().into()
}

fn set_admitted_framing(server: &RustServer, framing: &FramingParts) -> bool {
    let settings = FramingSettings::try_from(framing).map_err(|failure| failure.error());
    match settings {
        Ok(settings) => server.acceptor().set_framing_settings(settings),
        Err(error) => server.acceptor().set_last_error(error),
    }
    settings.is_ok()
}

fn frame_admitted(server: &RustServer, socket: &RustSocket, ahead: &[u8]) {
    server.acceptor().frame(socket.stream(), ahead);
}

impl From<FramingSettings> for FramingParts {
    fn from(settings: FramingSettings) -> Self {
        Self {
            kind: settings.kind.into(),
            delimiter: settings.delimiter.as_bytes().into(),
            // At most 8.
            prefix_size: settings.prefix_size.bytes() as i32,
            order: settings.byte_order.into(),
        }
    }
}

impl TryFrom<&FramingParts> for FramingSettings {
    type Error = Failure;

    fn try_from(parts: &FramingParts) -> std::result::Result<Self, Failure> {
        Ok(Self {
            kind: parts.kind.into(),
            delimiter: Delimiter::new(parts.delimiter.as_slice())?,
            prefix_size: PrefixSize::new(usize::try_from(parts.prefix_size).unwrap_or(0))?,
            byte_order: parts.order.into(),
        })
    }
}

/// A number from C++ that is not in the enum is no framing.
impl From<FramingKind> for qlocal_core::FramingKind {
    fn from(kind: FramingKind) -> Self {
        match kind {
            FramingKind::LengthPrefixed => Self::LengthPrefixed,
            FramingKind::Lines => Self::Lines,
            FramingKind::ByteArrays => Self::ByteArrays,
            _ => Self::Raw,
        }
    }
}

impl From<qlocal_core::FramingKind> for FramingKind {
    fn from(kind: qlocal_core::FramingKind) -> Self {
        match kind {
            qlocal_core::FramingKind::Raw => Self::None,
            qlocal_core::FramingKind::LengthPrefixed => Self::LengthPrefixed,
            qlocal_core::FramingKind::Lines => Self::Lines,
            qlocal_core::FramingKind::ByteArrays => Self::ByteArrays,
        }
    }
}

impl From<ByteOrder> for qlocal_core::ByteOrder {
    fn from(order: ByteOrder) -> Self {
        match order {
            ByteOrder::LittleEndian => Self::Little,
            _ => Self::Big,
        }
    }
}

impl From<qlocal_core::ByteOrder> for ByteOrder {
    fn from(order: qlocal_core::ByteOrder) -> Self {
        match order {
            qlocal_core::ByteOrder::Big => Self::BigEndian,
            qlocal_core::ByteOrder::Little => Self::LittleEndian,
        }
    }
}
