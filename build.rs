// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates and compiles the C++ side of the bridges.

use cxx_qt_build::CxxQtBuilder;

fn main() {
    CxxQtBuilder::new()
        .crate_include_root(Some("cpp/bridge".to_owned()))
        .files([
            "src/enums.rs",
            "src/exception.rs",
            "src/framing.rs",
            "src/hooks.rs",
            "src/instance.rs",
            "src/logging.rs",
            "src/object/server.rs",
            "src/object/socket.rs",
            "src/qt.rs",
            "src/reactor.rs",
            "src/server.rs",
            "src/server/naming.rs",
            "src/socket.rs",
            "src/socket/reconnect.rs",
            "src/types.rs",
        ])
        .build()
        .export();
}
