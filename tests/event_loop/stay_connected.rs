// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

use cxx_qt_lib::QCoreApplication;
use qlocal::{LocalStream, Reconnect};

fn main() -> qlocal::Result<()> {
    let mut application = QCoreApplication::new();
    let stream = LocalStream::keep_connected("greeter", Reconnect::default())?;
    stream.on_connected(|stream| {
        let _ = stream.write(b"hello\n");
    });
    stream.on_ready_read(|stream| print!("{}", String::from_utf8_lossy(&stream.read_to_vec())));
    stream.on_reconnecting(|_, attempt, delay| match delay {
        Some(delay) => println!("attempt {attempt} in {delay:?}"),
        None => println!("waiting for the server"),
    });
    application.pin_mut().exec();
    Ok(())
}
