// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The setup of most tests.

use std::cell::RefCell;
use std::rc::Rc;

use qlocal::{LocalServer, LocalStream};

use crate::Application;

/// Runs the event loop until a handler quits.
pub fn run(application: &mut Application) {
    application.pin_mut().exec();
}

/// Both ends of a connection: the client's, and the accepted one.
pub fn connect(application: &mut Application) -> (LocalStream, LocalStream) {
    let server = LocalServer::listen("pair").unwrap();
    let accepted = Rc::new(RefCell::new(None));
    let place = accepted.clone();
    server.on_connection(move |stream| {
        place.replace(Some(stream));
        qlocal::quit();
    });
    let client = LocalStream::connect("pair").unwrap();
    run(application);
    let accepted = accepted.take().unwrap();
    (client, accepted)
}

/// An echo server.
pub fn echo_server(name: &str) -> LocalServer {
    let server = LocalServer::listen(name).unwrap();
    server.on_connection(|stream| {
        stream.on_ready_read(|stream| {
            stream.write(&stream.read_to_vec()).unwrap();
        });
        stream.detach();
    });
    server
}

/// Fills the backlog of a server that accepts nothing, until connecting has to wait.
pub fn fill_backlog(name: &str) -> Vec<LocalStream> {
    let mut streams = Vec::new();
    loop {
        let stream = LocalStream::connect(name).unwrap();
        if stream.state() == qlocal::State::Connecting {
            return streams;
        }
        streams.push(stream);
    }
}
