// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What a secondary hands over, and its encoding.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// The first bytes of an encoded hand-over.
const MAGIC: &[u8] = b"qlocal instance\n";

/// The fields of an encoded hand-over. The numbers must never change. Unknown ones are skipped, so that
/// later versions can add some.
mod tag {
    pub const ARGUMENT: u8 = 1;
    pub const FOLDER: u8 = 2;
    pub const VARIABLE: u8 = 3;
    pub const ACTIVATION_TOKEN: u8 = 4;
    pub const STARTUP_ID: u8 = 5;
    pub const MESSAGE: u8 = 6;
    pub const INPUT: u8 = 7;
    pub const INPUT_DESCRIPTOR: u8 = 8;
}

/// What a secondary hands over to the primary. Every field may be empty.
#[derive(Debug, Default)]
pub struct HandOver {
    /// The command line, with the name of the program.
    pub arguments: Vec<OsString>,
    /// The working folder, to which relative paths in the arguments refer.
    pub folder: PathBuf,
    /// The variables of the environment that the program wants to see, by name.
    pub environment: Vec<(OsString, OsString)>,
    /// The token with which a window of the primary may be activated (`XDG_ACTIVATION_TOKEN`).
    pub activation_token: OsString,
    /// The ID of the start-up notification (`DESKTOP_STARTUP_ID`).
    pub startup_id: OsString,
    /// A message of the program's own.
    pub message: Vec<u8>,
    /// The standard input.
    pub input: Input,
}

/// The standard input of a secondary.
#[derive(Debug, Default)]
pub enum Input {
    /// It is not handed over.
    #[default]
    None,
    /// What the secondary has read from it.
    Bytes(Vec<u8>),
    /// Its descriptor.
    Descriptor(OwnedFd),
}

impl HandOver {
    /// What describes the start of this process: arguments, working folder, token and start-up ID, and these
    /// variables of the environment. `variable` reads one, see [`Environment::new`].
    ///
    /// [`Environment::new`]: crate::Environment::new
    pub fn of_this_process(variables: &[&str], variable: impl Fn(&str) -> Option<Vec<u8>>) -> Self {
        let value = |name| OsString::from_vec(variable(name).unwrap_or_default());
        Self {
            arguments: std::env::args_os().collect(),
            folder: std::env::current_dir().unwrap_or_default(),
            environment: variables
                .iter()
                .filter_map(|&name| Some((name.into(), OsString::from_vec(variable(name)?))))
                .collect(),
            activation_token: value("XDG_ACTIVATION_TOKEN"),
            startup_id: value("DESKTOP_STARTUP_ID"),
            ..Self::default()
        }
    }

    /// The bytes of the hand-over; the descriptor goes with them.
    pub fn encode(&self) -> Vec<u8> {
        let mut into = MAGIC.to_vec();
        for argument in &self.arguments {
            push(&mut into, tag::ARGUMENT, argument.as_bytes());
        }
        for (name, value) in &self.environment {
            push(&mut into, tag::VARIABLE, &[name.as_bytes(), b"=", value.as_bytes()].concat());
        }
        let fields = [
            (tag::FOLDER, self.folder.as_os_str().as_bytes()),
            (tag::ACTIVATION_TOKEN, self.activation_token.as_bytes()),
            (tag::STARTUP_ID, self.startup_id.as_bytes()),
            (tag::MESSAGE, &self.message),
        ];
        for (tag, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            push(&mut into, tag, value);
        }
        match &self.input {
            Input::None => {}
            Input::Bytes(bytes) => push(&mut into, tag::INPUT, bytes),
            Input::Descriptor(_) => push(&mut into, tag::INPUT_DESCRIPTOR, b""),
        }
        into
    }

    /// The hand-over with these bytes; `descriptor` is the one that came with them. `None` if they are
    /// none, or the descriptor is missing.
    pub fn decode(bytes: &[u8], descriptor: Option<OwnedFd>) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let mut found = Self::default();
        let mut descriptor = descriptor;
        while let Some((&tag, after)) = rest.split_first() {
            let (len, after) = after.split_first_chunk()?;
            let len = usize::try_from(u32::from_be_bytes(*len)).ok()?;
            let value = after.get(..len)?;
            rest = &after[len..];
            found.set(tag, value, &mut descriptor)?;
        }
        Some(found)
    }

    fn set(&mut self, tag: u8, value: &[u8], descriptor: &mut Option<OwnedFd>) -> Option<()> {
        let string = || OsString::from_vec(value.to_vec());
        match tag {
            tag::ARGUMENT => self.arguments.push(string()),
            tag::FOLDER => self.folder = string().into(),
            tag::VARIABLE => {
                let end = value.iter().position(|&byte| byte == b'=')?;
                let part = |bytes: &[u8]| OsString::from_vec(bytes.to_vec());
                self.environment.push((part(&value[..end]), part(&value[end + 1..])));
            }
            tag::ACTIVATION_TOKEN => self.activation_token = string(),
            tag::STARTUP_ID => self.startup_id = string(),
            tag::MESSAGE => self.message = value.to_vec(),
            tag::INPUT => self.input = Input::Bytes(value.to_vec()),
            tag::INPUT_DESCRIPTOR => self.input = Input::Descriptor(descriptor.take()?),
            _ => {}
        }
        Some(())
    }
}

fn push(into: &mut Vec<u8>, tag: u8, value: &[u8]) {
    // A longer one makes the whole longer than any message may be, which is refused before it is sent.
    let len = u32::try_from(value.len()).unwrap_or(u32::MAX);
    into.push(tag);
    into.extend(len.to_be_bytes());
    into.extend(value);
}
