// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Hints on failures. The cause is derived from the name and from the file system when the hint is
//! requested, not when the call fails.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use qlocal_sys::file;
use qlocal_sys::socket::{self, MAX_NAME_LEN};
use qlocal_sys::Errno;

use crate::error::{Error, ErrorKind, Operation};
use crate::names::Environment;
use crate::names::{Address, Namespace};

static ENVIRONMENT: OnceLock<fn() -> Environment> = OnceLock::new();

/// Sets how hints read the environment, in which names can have other folders. Only the first
/// call has an effect.
pub fn set_environment(read: fn() -> Environment) {
    ENVIRONMENT.get_or_init(|| read);
}

/// What to try, as one sentence.
pub(crate) fn of(error: &Error, address: &Address) -> Cow<'static, str> {
    // Nothing is allocated when memory is short.
    if error.kind() == ErrorKind::ResourceExhausted {
        return error.hint().into();
    }
    let cause = match address {
        Address::Pathname(bytes) => of_path(error, Path::new(OsStr::from_bytes(bytes))),
        Address::Abstract(name) => of_abstract(error, name),
        Address::Unnamed => None,
    };
    cause.map_or_else(|| error.hint().into(), Cow::Owned)
}

fn of_path(error: &Error, path: &Path) -> Option<String> {
    // The way to the server was fine.
    if matches!(error.operation(), Operation::Greeting | Operation::OtherUser) {
        return None;
    }
    let connects = error.operation() == Operation::Connect;
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::InvalidName => misread_name(path)
            .or_else(|| broken_path(path, connects))
            .or_else(|| connects.then(|| other_place(path)).flatten()),
        ErrorKind::NameTooLong => too_long(path.as_os_str().as_bytes()),
        ErrorKind::ConnectionRefused => match number(error) {
            Some(Errno::PROTOTYPE) => Some(other_type(path)),
            _ => Some(refused(path)),
        },
        ErrorKind::AccessDenied => Some(denied(error, path, connects)),
        ErrorKind::AddressInUse => Some(taken(path)),
        _ => None,
    }
}

fn of_abstract(error: &Error, name: &[u8]) -> Option<String> {
    match error.kind() {
        ErrorKind::ConnectionRefused => {
            let folder = environment()?.temporary_folder;
            let file = Address::expand(name, Namespace::Files { folder: &folder });
            is_served(&file).then(|| {
                format!(
                    "connect without AbstractNamespaceOption: a server listens on the file {file}"
                )
            })
        }
        ErrorKind::NameTooLong => too_long(name),
        ErrorKind::AddressInUse => {
            Some("use another name: this abstract name is already in use".into())
        }
        _ => None,
    }
}

/// A name that was meant in a way in which names do not work.
fn misread_name(path: &Path) -> Option<String> {
    let folder = environment().map(|environment| environment.temporary_folder);
    let bytes = path.as_os_str().as_bytes();
    // The name as given: `path` is in the folder for temporary files, or was never resolved.
    let in_folder = folder.as_deref().and_then(|folder| bytes.strip_prefix(folder));
    let given = in_folder.and_then(|rest| rest.strip_prefix(b"/")).unwrap_or(bytes);
    let given = String::from_utf8_lossy(given);
    if let Some(rest) = given.strip_prefix("~/") {
        return Some(format!("use the full path of {rest} in the home folder: ~ is not expanded"));
    }
    if let Some((scheme, rest)) = given.split_once(":/") {
        if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let path = rest.trim_start_matches('/');
            return Some(format!("use the plain path /{path}: a server name is not a URL"));
        }
    }
    if let Some(name) =
        path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_prefix('@'))
    {
        return Some(format!(
            "set AbstractNamespaceOption for an abstract name, and use {name} without @"
        ));
    }
    let is_relative = given.starts_with("./") || given.starts_with("../");
    // An absolute path in that folder may have been given.
    let is_relative = is_relative || !bytes.starts_with(b"/") && given.contains('/');
    is_relative.then(|| {
        let folder = folder.clone().unwrap_or_default();
        format!(
            "use an absolute path: other names are relative to {}, not to the current folder",
            as_path(&folder).display()
        )
    })
}

/// What part of the way to a file is missing, or is none.
fn broken_path(path: &Path, connects: bool) -> Option<String> {
    let mut ancestors: Vec<&Path> = path.ancestors().skip(1).collect();
    ancestors.reverse();
    let broken = ancestors.into_iter().find(|folder| !folder.is_dir())?;
    let shown = broken.display();
    Some(match broken.symlink_metadata() {
        Err(_) if connects => {
            format!("start the server, or correct the path: {shown} does not exist")
        }
        Err(_) => format!("create the folder {shown} first: it does not exist"),
        Ok(found) if found.is_symlink() => {
            format!("fix the link {shown}: its target is not a folder")
        }
        Ok(_) => format!("use another path: {shown} is not a folder"),
    })
}

/// A server that has this name in another place.
fn other_place(path: &Path) -> Option<String> {
    if path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
        return Some(format!("fix the link {}: its target does not exist", path.display()));
    }
    let environment = environment()?;
    let shared = as_path(&environment.temporary_folder);
    let private = private_folders(&environment);
    let folder = path.parent()?;
    let name = path.file_name()?;
    if is_abstract(path.as_os_str()) || is_abstract(name) {
        return Some(
            "set AbstractNamespaceOption: a server listens on this name in the abstract namespace"
                .into(),
        );
    }
    let in_other = |folder: &Path| {
        let path = folder.join(name);
        is_served(&Address::Pathname(path.as_os_str().as_bytes().into())).then_some(path)
    };
    if folder == shared {
        let path = private.iter().find_map(|folder| in_other(folder))?;
        return Some(format!(
            "use the path {}: a server listens on this private name",
            path.display()
        ));
    }
    if private.iter().any(|private| private == folder) {
        let path = in_other(shared)?;
        return Some(format!(
            "use the path {}, or turn off private names: the server's name is not private",
            path.display()
        ));
    }
    None
}

fn refused(path: &Path) -> String {
    let shown = path.display();
    match path.metadata() {
        Ok(found) if !found.file_type().is_socket() => {
            format!("use the path of a server: {shown} is not a socket")
        }
        Ok(_) => "start the server: the one that created the file has exited".into(),
        Err(_) => "start the server: no server listens on this name".into(),
    }
}

/// A socket of another type is bound there. Connecting a datagram socket shows which.
fn other_type(path: &Path) -> String {
    let address = Address::Pathname(path.as_os_str().as_bytes().into());
    let kind = match probe(&address) {
        Ok(()) => "SOCK_DGRAM",
        Err(_) => "SOCK_SEQPACKET",
    };
    format!("make the server use SOCK_STREAM: {} is a socket of type {kind}", path.display())
}

fn denied(error: &Error, path: &Path, connects: bool) -> String {
    let closed = path.ancestors().skip(1).find(|folder| !file::may_search(folder));
    if let Some(folder) = closed {
        return format!(
            "allow this user to search {}: {}",
            folder.display(),
            ownership(folder.metadata().ok())
        );
    }
    let folder = path.parent().unwrap_or(path);
    if number(error) == Some(Errno::ROFS) {
        return format!("use another folder: {} cannot be written to", folder.display());
    }
    let (what, denied) = if connects { ("write to", path) } else { ("create files in", folder) };
    let ownership = ownership(denied.metadata().ok());
    format!("allow this user to {what} {}: {ownership}", denied.display())
}

fn ownership(found: Option<Metadata>) -> String {
    match found {
        Some(found) => format!(
            "it has mode {:04o}, user {} and group {}",
            found.mode() & 0o7777,
            found.uid(),
            found.gid()
        ),
        None => "check its owner and mode".into(),
    }
}

fn taken(path: &Path) -> String {
    match path.symlink_metadata() {
        Ok(found) if !found.file_type().is_socket() => {
            format!("use another name, or remove the file: {} is not a socket", path.display())
        }
        _ => "use another name, or stop the server that uses this one".into(),
    }
}

fn too_long(name: &[u8]) -> Option<String> {
    let excess = name.len().checked_sub(MAX_NAME_LEN).filter(|&excess| excess > 0)?;
    Some(format!(
        "use a name that is shorter by {excess} bytes, or a folder with a shorter path: {MAX_NAME_LEN} are the most"
    ))
}

/// Whether a socket of any type is bound to this address.
fn is_served(address: &Address) -> bool {
    matches!(probe(address), Ok(()) | Err(Errno::PROTOTYPE))
}

/// Whether a socket is bound to this abstract name. Connecting a socket of another type does not
/// find it, so this reads the kernel's list.
fn is_abstract(name: &OsStr) -> bool {
    let entry = [b" @", name.as_bytes()].concat();
    let list = std::fs::read("/proc/net/unix").unwrap_or_default();
    list.split(|&byte| byte == b'\n').any(|line| line.ends_with(&entry))
}

/// Connects a datagram socket, which servers do not notice.
fn probe(address: &Address) -> Result<(), Errno> {
    let address = address.to_socket_address().map_err(|_| Errno::NAMETOOLONG)?;
    socket::datagram().and_then(|probe| socket::connect(probe, &address))
}

fn private_folders(environment: &Environment) -> Vec<PathBuf> {
    let user = environment.user.to_string();
    let session = environment.runtime_folder.as_deref().map(as_path);
    let shared = environment.flatpak_id.as_deref().map(|id| Path::new("app").join(as_path(id)));
    let in_session = session.into_iter().flat_map(|session| {
        let shared = shared.as_ref().map(|shared| session.join(shared));
        shared.into_iter().chain([session.to_owned()])
    });
    let snap = environment.snap_folder.as_deref().map(|snap| as_path(snap).join("run"));
    let system = as_path(&environment.sessions_folder).join(&user);
    let own = as_path(&environment.temporary_folder).join(format!("qlocal-{user}"));
    in_session.chain(snap).chain([system, own]).collect()
}

fn environment() -> Option<Environment> {
    ENVIRONMENT.get().map(|read| read())
}

fn number(error: &Error) -> Option<Errno> {
    error.raw_os_error().map(Errno::from_raw_os_error)
}

fn as_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}
