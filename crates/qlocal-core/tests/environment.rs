// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The folder of private names: chosen by the environment, and never trusted unchecked.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{symlink, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use qlocal_core::{random_name, Environment, ErrorKind, Listener};

mod util;
use util::*;

fn bytes(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

fn make(path: &Path, mode: u32) {
    std::fs::create_dir_all(path).unwrap();
    set_mode(path, mode);
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// A session without a folder.
fn bare(folder: &Folder) -> Environment {
    Environment {
        runtime_folder: None,
        flatpak_id: None,
        snap_folder: None,
        temporary_folder: bytes(folder.path()),
        sessions_folder: bytes(&folder.join("sessions")),
        ..Environment::new(variable, "/tmp")
    }
}

/// A session with its own folder.
fn session(folder: &Folder) -> Environment {
    let own = folder.join("session");
    make(&own, 0o700);
    Environment { runtime_folder: Some(bytes(&own)), ..bare(folder) }
}

fn own_folder(folder: &Folder) -> std::path::PathBuf {
    folder.join(&format!("qlocal-{}", bare(folder).user))
}

#[test]
fn private_names_are_in_session_folder() {
    let folder = Folder::new();
    let session = session(&folder);
    assert_eq!(session.private_folder().unwrap(), bytes(&folder.join("session")));
    let address = session.private_address(b"a").unwrap();
    assert_eq!(address, folder.address("session/a"));
}

#[test]
fn flatpak_uses_folder_shared_with_host() {
    let folder = Folder::new();
    let session = Environment { flatpak_id: Some(b"org.qlocal.Test".to_vec()), ..session(&folder) };
    make(&folder.join("session/app/org.qlocal.Test"), 0o700);
    let expected = bytes(&folder.join("session/app/org.qlocal.Test"));
    assert_eq!(session.private_folder().unwrap(), expected);
}

#[test]
fn application_id_cannot_escape_its_folder() {
    let folder = Folder::new();
    make(&folder.join("session/app"), 0o700);
    for id in ["..", "../..", "x/../.."] {
        let session = Environment { flatpak_id: Some(id.into()), ..session(&folder) };
        assert_eq!(session.private_folder().unwrap(), bytes(&folder.join("session")), "{id}");
    }
}

#[test]
fn snap_creates_missing_session_folder() {
    let folder = Folder::new();
    make(&folder.join("user"), 0o700);
    let snap = folder.join("user/snap.test");
    let session = Environment {
        runtime_folder: Some(bytes(&snap)),
        snap_folder: Some(bytes(&folder.join("common"))),
        ..bare(&folder)
    };
    assert_eq!(session.private_folder().unwrap(), bytes(&snap));
    assert_eq!(std::fs::metadata(&snap).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn snap_without_session_uses_common_folder() {
    let folder = Folder::new();
    make(&folder.join("common"), 0o755);
    let missing = Some(bytes(&folder.join("none/snap.test")));
    let common = Some(bytes(&folder.join("common")));
    let session = Environment { runtime_folder: missing, snap_folder: common, ..bare(&folder) };
    assert_eq!(session.private_folder().unwrap(), bytes(&folder.join("common/run")));
}

#[test]
fn user_folder_is_created_without_session() {
    let folder = Folder::new();
    assert_eq!(bare(&folder).private_folder().unwrap(), bytes(&own_folder(&folder)));
    let mode = std::fs::metadata(own_folder(&folder)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    // And it exists for the next one.
    assert_eq!(bare(&folder).private_folder().unwrap(), bytes(&own_folder(&folder)));
}

#[test]
fn session_folder_is_found_without_variable() {
    let folder = Folder::new();
    let session = bare(&folder);
    let own = folder.join(&format!("sessions/{}", session.user));
    make(&own, 0o700);
    assert_eq!(session.private_folder().unwrap(), bytes(&own));
}

#[test]
fn session_of_another_user_is_not_used() {
    let folder = Folder::new();
    let session = session(&folder);
    let other = Environment { user: session.user + 1, ..session };
    // This user cannot create a folder for the other one either.
    assert_eq!(other.private_folder().unwrap_err().kind(), ErrorKind::AccessDenied);
}

#[test]
fn folder_that_others_can_write_is_not_used() {
    for mode in [0o777, 0o1777, 0o720, 0o702] {
        let folder = Folder::new();
        let session = session(&folder);
        set_mode(&folder.join("session"), mode);
        assert_eq!(session.private_folder().unwrap(), bytes(&own_folder(&folder)), "{mode:o}");
    }
}

#[test]
fn relative_session_path_is_ignored() {
    let folder = Folder::new();
    let session = Environment { runtime_folder: Some(b"session".to_vec()), ..bare(&folder) };
    assert_eq!(session.private_folder().unwrap(), bytes(&own_folder(&folder)));
}

#[test]
fn symlink_as_user_folder_is_refused() {
    let folder = Folder::new();
    make(&folder.join("elsewhere"), 0o700);
    symlink(folder.join("elsewhere"), own_folder(&folder)).unwrap();
    let error = bare(&folder).private_folder().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
}

#[test]
fn shared_user_folder_is_refused() {
    let folder = Folder::new();
    make(&own_folder(&folder), 0o755);
    let error = bare(&folder).private_folder().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
}

#[test]
fn private_name_cannot_escape_its_folder() {
    let folder = Folder::new();
    for name in ["", "/a", "a/b", "..", "."] {
        let error = session(&folder).private_address(name.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidName, "{name}");
    }
}

#[test]
fn long_private_name_gets_short_file_name() {
    let folder = Folder::new();
    let address = session(&folder).private_address(&[b'x'; 200]).unwrap();
    assert_eq!(address.short_name(), b"j4fntbbky65y5li2dyikjdejah");
    assert!(address.full_name().starts_with(&bytes(folder.path())));
}

#[test]
fn long_private_names_stay_distinct() {
    let folder = Folder::new();
    let [mut one, other] = [[b'x'; 200]; 2];
    one[150] = b'y';
    let address = |name: &[u8]| session(&folder).private_address(name).unwrap();
    assert_ne!(address(&one), address(&other));
    assert_eq!(address(&one), address(&one));
}

#[test]
fn private_name_that_fits_is_file_name() {
    let folder = Folder::new();
    let session = session(&folder);
    let longest = vec![b'x'; 106 - session.private_folder().unwrap().len() - 1];
    let address = session.private_address(&longest).unwrap();
    assert_eq!(address.short_name(), longest);
}

#[test]
fn long_private_name_in_long_folder_fails() {
    let folder = Folder::new();
    let deep = folder.join(&"x".repeat(100 - folder.path().as_os_str().len()));
    make(&deep, 0o700);
    let environment = Environment { runtime_folder: Some(bytes(&deep)), ..session(&folder) };
    let error = environment.private_address(&[b'x'; 200]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTooLong);
}

#[test]
fn random_names_are_short_and_never_same() {
    let names: HashSet<String> = (0..1000).map(|_| random_name().unwrap()).collect();
    assert_eq!(names.len(), 1000);
    assert!(names.iter().all(|name| name.len() == 26));
    // Each letter occurs in each place: none of the bits is constant.
    for place in 0..26 {
        let letters: HashSet<u8> = names.iter().map(|name| name.as_bytes()[place]).collect();
        assert_eq!(letters.len(), 32, "at {place}");
    }
}

#[test]
fn random_name_accepts_connections() {
    let folder = Folder::new();
    let listener = Listener::bind_random(&bytes(folder.path()), Some(0o600), 50).unwrap();
    let path = Path::new(std::ffi::OsStr::from_bytes(listener.address().full_name())).to_owned();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(UnixStream::connect(&path).is_ok());
}

#[test]
fn too_long_folder_fails_random_name() {
    let folder = Folder::new();
    let deep = folder.join(&"x".repeat(100 - folder.path().as_os_str().len()));
    make(&deep, 0o700);
    let error = Listener::bind_random(&bytes(&deep), None, 50).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTooLong);
    assert!(error.to_string().contains("shorter"), "{error}");
}
