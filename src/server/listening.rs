// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The ways to start listening.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::pin::Pin;

use cxx_qt_lib::{QString, QStringList};
use qlocal_core::{Address, Error, ErrorKind, Listener, Operation, Result};

use crate::environment::{activation, environment};
use crate::hooks::ffi::ServerHooks;
use crate::object::server::ffi::RustServer;
use crate::types::ffi::Place;
use crate::{convert, logging, reactor};

pub(super) fn server_listen(
    server: Pin<&mut RustServer>,
    name: &QString,
    access: u32,
    place: Place,
    folder: &QString,
    backlog: i32,
) -> bool {
    logging::start();
    let place = convert::place(name, place);
    let address = convert::address(name, place, folder);
    server.acceptor().intend(match &address {
        Ok(address) => address.clone(),
        Err(_) => convert::intended_address(name, place, folder),
    });
    let mode = convert::file_mode(access, place);
    let acceptor = server.acceptor().clone();
    let listener = address.and_then(|address| acceptor.bind(address, mode, backlog));
    start(server, name.to_string(), listener)
}

pub(super) fn server_listen_on_random_name(server: Pin<&mut RustServer>, backlog: i32) -> bool {
    logging::start();
    server.acceptor().intend(Address::Unnamed);
    let mode = convert::file_mode(0, Place::Private);
    let listener = environment()
        .private_folder()
        .and_then(|folder| Listener::bind_random(&folder, mode, backlog));
    start_by_its_name(server, listener)
}

pub(super) fn server_listen_on_descriptor(
    server: Pin<&mut RustServer>,
    descriptor: i32,
    backlog: i32,
) -> bool {
    if descriptor < 0 {
        let refusal = Error::new(ErrorKind::Unsupported, Operation::Listen);
        return start(server, String::new(), Err(refusal));
    }
    // SAFETY: the descriptor is only queried. An invalid number fails the check.
    let given = unsafe { BorrowedFd::borrow_raw(descriptor) };
    if Listener::is_unbound(given) {
        // As in Qt: this is not an error, and no client can connect.
        return true;
    }
    if let Err(refusal) = Listener::check_adoptable(given) {
        // The caller keeps it.
        return start(server, String::new(), Err(refusal));
    }
    // SAFETY: the caller transfers ownership, as QLocalServer::listen() documents.
    let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
    start_by_its_name(server, Listener::adopt(descriptor, backlog))
}

pub(super) fn server_listen_activated(server: Pin<&mut RustServer>, name: &QString) -> bool {
    logging::start();
    let name = name.to_string();
    server.acceptor().intend(convert::activation_address(&name));
    let wanted = Some(name.as_bytes()).filter(|name| !name.is_empty());
    start_by_its_name(server, activation().take(wanted))
}

/// Starts with a listener whose name must come from the kernel.
fn start_by_its_name(server: Pin<&mut RustServer>, listener: Result<Listener>) -> bool {
    let name = listener.as_ref().map(|listener| convert::short_name(listener.address()));
    start(server, name.unwrap_or_default().to_string(), listener)
}

fn start(server: Pin<&mut RustServer>, name: String, listener: Result<Listener>) -> bool {
    let listener = server.acceptor().listen(name, listener);
    if let Ok(listener) = &listener {
        server.acceptor().join_thread(reactor::current());
        ServerHooks::watch(server, listener.as_fd().as_raw_fd());
    }
    listener.is_ok()
}

pub(super) fn remove_server(name: &QString, place: Place, folder: &QString) -> bool {
    match convert::address(name, convert::place(name, place), folder) {
        Ok(address) => qlocal_core::remove_server(&address),
        // No server can have a name that is too long; an empty one indicates a mistake.
        Err(error) => error.kind() == ErrorKind::NameTooLong,
    }
}

pub(super) fn activation_names() -> QStringList {
    let given = activation();
    let mut list = QStringList::default();
    for name in given.names().unwrap_or_default() {
        list.append(QString::from(&*String::from_utf8_lossy(name)));
    }
    list
}
