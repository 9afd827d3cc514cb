// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The name and the address of the server at one end of a connection.

use std::mem::take;

use qlocal_sys::owned::OwnedSocket;
use qlocal_sys::socket::{self, Name};

use crate::names::Address;

/// What a user sees as the name, and where the address is known from.
#[derive(Default)]
pub(super) struct Label {
    name: Box<str>,
    server: Server,
}

/// The server at one end of the connection.
#[derive(Default)]
enum Server {
    #[default]
    None,
    /// What was connected to.
    At(Address),
    /// What it tried to connect to, or was connected to before it failed: for errors alone.
    Intended(Address),
    /// The kernel knows: the descriptor came from outside.
    AskKernel,
    /// The kernel knows the address; a server that was given a path shows it as its name.
    Accepted,
}

impl Label {
    pub fn set_name(&mut self, name: &str) {
        self.name = name.into();
    }

    /// The next attempt is about this address, even if none can be made.
    pub fn intend(&mut self, address: Address) {
        self.server = Server::Intended(address);
    }

    pub fn connected_to(&mut self, address: Address) {
        self.server = Server::At(address);
    }

    /// The connection comes from outside, or there is none after all.
    pub fn adopted(&mut self, is_open: bool) {
        self.server = if is_open { Server::AskKernel } else { Server::None };
    }

    /// The connection comes from a server of this name. Most names the kernel knows just as well,
    /// and then nothing is kept for each connection.
    pub fn accepted_by(&mut self, server: &str) {
        if server.starts_with('/') && matches!(self.server, Server::AskKernel) {
            self.name = server.into();
            self.server = Server::Accepted;
        }
    }

    /// There is no connection any more.
    pub fn forget(&mut self) {
        self.name = Box::default();
        self.server = match take(&mut self.server) {
            Server::At(address) | Server::Intended(address) => Server::Intended(address),
            Server::None | Server::AskKernel | Server::Accepted => Server::None,
        };
    }

    /// The name as the user gave it, or the short form of what the kernel says.
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

    /// The address that an error is about: also that of an attempt that has failed.
    pub fn intended(&self, socket: Option<&OwnedSocket>) -> Address {
        match &self.server {
            Server::Intended(address) => address.clone(),
            _ => self.address(socket),
        }
    }
}

/// The name of the end that has one: the peer's, or this one's when it was accepted.
fn ask_kernel(socket: Option<&OwnedSocket>) -> Address {
    let Some(socket) = socket else { return Address::Unnamed };
    match socket::peer_name(socket) {
        Ok(Name::Unnamed) | Err(_) => socket::local_name(socket),
        Ok(name) => Ok(name),
    }
    .map_or(Address::Unnamed, Address::from)
}
