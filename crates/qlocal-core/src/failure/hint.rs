// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What to try after a failure, by its cause as far as it shows when asked: what the name
//! looks like, and what is on the disk by then. Nothing of that happens while a call fails.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::{Error, ErrorKind, Operation};
use crate::names::Environment;
use crate::names::{Address, Namespace};
use crate::sys::file;
use crate::sys::socket::{self, MAX_NAME_LEN};
use crate::sys::Errno;

static ENVIRONMENT: OnceLock<fn() -> Environment> = OnceLock::new();

/// Lets hints know where else names may be. Only the first call counts.
pub fn set_environment(read: fn() -> Environment) {
    ENVIRONMENT.get_or_init(|| read);
}

/// What to try, in one sentence.
pub(crate) fn of(error: &Error, address: &Address) -> Cow<'static, str> {
    // Where memory is what is missing nothing is allocated.
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
                format!("connect without AbstractNamespaceOption: a server has the file {file}")
            })
        }
        ErrorKind::NameTooLong => too_long(name),
        ErrorKind::AddressInUse => {
            Some("use another name: a process has this abstract one already".into())
        }
        _ => None,
    }
}

/// A name that was meant in a way in which names do not work.
fn misread_name(path: &Path) -> Option<String> {
    let folder = environment().map(|environment| environment.temporary_folder);
    let bytes = path.as_os_str().as_bytes();
    // What a name was that is a file in the folder for temporary files, or was never looked up.
    let in_folder = folder.as_deref().and_then(|folder| bytes.strip_prefix(folder));
    let given = in_folder.and_then(|rest| rest.strip_prefix(b"/")).unwrap_or(bytes);
    let given = String::from_utf8_lossy(given);
    if let Some(rest) = given.strip_prefix("~/") {
        return Some(format!(
            "give the path of {rest} in the home folder: ~ does not stand for it here"
        ));
    }
    if let Some((scheme, rest)) = given.split_once(":/") {
        if !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let path = rest.trim_start_matches('/');
            return Some(format!("give the path alone, /{path}: a name is no URL"));
        }
    }
    if let Some(name) =
        path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_prefix('@'))
    {
        return Some(format!(
            "for an abstract name set AbstractNamespaceOption, and give {name} without @"
        ));
    }
    let is_relative = given.starts_with("./") || given.starts_with("../");
    // A path in that folder may have been given as a whole.
    let is_relative = is_relative || !bytes.starts_with(b"/") && given.contains('/');
    is_relative.then(|| {
        let folder = folder.clone().unwrap_or_default();
        format!(
            "give an absolute path: others are not in the current folder, but in {}",
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
        Err(_) if connects => format!("start the server, or mend the path: {shown} does not exist"),
        Err(_) => format!("make the folder {shown} first: it does not exist"),
        Ok(found) if found.is_symlink() => format!("mend the link {shown}: it leads to no folder"),
        Ok(_) => format!("give another path: {shown} is no folder"),
    })
}

/// A server that has this name in another place.
fn other_place(path: &Path) -> Option<String> {
    if path.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
        return Some(format!("mend the link {}: it leads to nothing", path.display()));
    }
    let environment = environment()?;
    let shared = as_path(&environment.temporary_folder);
    let private = private_folders(&environment);
    let folder = path.parent()?;
    let name = path.file_name()?;
    if is_abstract(path.as_os_str()) || is_abstract(name) {
        return Some(
            "set AbstractNamespaceOption: a server has this name in the abstract namespace".into(),
        );
    }
    let in_other = |folder: &Path| {
        let path = folder.join(name);
        is_served(&Address::Pathname(path.as_os_str().as_bytes().into())).then_some(path)
    };
    if folder == shared {
        let path = private.iter().find_map(|folder| in_other(folder))?;
        return Some(format!(
            "give the path {}: a server has this name as a private one",
            path.display()
        ));
    }
    if private.iter().any(|private| private == folder) {
        let path = in_other(shared)?;
        return Some(format!(
            "give the path {}, or ask for no private names: the server's name is not private",
            path.display()
        ));
    }
    None
}

fn refused(path: &Path) -> String {
    let shown = path.display();
    match path.metadata() {
        Ok(found) if !found.file_type().is_socket() => {
            format!("give the path of a server: {shown} is no socket")
        }
        Ok(_) => "start the server: the one that made the file has ended".into(),
        Err(_) => "start the server: no server listens under this name".into(),
    }
}

/// A socket of another type: a datagram socket connects to its own.
fn other_type(path: &Path) -> String {
    let address = Address::Pathname(path.as_os_str().as_bytes().into());
    let kind = match probe(&address) {
        Ok(()) => "SOCK_DGRAM",
        Err(_) => "SOCK_SEQPACKET",
    };
    format!("let the server use SOCK_STREAM: {} is a socket of type {kind}", path.display())
}

fn denied(error: &Error, path: &Path, connects: bool) -> String {
    let closed = path.ancestors().skip(1).find(|folder| !file::may_search(folder));
    if let Some(folder) = closed {
        return format!(
            "let this user into {}: {}",
            folder.display(),
            ownership(folder.metadata().ok())
        );
    }
    let folder = path.parent().unwrap_or(path);
    if number(error) == Some(Errno::ROFS) {
        return format!("use another folder: {} cannot be written to", folder.display());
    }
    let (what, denied) = if connects { ("write to", path) } else { ("make files in", folder) };
    let ownership = ownership(denied.metadata().ok());
    format!("let this user {what} {}: {ownership}", denied.display())
}

fn ownership(found: Option<Metadata>) -> String {
    match found {
        Some(found) => format!(
            "it has the mode {:04o}, the user {} and the group {}",
            found.mode() & 0o7777,
            found.uid(),
            found.gid()
        ),
        None => "look at its owner and mode".into(),
    }
}

fn taken(path: &Path) -> String {
    match path.symlink_metadata() {
        Ok(found) if !found.file_type().is_socket() => {
            format!("use another name, or remove the file: {} is no socket", path.display())
        }
        _ => "use another name, or stop the server that has this one".into(),
    }
}

fn too_long(name: &[u8]) -> Option<String> {
    let excess = name.len().checked_sub(MAX_NAME_LEN).filter(|&excess| excess > 0)?;
    Some(format!(
        "use a name that is shorter by {excess} bytes, or a folder with a shorter path: {MAX_NAME_LEN} are the most"
    ))
}

/// Whether a socket of any type is bound there.
fn is_served(address: &Address) -> bool {
    matches!(probe(address), Ok(()) | Err(Errno::PROTOTYPE))
}

/// Whether something has this abstract name. A socket of another type finds nothing there, so it is
/// the kernel's list that tells.
fn is_abstract(name: &OsStr) -> bool {
    let entry = [b" @", name.as_bytes()].concat();
    let list = std::fs::read("/proc/net/unix").unwrap_or_default();
    list.split(|&byte| byte == b'\n').any(|line| line.ends_with(&entry))
}

/// Connects a datagram socket, which no server notices.
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
