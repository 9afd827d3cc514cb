// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Names in the file system and in the abstract namespace: which are free, in use or stale.
//!
//! Process-wide state (umask, descriptor limit) is changed in a child: a test starts its own
//! program again.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{symlink, FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Barrier};

use qlocal_core::{remove_server, Address, ErrorKind, Listener, Namespace};
use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};

mod util;
use util::*;

fn mode_of(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

fn bind(address: Address) -> qlocal_core::Result<Listener> {
    Listener::bind(address, None, 50)
}

#[track_caller]
fn bind_error(address: Address) -> ErrorKind {
    bind(address).map(drop).unwrap_err().kind()
}

fn abstract_address(name: &[u8]) -> Address {
    Address::resolve(name, Namespace::Abstract).unwrap()
}

#[test]
fn dropped_listener_removes_file() {
    let folder = Folder::new();
    let listener = bind(folder.address("a")).unwrap();
    assert!(UnixStream::connect(folder.join("a")).is_ok());
    drop(listener);
    assert!(!folder.join("a").exists());
}

#[test]
fn stale_file_is_reclaimed() {
    let folder = Folder::new();
    leave_stale_file(&folder.join("a"));
    assert!(folder.join("a").exists());
    let _listener = bind(folder.address("a")).unwrap();
    assert!(UnixStream::connect(folder.join("a")).is_ok());
}

#[test]
fn live_name_is_in_use() {
    let folder = Folder::new();
    let live = UnixListener::bind(folder.join("a")).unwrap();
    live.set_nonblocking(true).unwrap();
    assert_eq!(bind_error(folder.address("a")), ErrorKind::AddressInUse);
    // The probe makes no connection, and the file stays.
    assert!(live.accept().is_err());
    assert!(UnixStream::connect(folder.join("a")).is_ok());
}

#[test]
fn name_with_full_backlog_is_in_use() {
    let folder = Folder::new();
    let _live = Listener::bind(folder.address("a"), None, 0).unwrap();
    let _waiting = UnixStream::connect(folder.join("a")).unwrap();
    assert_eq!(bind_error(folder.address("a")), ErrorKind::AddressInUse);
}

#[test]
fn bound_datagram_socket_keeps_its_name() {
    let folder = Folder::new();
    let _live = UnixDatagram::bind(folder.join("a")).unwrap();
    assert_eq!(bind_error(folder.address("a")), ErrorKind::AddressInUse);
    assert!(folder.join("a").exists());
}

#[test]
fn file_with_content_is_never_removed() {
    let folder = Folder::new();
    std::fs::write(folder.join("a"), "precious").unwrap();
    assert_eq!(bind_error(folder.address("a")), ErrorKind::AddressInUse);
    assert!(!remove_server(&folder.address("a")));
    assert_eq!(std::fs::read(folder.join("a")).unwrap(), b"precious");
}

#[test]
fn folder_is_never_removed() {
    let folder = Folder::new();
    std::fs::create_dir(folder.join("a")).unwrap();
    assert_eq!(bind_error(folder.address("a")), ErrorKind::AddressInUse);
    assert!(!remove_server(&folder.address("a")));
    assert!(folder.join("a").is_dir());
}

#[test]
fn symlink_and_its_target_are_kept() {
    let folder = Folder::new();
    leave_stale_file(&folder.join("stale"));
    for target in ["stale", "nothing"] {
        let link = format!("link to {target}");
        symlink(folder.join(target), folder.join(&link)).unwrap();
        assert_eq!(bind_error(folder.address(&link)), ErrorKind::AddressInUse);
        assert!(!remove_server(&folder.address(&link)));
        assert!(folder.join(&link).is_symlink());
    }
    assert!(folder.join("stale").exists());
}

#[test]
fn missing_folder_is_not_found() {
    let folder = Folder::new();
    assert_eq!(bind_error(folder.address("none/a")), ErrorKind::NotFound);
    std::fs::write(folder.join("file"), "").unwrap();
    assert_eq!(bind_error(folder.address("file/a")), ErrorKind::NotFound);
}

#[test]
fn mode_is_exact_for_any_umask() {
    if child_argument().is_none() {
        return run_child("mode_is_exact_for_any_umask", "umask");
    }
    let folder = Folder::new();
    for umask in [0o000, 0o022, 0o077, 0o777] {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
        for mode in [0o700, 0o070, 0o007, 0o770, 0o777, 0o000] {
            let listener = Listener::bind(folder.address("a"), Some(mode), 50).unwrap();
            assert_eq!(mode_of(&folder.join("a")), mode, "umask {umask:o}");
            drop(listener);
        }
    }
}

#[test]
fn umask_applies_without_mode() {
    if child_argument().is_none() {
        return run_child("umask_applies_without_mode", "umask");
    }
    let folder = Folder::new();
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o027));
    let _listener = bind(folder.address("a")).unwrap();
    assert_eq!(mode_of(&folder.join("a")), 0o750);
}

#[test]
fn only_own_file_is_removed() {
    let folder = Folder::new();
    let old = bind(folder.address("a")).unwrap();
    assert!(remove_server(&folder.address("a")));
    let new = bind(folder.address("a")).unwrap();
    drop(old);
    assert!(UnixStream::connect(folder.join("a")).is_ok());
    drop(new);
    assert!(!folder.join("a").exists());
}

#[test]
fn replacement_of_own_file_stays() {
    let folder = Folder::new();
    let listener = bind(folder.address("a")).unwrap();
    std::fs::remove_file(folder.join("a")).unwrap();
    std::fs::write(folder.join("a"), "another's").unwrap();
    drop(listener);
    assert!(folder.join("a").is_file());
}

#[test]
fn removing_missing_file_succeeds() {
    let folder = Folder::new();
    assert!(remove_server(&folder.address("a")));
    assert!(remove_server(&abstract_address(b"qlocal-core-nothing")));
}

/// A child started meanwhile by another test holds the descriptor until its exec.
fn leave_stale_file(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
    while UnixStream::connect(path).is_ok() {
        std::thread::yield_now();
    }
}

#[test]
fn one_of_racing_threads_gets_name() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    for round in 0..20 {
        let name = format!("{round}");
        if round % 2 == 0 {
            leave_stale_file(&folder.join(&name));
        }
        let start = Arc::new(Barrier::new(8));
        let racers: Vec<_> = (0..8)
            .map(|_| {
                let (start, address) = (start.clone(), folder.address(&name));
                std::thread::spawn(move || {
                    start.wait();
                    bind(address)
                })
            })
            .collect();
        let outcomes: Vec<_> = racers.into_iter().map(|racer| racer.join().unwrap()).collect();
        let winners = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(winners, 1, "{outcomes:?}");
        assert!(UnixStream::connect(folder.join(&name)).is_ok());
    }
}

#[test]
fn one_of_racing_processes_gets_name() {
    let _watchdog = watchdog();
    if let Some(path) = child_argument() {
        // A line starts the attempt; the answer is a line; the end of input stops the process.
        let mut go = String::new();
        std::io::stdin().read_line(&mut go).unwrap();
        let outcome = bind(file_address(Path::new(&path)));
        println!("\noutcome {}", if outcome.is_ok() { "won" } else { "lost" });
        std::io::stdin().read_line(&mut go).unwrap();
        return;
    }
    let folder = Folder::new();
    for round in 0..3 {
        let path = folder.join(&format!("{round}"));
        leave_stale_file(&path);
        let test = "one_of_racing_processes_gets_name";
        let mut racers: Vec<Child> =
            (0..4).map(|_| child(test, path.to_str().unwrap()).spawn().unwrap()).collect();
        for racer in &mut racers {
            racer.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
        }
        let outcomes: Vec<_> = racers
            .iter_mut()
            .map(|racer| {
                let lines = BufReader::new(racer.stdout.as_mut().unwrap()).lines();
                lines.map_while(Result::ok).find(|line| line.starts_with("outcome")).unwrap()
            })
            .collect();
        assert_eq!(outcomes.iter().filter(|line| line.ends_with("won")).count(), 1, "{outcomes:?}");
        assert!(UnixStream::connect(&path).is_ok());
        for mut racer in racers {
            drop(racer.stdin.take());
            racer.wait().unwrap();
        }
    }
}

#[test]
fn adopted_descriptor_keeps_its_name() {
    let folder = Folder::new();
    let foreign = UnixListener::bind(folder.join("a")).unwrap();
    let listener = Listener::adopt(foreign.into(), 50).unwrap();
    assert_eq!(listener.address(), &folder.address("a"));
    let _client = UnixStream::connect(folder.join("a")).unwrap();
    assert!(listener.accept().unwrap().is_some());
    assert!(listener.accept().unwrap().is_none());
}

#[test]
fn unlistenable_socket_is_not_adopted() {
    let folder = Folder::new();
    let datagram = UnixDatagram::bind(folder.join("a")).unwrap();
    let kind = Listener::adopt(datagram.into(), 50).unwrap_err().kind();
    assert_eq!(kind, ErrorKind::Unsupported);
    let file = std::fs::File::open("/dev/null").unwrap();
    let kind = Listener::adopt(file.into(), 50).unwrap_err().kind();
    assert_eq!(kind, ErrorKind::Unsupported);
    assert!(Listener::adopt(UnixStream::pair().unwrap().0.into(), 50).is_err());
}

#[test]
fn accepting_survives_lack_of_descriptors() {
    if child_argument().is_none() {
        return run_child("accepting_survives_lack_of_descriptors", "limit");
    }
    let folder = Folder::new();
    let listener = bind(folder.address("a")).unwrap();
    let _client = UnixStream::connect(folder.join("a")).unwrap();
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(3), maximum: before.maximum }).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::ResourceExhausted);
    let kind = bind_error(abstract_address(b"qlocal-core-no-descriptor"));
    assert_eq!(kind, ErrorKind::ResourceExhausted);
    setrlimit(Resource::Nofile, before).unwrap();
    assert!(listener.accept().unwrap().is_some());
}

#[test]
fn bind_is_atomic_with_few_descriptors() {
    if child_argument().is_none() {
        return run_child("bind_is_atomic_with_few_descriptors", "limit");
    }
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let folder = Folder::new();
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(64), maximum }).unwrap();
    for free in 1..8 {
        let mut others: Vec<_> =
            std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
        others.truncate(others.len() - free);
        let listener = Listener::bind(folder.address("a"), Some(0o777), 50);
        drop(others);
        match &listener {
            Ok(_) => assert_eq!(mode_of(&folder.join("a")), 0o777, "{free}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::ResourceExhausted, "{free}"),
        }
        drop(listener);
        assert!(!folder.join("a").exists(), "{free}");
    }
}

#[test]
fn file_is_removed_without_descriptors() {
    if child_argument().is_none() {
        return run_child("file_is_removed_without_descriptors", "limit");
    }
    let folder = Folder::new();
    let bound = UnixListener::bind(folder.join("a")).unwrap();
    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(3), maximum: before.maximum }).unwrap();
    let listener = Listener::adopt(bound.into(), 50).unwrap();
    setrlimit(Resource::Nofile, before).unwrap();
    drop(listener);
    assert!(!folder.join("a").exists());
}

#[test]
fn longest_path_can_listen_and_connect() {
    let folder = Folder::new();
    let space = qlocal_sys::socket::MAX_NAME_LEN - folder.path().as_os_str().len() - 1;
    let name = "x".repeat(space);
    let _listener = bind(folder.address(&name)).unwrap();
    assert!(std::fs::metadata(folder.join(&name)).unwrap().file_type().is_socket());
    assert!(UnixStream::connect(folder.join(&name)).is_ok());
    let longer =
        Address::Pathname(folder.join(&format!("{name}x")).as_os_str().as_encoded_bytes().into());
    assert_eq!(bind_error(longer), ErrorKind::NameTooLong);
}

#[test]
fn abstract_name_is_free_immediately() {
    let name = format!("qlocal-core-{}-abstract\0", std::process::id());
    for _ in 0..2 {
        let listener = bind(abstract_address(name.as_bytes())).unwrap();
        assert_eq!(bind_error(abstract_address(name.as_bytes())), ErrorKind::AddressInUse);
        // The terminating NUL byte counts.
        let _other = bind(abstract_address(name.trim_end_matches('\0').as_bytes())).unwrap();
        drop(listener);
    }
}

#[test]
fn failed_bind_leaks_no_descriptor() {
    if child_argument().is_none() {
        return run_child("failed_bind_leaks_no_descriptor", "count");
    }
    let folder = Folder::new();
    let _live = UnixListener::bind(folder.join("live")).unwrap();
    std::fs::write(folder.join("file"), "").unwrap();
    let before = open_descriptors();
    for name in ["live", "file", "none/a"] {
        bind(folder.address(name)).unwrap_err();
    }
    drop(bind(folder.address("fine")).unwrap());
    assert_eq!(open_descriptors(), before);
}
