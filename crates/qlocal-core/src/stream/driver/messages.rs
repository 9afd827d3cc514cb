// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a driver does for a user of messages.

use super::Driver;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::machine::Framing;
use crate::machine::{Effect, State};
use crate::stream::messages::Messages;

/// How long messages may be, and those that have arrived.
pub(super) struct Framed {
    most: usize,
    /// Without a framing the user reads bytes.
    messages: Option<Messages>,
}

impl Default for Framed {
    fn default() -> Self {
        Self { most: Framing::DEFAULT_MOST, messages: None }
    }
}

impl Driver {
    fn messages(&self) -> Option<&Messages> {
        self.framed.as_ref()?.messages.as_ref()
    }

    fn messages_mut(&mut self) -> Option<&mut Messages> {
        self.framed.as_mut()?.messages.as_mut()
    }

    pub(crate) fn framing(&self) -> Option<Framing> {
        self.messages().map(Messages::framing)
    }

    pub(crate) fn set_framing(&mut self, framing: Option<Framing>, read_ahead: &[u8]) {
        if framing == self.framing() && read_ahead.is_empty() {
            return;
        }
        let framed = self.framed.get_or_insert_default();
        let rest = match framed.messages.take() {
            Some(messages) => messages.into_bytes(),
            None => std::mem::take(&mut self.input),
        };
        framed.messages = framing.map(|framing| Messages::new(framing, framed.most));
        self.connection.forget_input();
        if !read_ahead.is_empty() {
            self.input.make_room();
            self.input.tail().extend_from_slice(read_ahead);
        }
        self.input.tail().extend_from_slice(rest.as_slice());
        match framing {
            Some(_) => self.sort_input(),
            None if !self.input.is_empty() => self.connection.announce_input(),
            None => {}
        }
        self.input.release();
        self.messages_read();
        self.defer();
    }

    pub(crate) fn message_limit(&self) -> usize {
        self.framed.as_ref().map_or(Framing::DEFAULT_MOST, |framed| framed.most)
    }

    pub(crate) fn set_message_limit(&mut self, most: usize) {
        let most = match most {
            0 => Framing::DEFAULT_MOST,
            most => most.min(Framing::LARGEST),
        };
        let framed = self.framed.get_or_insert_default();
        framed.most = most;
        if let Some(messages) = &mut framed.messages {
            messages.set_most(most);
            self.sort_input();
            self.defer();
        }
    }

    /// Everything that arrived and was not read is thrown away.
    pub(super) fn clear_input(&mut self) {
        self.input.clear();
        if let Some(messages) = self.messages_mut() {
            messages.clear();
            self.connection.forget_input();
        }
    }

    /// The user ends the connection, and hears no more of messages that are here. They stay readable.
    pub(super) fn leave_messages(&mut self) {
        if self.framing().is_some() {
            self.connection.forget_input();
        }
    }

    /// Received bytes are told the user as they are, or become messages.
    pub(super) fn sort_input(&mut self) {
        let Some(messages) = self.framed.as_mut().and_then(|framed| framed.messages.as_mut())
        else {
            return self.bytes_arrived();
        };
        let before = messages.len();
        messages.receive(&mut self.input);
        if messages.len() != before {
            self.arrivals += 1;
            self.connection.announce_input();
        }
        if messages.is_too_long() {
            self.connection
                .peer_ended(Error::new(ErrorKind::LimitExceeded, Operation::ReceiveMessage));
        }
    }

    /// What announces input.
    pub(super) fn input_effect(&self) -> Effect {
        match self.messages() {
            Some(_) => Effect::MessageReady,
            None => Effect::ReadyRead,
        }
    }

    /// How many bytes are in messages, whole or not.
    pub(super) fn held(&self) -> usize {
        self.messages().map_or(0, Messages::held)
    }

    /// How many bytes have to come before the user can read anything of what has begun.
    pub(super) fn missing(&self) -> usize {
        self.messages().map_or(0, Messages::missing)
    }

    /// Whether a message has begun that is not whole.
    pub(super) fn has_part(&self) -> bool {
        self.messages().is_some_and(Messages::has_part)
    }

    pub(crate) fn has_message(&self) -> bool {
        self.messages().is_some_and(|messages| !messages.is_empty())
    }

    pub(crate) fn read_message<T>(&mut self, take: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let taken = self.messages_mut()?.next(take);
        self.messages_read();
        taken
    }

    /// Handlers may read one message or all of them: they are called again for what is left.
    fn messages_read(&mut self) {
        if self.paused {
            self.defer();
        }
        if self.has_message() {
            if self.connection.is_announcing_input() {
                self.connection.announce_input();
            }
        } else if self.framing().is_some() {
            self.connection.forget_input();
        }
    }

    /// Takes all of a message or nothing.
    pub(crate) fn write_message(&mut self, message: &[u8]) -> Result<()> {
        let outcome = self.queue_message(message);
        outcome.map_err(|error| self.refused(error))
    }

    /// Refuses a message whatever it is: the user cannot write.
    pub(crate) fn refuse_message(&mut self) -> Error {
        self.refused(Error::new(ErrorKind::NotConnected, Operation::WriteMessage))
    }

    fn refused(&mut self, error: Error) -> Error {
        self.is_misused = false;
        self.last_error = Some(error);
        error
    }

    fn queue_message(&mut self, message: &[u8]) -> Result<()> {
        let failure = |kind| Error::new(kind, Operation::WriteMessage);
        let framing = self.framing().ok_or(failure(ErrorKind::InvalidMessage))?;
        let (prefix, suffix) = framing.frame(message, self.message_limit())?;
        let parts = [prefix.as_ref(), message, suffix];
        let size = parts.iter().map(|part| part.len()).sum();
        let most = self.write_limits().most;
        if most != 0 && size > most {
            return Err(failure(ErrorKind::InvalidMessage));
        }
        let is_open = matches!(self.state(), State::Connected | State::Closing);
        if !is_open || self.descriptor.is_none() {
            return Err(failure(ErrorKind::NotConnected));
        }
        self.defer();
        if self.room_to_write(size).is_none_or(|room| room < size) {
            return Err(failure(ErrorKind::LimitExceeded));
        }
        for part in parts {
            self.output.write(part);
        }
        Ok(())
    }
}
