// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Follows what is wanted of a socket: `active`, `serverName`, `reconnect`, and the calls that set
//! them.

use std::pin::Pin;

use cxx_qt::CxxQtType as _;
use cxx_qt_lib::QString;

use super::ffi::{LocalSocket, Status};
use crate::reconnect::Settings;

impl LocalSocket {
    pub(super) fn set_wanted_name(mut self: Pin<&mut Self>, name: QString) {
        if *self.rust().wanted_name.borrow() != name {
            self.rust().wanted_name.replace(name);
            self.as_mut().server_name_changed();
            self.follow();
        }
    }

    pub(super) fn set_active(mut self: Pin<&mut Self>, active: bool) {
        let was_once = self.rust().is_once.replace(false);
        self.as_mut().note_active(active);
        if was_once && active && !self.is_idle() {
            self.as_mut().apply_policy();
        }
        self.follow();
    }

    pub(super) fn note_active(self: Pin<&mut Self>, active: bool) {
        if self.rust().active.replace(active) != active {
            self.active_changed();
        }
    }

    pub(super) fn connect_to_server(mut self: Pin<&mut Self>) {
        match self.current_status() {
            Status::Connecting | Status::Connected => return,
            Status::Waiting => self.as_mut().let_go(),
            _ => {}
        }
        self.rust().is_once.set(true);
        self.rust().is_complete.set(true);
        self.as_mut().note_active(true);
        self.follow();
    }

    pub(super) fn disconnect_from_server(mut self: Pin<&mut Self>) {
        self.as_mut().note_active(false);
        self.follow();
    }

    pub(super) fn close(mut self: Pin<&mut Self>) {
        // The base class calls it, too, when a connection has ended.
        if matches!(self.current_status(), Status::Connecting | Status::Connected) {
            self.as_mut().note_active(false);
        }
        self.as_mut().close_device();
        self.settle();
    }

    pub(super) fn abort(mut self: Pin<&mut Self>) {
        self.as_mut().note_active(false);
        self.as_mut().abort_now();
        self.settle();
    }

    pub(super) fn component_complete(self: Pin<&mut Self>) {
        // A connection that exists already is a server's.
        if !self.rust().is_complete.replace(true) {
            self.follow();
        }
    }

    pub(super) fn state_event(mut self: Pin<&mut Self>) {
        self.as_mut().settle();
        self.as_mut().note_unsent();
        self.note_unread();
    }

    pub(super) fn apply_reconnect(
        mut self: Pin<&mut Self>,
        enabled: bool,
        initial_interval: i32,
        maximum_interval: i32,
        jitter: i32,
        maximum_attempts: i32,
        keeps_unsent: bool,
    ) {
        self.rust().settings.set(Settings {
            enabled,
            initial_interval,
            maximum_interval,
            jitter,
            maximum_attempts,
            keeps_unsent,
        });
        if self.is_active() && !self.rust().is_once.get() {
            self.as_mut().apply_policy();
            self.settle();
        }
    }

    pub(super) fn apply_policy(self: Pin<&mut Self>) {
        let settings = self.rust().settings.get();
        if self.rust().is_once.get() || !settings.enabled {
            self.let_go();
        } else {
            self.keep(
                settings.initial_interval,
                settings.maximum_interval,
                settings.jitter,
                settings.maximum_attempts,
                settings.keeps_unsent,
            );
        }
    }

    /// Whether it is connected to nothing, and no attempt will be made.
    pub(super) fn is_idle(&self) -> bool {
        self.current_status() == Status::Unconnected
    }

    /// Whether the connection, if there is one, is to another server than the wanted one.
    pub(super) fn is_elsewhere(&self) -> bool {
        *self.rust().current_name.borrow() != *self.rust().wanted_name.borrow()
    }

    /// Does what `active` and `serverName` ask for. Handlers that are called meanwhile may change them.
    pub(super) fn follow(mut self: Pin<&mut Self>) {
        if !self.rust().is_complete.get() || self.rust().is_changing.replace(true) {
            return;
        }
        let mut has_tried = false;
        loop {
            let wants = self.is_active() && !self.rust().wanted_name.borrow().is_empty();
            self.rust().restarts.set(wants && self.current_status() == Status::Closing);
            match self.current_status() {
                Status::Closing => break,
                Status::Unconnected if wants && !has_tried => {
                    has_tried = true;
                    self.as_mut().start();
                }
                Status::Unconnected => break,
                _ if !wants || self.is_elsewhere() => self.as_mut().end(),
                _ => break,
            }
        }
        self.rust().is_changing.set(false);
        self.settle();
    }

    pub(super) fn start(mut self: Pin<&mut Self>) {
        let name = self.wanted_name();
        self.as_mut().set_server_name(&name);
        self.rust().current_name.replace(name);
        self.as_mut().apply_policy();
        self.begin();
    }

    /// Notes what has become of the connection.
    pub(super) fn settle(mut self: Pin<&mut Self>) {
        if self.rust().is_changing.get() {
            return self.announce();
        }
        let wants = self.is_active() && !self.rust().wanted_name.borrow().is_empty();
        if self.is_idle() && wants && self.rust().is_complete.get() {
            if self.is_elsewhere() || self.rust().restarts.get() {
                // In another turn: each attempt may fail at once, and its handlers ask for the next one.
                self.as_mut().follow_later();
            } else {
                self.as_mut().give_up();
            }
        } else if matches!(self.current_status(), Status::Connecting | Status::Connected) {
            // C++ has connected it, or a server.
            self.as_mut().adopt();
        }
        self.announce();
    }

    /// Notes that the connection is not wanted any more; handlers may want it again.
    pub(super) fn give_up(mut self: Pin<&mut Self>) {
        self.rust().is_changing.set(true);
        self.as_mut().note_active(false);
        self.rust().is_changing.set(false);
        if self.is_active() {
            self.follow_later();
        }
    }

    pub(super) fn adopt(mut self: Pin<&mut Self>) {
        if self.rust().wanted_name.borrow().is_empty() {
            let name = self.server_name();
            self.rust().current_name.replace(name.clone());
            self.rust().wanted_name.replace(name);
            self.as_mut().server_name_changed();
        }
        if !self.is_active() {
            let rust = self.rust();
            rust.current_name.replace(rust.wanted_name.borrow().clone());
            rust.is_once.set(true);
            rust.is_complete.set(true);
            self.note_active(true);
        }
    }

    pub(super) fn announce(mut self: Pin<&mut Self>) {
        let status = self.current_status();
        if self.rust().status.replace(status) != status {
            let is_connected = status == Status::Connected;
            if is_connected {
                self.rust().decoder.reset();
            }
            self.as_mut().status_changed();
            if is_connected {
                // The error of an earlier attempt is no longer there.
                self.error_changed();
            }
        }
    }
}
