// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Socket activation: a service manager binds a name, and starts the process with the descriptor.

use std::os::fd::RawFd;

use qlocal_sys::inherited::{self, Inherited};

use super::listener::Listener;
use crate::error::{Error, ErrorKind, Operation, Result};
use crate::log::{self, Topic};

/// The first descriptor, as in sd_listen_fds(3).
const FIRST: RawFd = 3;

/// The maximum number of descriptors accepted: far more than any program gets, and few enough to
/// list.
const MAX_DESCRIPTORS: usize = 0x1_0000;

/// The name of a descriptor without one, as in sd_listen_fds_with_names(3).
const UNKNOWN: &[u8] = b"unknown";

/// The variables by which a service manager passes descriptors to a process.
///
/// ```
/// use qlocal_core::Activation;
///
/// let activation = Activation::new(|_| None);
/// assert!(activation.names().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// `LISTEN_PID`: the process that the other variables are for.
    pub pid: Option<Vec<u8>>,
    /// `LISTEN_FDS`: the number of descriptors.
    pub count: Option<Vec<u8>>,
    /// `LISTEN_FDNAMES`: their names, separated by colons.
    pub names: Option<Vec<u8>>,
    /// The calling process.
    pub process: u32,
}

impl Activation {
    /// That of this process, whose variables are read by `variable`, see [`Environment::new`]. They
    /// are not unset: a child that inherits them is not the process of `LISTEN_PID`.
    ///
    /// [`Environment::new`]: crate::Environment::new
    pub fn new(variable: impl Fn(&str) -> Option<Vec<u8>>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        Self {
            pid: variable("LISTEN_PID"),
            count: variable("LISTEN_FDS"),
            names: variable("LISTEN_FDNAMES"),
            process: std::process::id(),
        }
    }

    /// The names of the descriptors in order, including those that are taken already. One without a
    /// name is called `unknown`.
    ///
    /// # Errors
    /// [`ErrorKind::NotActivated`] when there are none, or the variables are invalid.
    pub fn names(&self) -> Result<Vec<&[u8]>> {
        let count = self.count.as_ref().ok_or(not_activated(Operation::NoCount))?;
        let pid = self.pid.as_ref().ok_or(not_activated(Operation::NoPid))?;
        let pid = number(pid).ok_or(not_activated(Operation::InvalidPid))?;
        if u32::try_from(pid) != Ok(self.process) {
            return Err(not_activated(Operation::OtherPid));
        }
        let count = number(count).filter(|&count| count <= MAX_DESCRIPTORS);
        let count = count.ok_or(not_activated(Operation::InvalidCount))?;
        if count == 0 {
            return Err(not_activated(Operation::ZeroCount));
        }
        let Some(names) = &self.names else { return Ok(vec![UNKNOWN; count]) };
        // One more than expected is enough to detect that there are too many.
        let names: Vec<_> = names.split(|&byte| byte == b':').take(count + 1).collect();
        if names.len() != count {
            return Err(not_activated(Operation::MismatchedNames));
        }
        Ok(names)
    }

    /// Takes over the first descriptor of this name, or of any, that has no owner in this process
    /// yet. Its socket file stays when the listener is dropped, since it belongs to the service
    /// manager.
    ///
    /// # Errors
    /// [`ErrorKind::NotActivated`] when there is none, [`ErrorKind::Unsupported`] when it is not a
    /// local stream socket that listens, or not open at all; it is left as it is then.
    pub fn take(&self, name: Option<&[u8]>) -> Result<Listener> {
        let listener = self.take_unlogged(name);
        let shown = name.unwrap_or_default().escape_ascii();
        match &listener {
            Ok(listener) => {
                log::debug(Topic::Server, format_args!("was given {}", listener.address()));
            }
            Err(error) => {
                log::warning(Topic::Server, format_args!("socket activation: {shown}: {error}"));
            }
        }
        listener
    }

    fn take_unlogged(&self, name: Option<&[u8]>) -> Result<Listener> {
        let mut error = not_activated(Operation::UnknownName);
        for (number, other) in (FIRST..).zip(self.names()?) {
            if name.is_some_and(|name| name != other) {
                continue;
            }
            let outcome = inherited::take(number);
            match outcome.map_err(|errno| Error::from_errno(errno, Operation::Fcntl))? {
                Inherited::Ours(descriptor) => return Listener::adopt_listening(descriptor),
                Inherited::Unsuitable => {
                    return Err(Error::new(ErrorKind::Unsupported, Operation::UnfitDescriptor));
                }
                Inherited::Taken => error = not_activated(Operation::TakenDescriptor),
            }
        }
        Err(error)
    }
}

fn not_activated(operation: Operation) -> Error {
    Error::new(ErrorKind::NotActivated, operation)
}

/// A number in decimal digits.
fn number(text: &[u8]) -> Option<usize> {
    let digits = text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}
