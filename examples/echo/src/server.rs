// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The server: each stream is independent once it is accepted.

use std::ffi::OsStr;
use std::io;

use cxx_qt_lib::QCoreApplication;
use qlocal::LocalServer;

/// Serves until the process is killed.
///
/// # Errors
/// When listening on this name fails.
pub fn run(name: &OsStr) -> io::Result<()> {
    let mut application = QCoreApplication::new();
    let server = LocalServer::listen(name)?;
    server.on_error(|error| eprintln!("echo: {error}"));
    server.on_connection(|stream| {
        stream.on_ready_read(|stream| {
            // A write fails only once the connection has ended: there is no peer left.
            let _ = stream.write(&stream.read_to_vec());
        });
        stream.detach();
    });
    println!("listening on {}", String::from_utf8_lossy(server.address().full_name()));
    application.pin_mut().exec();
    Ok(())
}
