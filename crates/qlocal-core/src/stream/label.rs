// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The name and the address of the server of a connection.

use std::mem::take;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::socket::{self, Name};

use crate::names::Address;

/// The name that a user sees, and the source of the address.
#[derive(Default)]
pub(super) struct Label {
    name: Box<str>,
    server: Server,
    /// The name that the user has set stays when the connection has ended.
    keeps_name: bool,
}

/// The server of a connection.
#[derive(Default)]
enum Server {
    #[default]
    None,
    /// The address that was connected to.
    At(Address),
    /// The address of a failed attempt or of a connection that has ended, only for errors.
    Intended(Address),
    /// A descriptor was adopted: the kernel knows the address.
    AskKernel,
    /// The kernel knows the address; the name is the path that the server was given.
    Accepted,
}

impl Label {
    pub fn set_name(&mut self, name: &str) {
        self.name = name.into();
    }

    /// Sets whether the name that the user has set stays when the connection has ended.
    pub fn keep_name(&mut self, keeps: bool) {
        self.keeps_name = keeps;
    }

    /// The address that was connected to.
    pub fn target(&self) -> Option<&Address> {
        match &self.server {
            Server::At(address) => Some(address),
            _ => None,
        }
    }

    /// Sets the address of the next attempt, even if that cannot be made.
    pub fn intend(&mut self, address: Address) {
        self.server = Server::Intended(address);
    }

    pub fn connected_to(&mut self, address: Address) {
        self.server = Server::At(address);
    }

    /// A descriptor was adopted, or could not be.
    pub fn adopted(&mut self, is_open: bool) {
        self.server = if is_open { Server::AskKernel } else { Server::None };
    }

    /// The connection was accepted by a server of this name. The kernel knows most names as well,
    /// and then nothing is stored per connection.
    pub fn accepted_by(&mut self, server: &str) {
        if server.starts_with('/') && matches!(self.server, Server::AskKernel) {
            self.name = server.into();
            self.server = Server::Accepted;
        }
    }

    /// The connection has ended.
    pub fn forget(&mut self) {
        let is_of_user = !matches!(self.server, Server::AskKernel | Server::Accepted);
        if !(self.keeps_name && is_of_user) {
            self.name = Box::default();
        }
        self.server = match take(&mut self.server) {
            Server::At(address) | Server::Intended(address) => Server::Intended(address),
            Server::None | Server::AskKernel | Server::Accepted => Server::None,
        };
    }

    /// The name as the user gave it, or the short form of the kernel's address.
    pub fn name(&self, socket: Option<&OwnedSocket>) -> String {
        match self.server {
            Server::AskKernel => match ask_kernel(socket) {
                Address::Unnamed => self.name.clone().into(),
                address => String::from_utf8_lossy(address.short_name()).into_owned(),
            },
            Server::None | Server::At(_) | Server::Intended(_) | Server::Accepted => {
                self.name.clone().into()
            }
        }
    }

    /// The address; unnamed while there is no connection.
    pub fn address(&self, socket: Option<&OwnedSocket>) -> Address {
        match &self.server {
            Server::None | Server::Intended(_) => Address::Unnamed,
            Server::At(address) => address.clone(),
            Server::AskKernel | Server::Accepted => ask_kernel(socket),
        }
    }

    /// The address for an error: also that of a failed attempt.
    pub fn intended(&self, socket: Option<&OwnedSocket>) -> Address {
        match &self.server {
            Server::Intended(address) => address.clone(),
            _ => self.address(socket),
        }
    }
}

/// The address of the end that has one: the peer's, or this one's if it was accepted.
fn ask_kernel(socket: Option<&OwnedSocket>) -> Address {
    let Some(socket) = socket else { return Address::Unnamed };
    match socket::peer_name(socket) {
        Ok(Name::Unnamed) | Err(_) => socket::local_name(socket),
        Ok(name) => Ok(name),
    }
    .map_or(Address::Unnamed, Address::from)
}
