// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Maps between Qt's terms and the engine's: names, states, errors, time-outs.

use std::fmt::Debug;
use std::time::{Duration, Instant};

use cxx_qt_lib::{qint64, QString};
use qlocal_core::{
    Address, Error, ErrorKind, Failure, Namespace, Operation, PeerCredentials, Result, State,
};

use crate::environment::environment;
use crate::server_name::PRIVATE;
use crate::types::ffi::{ErrorParts, PeerIdentity, Place, SocketError, SocketState};

/// A name given by the user. If UTF-8 cannot represent it, it is empty, like no server's name: no
/// other name must be used instead.
pub fn name(name: &QString) -> String {
    match name.is_valid_utf16() {
        true => name.to_string(),
        false => String::new(),
    }
}

/// Resolves a name given by the user: in [`Place::Files`] to a file in `folder` unless it is a
/// path.
///
/// # Errors
/// [`ErrorKind::InvalidName`] also when UTF-8 cannot represent it.
pub fn address(name: &QString, place: Place, folder: &QString) -> Result<Address> {
    let name = self::name(name);
    match place {
        Place::Private => environment().private_address(name.as_bytes()),
        Place::Abstract => Address::resolve(name.as_bytes(), Namespace::Abstract),
        _ => {
            let folder = folder.to_string();
            Address::resolve(name.as_bytes(), Namespace::Files { folder: folder.as_bytes() })
        }
    }
}

/// The intended address of a name that cannot be resolved, for its error.
pub fn intended_address(name: &QString, place: Place, folder: &QString) -> Address {
    let name = name.to_string();
    let folder = folder.to_string();
    match place {
        Place::Abstract => Address::expand(name.as_bytes(), Namespace::Abstract),
        Place::Files => {
            Address::expand(name.as_bytes(), Namespace::Files { folder: folder.as_bytes() })
        }
        // Without a folder there is no path; with it only the name is wrong.
        _ => Address::Pathname(name.as_bytes().into()),
    }
}

/// The address of a socket-activation name, for its error: no path is known.
pub fn activation_address(name: &str) -> Address {
    match name {
        "" => Address::Unnamed,
        name => Address::Pathname(name.as_bytes().into()),
    }
}

/// Where a name is looked up: a path is used as it is where other names are private.
pub fn place(name: &QString, place: Place) -> Place {
    if place == Place::Private && name.to_string().starts_with('/') {
        return Place::Files;
    }
    place
}

/// The permission bits of a socket file: those asked for, if any; otherwise those of a private file,
/// or `None`, which leaves them to the umask.
pub fn file_mode(access: u32, place: Place) -> Option<u32> {
    match access {
        0 => (place == Place::Private).then_some(PRIVATE),
        access => Some(access),
    }
}

/// The details of a failure, if there is one.
pub fn describe(failure: Option<Failure>) -> ErrorParts {
    let text = |text: &str| QString::from(text);
    let Some(failure) = failure else {
        return ErrorParts { kind: text("None"), ..ErrorParts::default() };
    };
    ErrorParts {
        kind: name_of(failure.kind()),
        operation: text(failure.operation()),
        number: failure.raw_os_error().unwrap_or_default(),
        number_name: text(failure.errno_name().unwrap_or_default()),
        path: full_name(failure.address()),
        hint: text(&failure.hint()),
        text: text(&failure.to_string()),
    }
}

/// The name of an enum's variant, by which C++ finds its own.
pub fn name_of(variant: impl Debug) -> QString {
    QString::from(format!("{variant:?}"))
}

/// The full name of an address, as shown to the user.
pub fn full_name(address: &Address) -> QString {
    QString::from(&*String::from_utf8_lossy(address.full_name()))
}

/// The short name of an address, as shown to the user.
pub fn short_name(address: &Address) -> QString {
    QString::from(&*String::from_utf8_lossy(address.short_name()))
}

impl From<State> for SocketState {
    fn from(state: State) -> Self {
        match state {
            State::Unconnected => Self::Unconnected,
            State::Connecting => Self::Connecting,
            State::Connected => Self::Connected,
            State::Closing => Self::Closing,
        }
    }
}

/// The state for a number from C++; an unknown number counts as unconnected.
pub fn state(state: SocketState) -> State {
    match state {
        SocketState::Connecting => State::Connecting,
        SocketState::Connected => State::Connected,
        SocketState::Closing => State::Closing,
        _ => State::Unconnected,
    }
}

impl From<ErrorKind> for SocketError {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidName
            | ErrorKind::NameTooLong
            | ErrorKind::NotFound
            | ErrorKind::NotActivated => Self::NotFound,
            ErrorKind::ConnectionRefused => Self::ConnectionRefused,
            ErrorKind::AccessDenied => Self::Access,
            ErrorKind::AddressInUse => Self::AddressInUse,
            ErrorKind::ResourceExhausted | ErrorKind::LimitExceeded => Self::Resource,
            ErrorKind::TimedOut => Self::Timeout,
            ErrorKind::PeerClosed => Self::PeerClosed,
            ErrorKind::NotConnected => Self::Connection,
            ErrorKind::InvalidState | ErrorKind::InvalidMessage | ErrorKind::InvalidFraming => {
                Self::Operation
            }
            ErrorKind::Unsupported => Self::Unsupported,
            _ => Self::Unknown,
        }
    }
}

impl From<Option<PeerCredentials>> for PeerIdentity {
    fn from(peer: Option<PeerCredentials>) -> Self {
        let known = peer.is_some();
        let (uid, gid, pid, groups) = peer
            .map(|peer| (peer.uid, peer.gid, peer.pid.unwrap_or(0), peer.groups))
            .unwrap_or_default();
        Self { known, uid, gid, pid, groups }
    }
}

/// A size from C++, where a negative number means none.
pub fn size(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// A size for C++.
pub fn number(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// As [`number`], for the functions of QIODevice.
pub fn to_qint64(count: usize) -> qint64 {
    number(count).into()
}

/// The text of QLocalSocket::errorString() for an error, in Qt's words.
pub fn socket_error_string(error: Error) -> QString {
    let connecting = matches!(
        error.operation(),
        Operation::Name | Operation::Socket | Operation::Connect | Operation::EpollCreate
    );
    let origin = match error.kind() {
        // Qt's own spelling; programs may compare with it.
        ErrorKind::InvalidState => "QLocalSocket::connectToserver",
        _ if connecting => "QLocalSocket::connectToServer",
        _ => "QLocalSocket",
    };
    let text = match error.kind() {
        ErrorKind::InvalidName | ErrorKind::NameTooLong | ErrorKind::NotFound => "Invalid name",
        ErrorKind::ConnectionRefused => "Connection refused",
        ErrorKind::AccessDenied => "Socket access error",
        ErrorKind::ResourceExhausted | ErrorKind::LimitExceeded => "Socket resource error",
        ErrorKind::TimedOut => "Socket operation timed out",
        ErrorKind::PeerClosed => "Remote closed",
        ErrorKind::NotConnected => "Connection error",
        ErrorKind::InvalidState => "Operation not permitted when socket is in this state",
        ErrorKind::InvalidMessage => "Invalid message",
        ErrorKind::InvalidFraming => "Invalid framing",
        ErrorKind::Unsupported => "The socket operation is not supported",
        _ => return unknown(origin, error),
    };
    QString::from(format!("{origin}: {text}"))
}

/// The text of QLocalServer::errorString() for an error, in Qt's words.
pub fn server_error_string(error: Error) -> QString {
    let origin = match error.kind() {
        ErrorKind::InvalidFraming => "QLocalServer",
        _ => "QLocalServer::listen",
    };
    let text = match error.kind() {
        ErrorKind::InvalidFraming => "Invalid framing",
        ErrorKind::InvalidName | ErrorKind::NameTooLong | ErrorKind::NotFound => "Name error",
        ErrorKind::AddressInUse => "Address in use",
        ErrorKind::AccessDenied => "Permission denied",
        ErrorKind::ResourceExhausted => "Out of descriptors or memory",
        ErrorKind::Unsupported => "No local socket",
        ErrorKind::NotActivated => "Not given by socket activation",
        _ => return unknown(origin, error),
    };
    QString::from(format!("{origin}: {text}"))
}

fn unknown(origin: &str, error: Error) -> QString {
    let number = error.raw_os_error().unwrap_or_default();
    QString::from(format!("{origin}: Unknown error {number}"))
}

/// The deadline for a time-out in milliseconds as in Qt, where a negative number means forever.
pub fn deadline(msecs: i32) -> Option<Instant> {
    let msecs = u64::try_from(msecs).ok()?;
    Instant::now().checked_add(Duration::from_millis(msecs))
}
