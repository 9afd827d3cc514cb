// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The client: it ends once it has received as much as it sent, or when the server disconnects.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::rc::Rc;

use cxx_qt_lib::QCoreApplication;
use qlocal::{ErrorKind, LocalStream};

/// Sends `text`, and prints the response.
///
/// # Errors
/// When there is no such server, or it disconnects before everything came back.
pub fn run(name: &OsStr, text: &[u8]) -> io::Result<()> {
    let mut application = QCoreApplication::new();
    let stream = LocalStream::connect(name)?;

    let question = text.to_vec();
    stream.on_connected(move |stream| {
        stream.write(&question).expect("the stream is connected");
    });
    let answer = Rc::new(RefCell::new(Vec::new()));
    let (received, expected) = (answer.clone(), text.len());
    stream.on_ready_read(move |stream| {
        let mut received = received.borrow_mut();
        received.extend(stream.read_to_vec());
        if received.len() >= expected {
            stream.disconnect();
        }
    });
    stream.on_error(|_, error| {
        // The byte count shows whether the server closed too early.
        if error.kind() != ErrorKind::PeerClosed {
            eprintln!("echo: {error}");
        }
        qlocal::quit();
    });
    stream.on_disconnected(|_| qlocal::quit());
    if !text.is_empty() {
        application.pin_mut().exec();
    }

    let answer = answer.take();
    io::stdout().write_all(&answer)?;
    if answer != text {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "not everything came back"));
    }
    Ok(())
}
