// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The socket as a QObject, from which `QLocalSocket` derives.

use cxx_qt::CxxQtType;

#[cfg(feature = "mutations")]
use crate::mutation::Stream;
#[cfg(not(feature = "mutations"))]
use qlocal_core::Stream;

#[cxx_qt::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    unsafe extern "C++" {
        include!("qlocal/socket_base.h");
        #[cxx_name = "_SocketBase"]
        type SocketBase;
    }

    unsafe extern "RustQt" {
        #[qobject]
        #[base = SocketBase]
        #[cxx_name = "_RustSocket"]
        type RustSocket = super::RustSocketRust;
    }
}

/// Only one handle to the engine: `moveToThread` in a handler leaves copies of it on the stack of
/// the old thread.
#[derive(Default)]
pub struct RustSocketRust {
    stream: Stream,
}

impl ffi::RustSocket {
    pub(crate) fn stream(&self) -> &Stream {
        &self.rust().stream
    }
}
