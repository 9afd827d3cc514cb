// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The ways to begin to listen.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::pin::Pin;

use cxx_qt_lib::{QString, QStringList};
use qlocal_core::{Address, Error, ErrorKind, Listener, Result};

use super::ffi::{Place, RustServer};
use crate::environment::{activation, environment};
use crate::{convert, logging, reactor};

impl RustServer {
    pub(super) fn engine_listen(
        self: Pin<&mut Self>,
        name: &QString,
        options: u32,
        place: Place,
        folder: &QString,
        backlog: i32,
    ) -> bool {
        logging::start();
        let place = convert::place(name, place);
        let address = convert::address(name, place, folder);
        self.acceptor().intend(match &address {
            Ok(address) => address.clone(),
            Err(_) => convert::intended_address(name, place, folder),
        });
        let mode = convert::file_mode(options, place);
        let listener = address.and_then(|address| Listener::bind(address, mode, backlog));
        self.start(name.to_string(), listener)
    }

    pub(super) fn engine_listen_on_random_name(self: Pin<&mut Self>, backlog: i32) -> bool {
        logging::start();
        self.acceptor().intend(Address::Unnamed);
        let mode = convert::file_mode(0, Place::Private);
        let listener = environment()
            .private_folder()
            .and_then(|folder| Listener::bind_random(&folder, mode, backlog));
        self.start_by_its_name(listener)
    }

    pub(super) fn engine_listen_on_descriptor(
        self: Pin<&mut Self>,
        descriptor: i32,
        backlog: i32,
    ) -> bool {
        if descriptor < 0 {
            let refusal = Error::new(ErrorKind::Unsupported, "listen");
            return self.start(String::new(), Err(refusal));
        }
        // SAFETY: it is only asked what it is. A number that is no descriptor is neither.
        let given = unsafe { BorrowedFd::borrow_raw(descriptor) };
        if Listener::is_unbound(given) {
            // As with Qt: nothing is wrong, and nobody can connect.
            return true;
        }
        if let Err(refusal) = Listener::check_adoptable(given) {
            // It stays the caller's.
            return self.start(String::new(), Err(refusal));
        }
        // SAFETY: the caller gives the descriptor away, as QLocalServer::listen() says.
        let descriptor = unsafe { OwnedFd::from_raw_fd(descriptor) };
        self.start_by_its_name(Listener::adopt(descriptor, backlog))
    }

    pub(super) fn engine_listen_activated(self: Pin<&mut Self>, name: &QString) -> bool {
        logging::start();
        let name = name.to_string();
        self.acceptor().intend(convert::activation_address(&name));
        let wanted = Some(name.as_bytes()).filter(|name| !name.is_empty());
        self.start_by_its_name(activation().take(wanted))
    }

    /// Starts with a listener whose name nobody but the kernel says.
    fn start_by_its_name(self: Pin<&mut Self>, listener: Result<Listener>) -> bool {
        let name = listener.as_ref().map(|listener| convert::short_name(listener.address()));
        self.start(name.unwrap_or_default().to_string(), listener)
    }

    fn start(self: Pin<&mut Self>, name: String, listener: Result<Listener>) -> bool {
        let listener = self.acceptor().listen(name, listener);
        if let Ok(listener) = &listener {
            self.acceptor().join_thread(reactor::current());
            self.watch(listener.as_fd().as_raw_fd());
        }
        listener.is_ok()
    }
}

pub(super) fn remove_server(name: &QString, place: Place, folder: &QString) -> bool {
    match convert::address(name, convert::place(name, place), folder) {
        Ok(address) => qlocal_core::remove_server(&address),
        // No server can have a name that is too long; an empty one says that something is wrong.
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
