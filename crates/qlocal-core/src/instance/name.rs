// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The name of an instance: one for each user, session or display.

use crate::error::{Error, ErrorKind, Operation, Result};
use crate::names::{Address, Environment};

/// Among which processes of a user one is the primary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// All of them.
    #[default]
    User,
    /// Those of the same login session (`XDG_SESSION_ID`). Those outside of sessions count as one.
    Session,
    /// Those on the same display (`WAYLAND_DISPLAY`, or else `DISPLAY` without its screen). Those without
    /// a display count as one.
    Display,
}

/// The name of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InstanceName(Vec<u8>);

impl InstanceName {
    /// The name of the program with this name, such as `org.example.editor`. `variable` reads the environment,
    /// see [`Environment::new`].
    ///
    /// # Errors
    /// [`ErrorKind::InvalidName`] when that is empty.
    pub fn new(
        program: &[u8],
        scope: Scope,
        variable: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self> {
        if program.is_empty() {
            return Err(Error::new(ErrorKind::InvalidName, Operation::Name));
        }
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut name = escaped(program);
        match scope {
            Scope::User => name.extend(b",user"),
            Scope::Session => {
                let session = variable("XDG_SESSION_ID").unwrap_or_default();
                name.extend([b",session=", &*escaped(&session)].concat());
            }
            Scope::Display => {
                name.extend([b",display=", &*escaped(&display(&variable))].concat());
            }
        }
        Ok(Self(name))
    }

    /// Its address, in the private folder of the user.
    ///
    /// # Errors
    /// Those of [`Environment::private_address`].
    pub fn address(&self, environment: &Environment) -> Result<Address> {
        environment.private_address(&self.0)
    }

    /// The name as the address contains it, unless it is too long for that.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

fn display(variable: &impl Fn(&str) -> Option<Vec<u8>>) -> Vec<u8> {
    if let Some(name) = variable("WAYLAND_DISPLAY") {
        // A name without a slash is a file in this folder.
        let folder = variable("XDG_RUNTIME_DIR").unwrap_or_default();
        let relative = name.strip_prefix(&*folder).and_then(|rest| rest.strip_prefix(b"/"));
        return relative.filter(|_| !folder.is_empty()).map_or(name.clone(), <[u8]>::to_vec);
    }
    let mut name = variable("DISPLAY").unwrap_or_default();
    let colon = name.iter().rposition(|&byte| byte == b':').unwrap_or(0);
    if let Some(dot) = name[colon..].iter().position(|&byte| byte == b'.') {
        name.truncate(colon + dot);
    }
    name
}

/// The bytes without those that separate the parts of a name, or cannot be in a file's name.
fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut into = Vec::new();
    for &byte in bytes {
        match byte {
            0 | b'/' | b',' | b'%' => into.extend(format!("%{byte:02X}").bytes()),
            byte => into.push(byte),
        }
    }
    into
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(scope: Scope, variables: &[(&str, &str)]) -> String {
        let value = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.as_bytes().to_vec())
        };
        String::from_utf8(InstanceName::new(b"a", scope, value).unwrap().0).unwrap()
    }

    #[test]
    fn each_session_has_its_own() {
        assert_eq!(name(Scope::User, &[("XDG_SESSION_ID", "7")]), "a,user");
        assert_eq!(name(Scope::Session, &[("XDG_SESSION_ID", "7")]), "a,session=7");
        assert_eq!(name(Scope::Session, &[]), "a,session=");
    }

    #[test]
    fn a_display_has_one_name() {
        let x11 = |display| name(Scope::Display, &[("DISPLAY", display)]);
        assert_eq!(x11(":0.1"), "a,display=:0");
        assert_eq!(x11("host.example:10.0"), "a,display=host.example:10");
        let wayland = |display| {
            let variables =
                [("WAYLAND_DISPLAY", display), ("DISPLAY", ":0"), ("XDG_RUNTIME_DIR", "/run/1")];
            name(Scope::Display, &variables)
        };
        assert_eq!(wayland("wayland-0"), "a,display=wayland-0");
        assert_eq!(wayland("/run/1/wayland-0"), "a,display=wayland-0");
        assert_eq!(wayland("/tmp/w"), "a,display=%2Ftmp%2Fw");
    }

    #[test]
    fn parts_cannot_be_confused() {
        let none = |_: &str| None;
        let tricky = InstanceName::new(b"a,session=7", Scope::User, none).unwrap();
        assert_eq!(tricky.as_bytes(), b"a%2Csession=7,user");
        let empty = InstanceName::new(b"", Scope::User, none).unwrap_err();
        assert_eq!(empty.kind(), ErrorKind::InvalidName);
    }
}
