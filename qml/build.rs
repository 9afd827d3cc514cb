// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generates and compiles the C++ side of the QML types.

use cxx_qt_build::CxxQtBuilder;

fn main() {
    let public_headers = concat!(env!("CARGO_MANIFEST_DIR"), "/../cpp/include");
    let builder = CxxQtBuilder::new()
        .qt_module("Qml")
        .qt_module("Network")
        .crate_include_root(Some("cpp".to_owned()))
        .files([
            "src/connections.rs",
            "src/local_instance.rs",
            "src/local_server.rs",
            "src/local_socket.rs",
            "src/reconnect.rs",
        ]);
    // SAFETY: it only adds a folder, whose headers have the prefix `qlocal`.
    let builder = unsafe {
        builder.cc_builder(|cc| {
            cc.include(public_headers).define("QT_NO_KEYWORDS", None);
        })
    };
    builder.build().export();
}
