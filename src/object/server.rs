// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The server as a QObject, from which `QLocalServer` derives.

use cxx_qt::CxxQtType;

#[cfg(feature = "mutations")]
use crate::mutation::Acceptor;
#[cfg(not(feature = "mutations"))]
use qlocal_core::Acceptor;

#[cxx_qt::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    unsafe extern "C++" {
        include!("qlocal/server_base.h");
        #[cxx_name = "_ServerBase"]
        type ServerBase;
    }

    unsafe extern "RustQt" {
        #[qobject]
        #[base = ServerBase]
        #[cxx_name = "_RustServer"]
        type RustServer = super::RustServerRust;
    }
}

/// Only one handle to the engine.
#[derive(Default)]
pub struct RustServerRust {
    acceptor: Acceptor,
}

impl ffi::RustServer {
    pub(crate) fn acceptor(&self) -> &Acceptor {
        &self.rust().acceptor
    }
}
