// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Servers that keep their names.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use qlocal_core::{Acceptor, Address, KeepName, Listener, Namespace};

mod util;
use util::serving::*;
use util::*;

fn only_watch() -> KeepName {
    KeepName { rebinds: false, ..KeepName::default() }
}

#[track_caller]
fn kept(folder: &Folder, policy: KeepName) -> Arc<Serving> {
    let server = Serving::on(&reactor(), &folder.address("s"));
    server.acceptor.keep_name(policy);
    settled(&server);
    server
}

/// Turns until the first check is over.
#[track_caller]
fn settled(server: &Serving) {
    let hour = Instant::now() + Duration::from_millis(1);
    turn_until(&server.reactor, || server.reactor.next_tick().is_none_or(|tick| tick > hour));
    assert_eq!(server.events(), [""; 0]);
}

#[track_caller]
fn serves(server: &Serving, path: &Path) {
    let before = server.accepted.load(Relaxed);
    let _client = UnixStream::connect(path).unwrap();
    turn_until(&server.reactor, || server.accepted.load(Relaxed) > before);
}

fn mode_of(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn removed_file_is_announced_and_bound_again() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = kept(&folder, KeepName::default());
    fs::remove_file(folder.join("s")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
    serves(&server, &folder.join("s"));
    assert_eq!(server.events(), [""; 0]);
    server.close();
    assert!(!folder.join("s").exists());
}

#[test]
fn name_is_only_announced_on_request() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = kept(&folder, only_watch());
    fs::remove_file(folder.join("s")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    turn_for(&server.reactor, Duration::from_millis(50));
    assert!(!folder.join("s").exists());
    assert_eq!(server.events(), [""; 0]);
}

#[test]
fn renamed_file_that_comes_back_is_regained() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = kept(&folder, only_watch());
    fs::rename(folder.join("s"), folder.join("t")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    fs::rename(folder.join("t"), folder.join("s")).unwrap();
    assert_eq!(server.next_event(), "regained");
    serves(&server, &folder.join("s"));
}

#[test]
fn file_that_is_back_at_once_was_not_lost() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = kept(&folder, KeepName::default());
    fs::rename(folder.join("s"), folder.join("t")).unwrap();
    fs::rename(folder.join("t"), folder.join("s")).unwrap();
    turn_for(&server.reactor, Duration::from_millis(60));
    assert_eq!(server.events(), [""; 0]);
    serves(&server, &folder.join("s"));
}

#[test]
fn live_name_is_left_to_other_server_until_that_ends() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = kept(&folder, KeepName::default());
    fs::remove_file(folder.join("s")).unwrap();
    let other = Listener::bind(folder.address("s"), None, 50).unwrap();
    assert_eq!(server.next_event(), "lost Replaced");
    turn_for(&server.reactor, Duration::from_millis(60));
    let _client = UnixStream::connect(folder.join("s")).unwrap();
    assert!(other.accept().unwrap().is_some());
    drop(other);
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
    serves(&server, &folder.join("s"));
}

#[test]
fn name_of_killed_server_is_reclaimed() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = kept(&folder, KeepName::default());
    fs::remove_file(folder.join("s")).unwrap();
    // It leaves its file.
    drop(UnixListener::bind(folder.join("s")).unwrap());
    assert_eq!(server.next_event(), "lost Replaced");
    assert_eq!(server.next_event(), "regained");
    serves(&server, &folder.join("s"));
}

#[test]
fn regular_file_is_never_removed() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = kept(&folder, KeepName::default());
    fs::write(folder.join("t"), "precious").unwrap();
    fs::rename(folder.join("t"), folder.join("s")).unwrap();
    assert_eq!(server.next_event(), "lost Replaced");
    turn_for(&server.reactor, Duration::from_millis(60));
    assert_eq!(fs::read(folder.join("s")).unwrap(), b"precious");
    fs::remove_file(folder.join("s")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
}

#[test]
fn folder_that_comes_back_is_used() {
    let _dog = watchdog();
    let folder = Folder::new();
    let inner = folder.join("d");
    fs::create_dir(&inner).unwrap();
    let server = Serving::on(&reactor(), &file_address(&inner.join("s")));
    server.acceptor.keep_name(KeepName::default());
    settled(&server);
    fs::remove_dir_all(&inner).unwrap();
    assert_eq!(server.next_event(), "lost FolderGone");
    fs::create_dir(&inner).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
    serves(&server, &inner.join("s"));
    // The new folder is watched.
    fs::remove_file(inner.join("s")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
}

/// The kernel does not report that a folder above the watched one was renamed.
#[test]
fn folder_that_took_the_place_of_another_is_watched() {
    let _dog = watchdog();
    let folder = Folder::new();
    let path = folder.join("a/b/s");
    fs::create_dir_all(folder.join("a/b")).unwrap();
    let server = Serving::on(&reactor(), &file_address(&path));
    server.acceptor.keep_name(KeepName::default());
    settled(&server);
    fs::rename(folder.join("a"), folder.join("old")).unwrap();
    fs::create_dir_all(folder.join("a/b")).unwrap();
    // Leads to a check.
    fs::remove_file(folder.join("old/b/s")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
    for _ in 0..3 {
        serves(&server, &path);
        fs::remove_file(&path).unwrap();
        assert_eq!(server.next_event(), "lost Removed");
        assert_eq!(server.next_event(), "regained");
    }
}

#[test]
fn folder_is_created_again_on_request() {
    let _dog = watchdog();
    let folder = Folder::new();
    let inner = folder.join("d");
    fs::create_dir(&inner).unwrap();
    let server = Serving::on(&reactor(), &file_address(&inner.join("s")));
    server.acceptor.keep_name(KeepName { recreates_folder: true, ..KeepName::default() });
    settled(&server);
    fs::rename(&inner, folder.join("e")).unwrap();
    assert_eq!(server.next_event(), "lost FolderGone");
    assert_eq!(server.next_event(), "regained");
    assert_eq!(mode_of(&inner), 0o700);
    serves(&server, &inner.join("s"));
    fs::remove_file(inner.join("s")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
}

#[test]
fn new_file_has_mode_of_old_one() {
    let _dog = watchdog();
    let folder = Folder::new();
    for (given, changed) in [(Some(0o600), 0o600), (None, 0o640)] {
        let server = Serving::new(&reactor());
        server.listen_with(&folder.address("s"), given).unwrap();
        fs::set_permissions(folder.join("s"), fs::Permissions::from_mode(changed)).unwrap();
        server.acceptor.keep_name(KeepName::default());
        settled(&server);
        fs::remove_file(folder.join("s")).unwrap();
        assert_eq!(server.next_event(), "lost Removed");
        assert_eq!(server.next_event(), "regained");
        assert_eq!(mode_of(&folder.join("s")), changed);
        server.close();
    }
}

#[test]
fn file_lost_before_it_is_kept_is_bound_again() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = Serving::on(&reactor(), &folder.address("s"));
    fs::remove_file(folder.join("s")).unwrap();
    server.acceptor.keep_name(KeepName::default());
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
}

/// Established connections go on, and clients in the old backlog are accepted first, however many times
/// the name is lost.
#[test]
fn connections_and_waiting_clients_survive() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = Serving::on(&reactor(), &folder.address("s"));
    server.acceptor.keep_name(KeepName::default());
    let mut first = UnixStream::connect(folder.join("s")).unwrap();
    turn_until(&server.reactor, || server.accepted.load(Relaxed) == 1);
    let mut accepted = server.take_connections().remove(0);
    // From now on accepting pauses after three, so clients stay in the backlogs.
    server.hold_connections();
    let mut clients = vec![];
    for round in 0..4 {
        for index in 0..6 {
            let mut client = UnixStream::connect(folder.join("s")).unwrap();
            client.write_all(&[6 * round + index]).unwrap();
            clients.push(client);
        }
        fs::remove_file(folder.join("s")).unwrap();
        assert_eq!(server.next_event(), "lost Removed");
        assert_eq!(server.next_event(), "regained");
    }
    let mut order = vec![];
    while order.len() < clients.len() {
        turn_until(&server.reactor, || !server.connections.lock().unwrap().is_empty());
        for mut connection in server.take_connections() {
            connection.set_nonblocking(false).unwrap();
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            order.push(byte[0]);
        }
    }
    assert_eq!(order, (0..24).collect::<Vec<u8>>());
    serves(&server, &folder.join("s"));
    accepted.write_all(b"x").unwrap();
    first.read_exact(&mut [0]).unwrap();
}

#[test]
fn file_is_touched_without_stirring_its_watch() {
    let _dog = watchdog();
    let folder = Folder::new();
    let touch = Some(Duration::ZERO);
    let server = Serving::on(&reactor(), &folder.address("s"));
    let path = folder.join("s");
    let old = SystemTime::UNIX_EPOCH;
    let times = rustix::fs::Timestamps {
        last_access: rustix::fs::Timespec { tv_sec: 0, tv_nsec: 0 },
        last_modification: rustix::fs::Timespec { tv_sec: 0, tv_nsec: 0 },
    };
    rustix::fs::utimensat(rustix::fs::CWD, &path, &times, rustix::fs::AtFlags::empty()).unwrap();
    assert_eq!(fs::symlink_metadata(&path).unwrap().modified().unwrap(), old);
    let inode = fs::symlink_metadata(&path).unwrap().ino();
    server.acceptor.keep_name(KeepName { touch, ..KeepName::default() });
    turn_until(&server.reactor, || fs::symlink_metadata(&path).unwrap().modified().unwrap() > old);
    assert_eq!(fs::symlink_metadata(&path).unwrap().ino(), inode);
    assert!(!is_ready(&server.reactor));
    assert_eq!(server.events(), [""; 0]);
}

#[test]
fn abstract_names_and_closed_servers_need_no_watch() {
    let _dog = watchdog();
    let reactor = reactor();
    let name = format!("qlocal-naming-{}", std::process::id());
    let address = Address::resolve(name.as_bytes(), Namespace::Abstract).unwrap();
    let server = Serving::on(&reactor, &address);
    server.acceptor.keep_name(KeepName::default());
    assert_eq!(server.acceptor.name_policy(), Some(KeepName::default()));
    assert_eq!(reactor.held(), 0);
    server.close();
    let folder = Folder::new();
    server.listen(&folder.address("s")).unwrap();
    assert_eq!(reactor.held(), 1);
    server.close();
    assert_eq!(reactor.held(), 0);
    server.acceptor.stop_keeping_name();
    assert_eq!(server.acceptor.name_policy(), None);
}

#[test]
fn handler_may_close_or_stop_keeping() {
    let _dog = watchdog();
    let folder = Folder::new();
    for act in [Serving::close, |server: &Serving| server.acceptor.stop_keeping_name()] {
        let server = kept(&folder, KeepName::default());
        server.on_event(act);
        fs::remove_file(folder.join("s")).unwrap();
        assert_eq!(server.next_event(), "lost Removed");
        turn_for(&server.reactor, Duration::from_millis(50));
        assert!(!folder.join("s").exists());
        assert_eq!(server.events(), [""; 0]);
        assert_eq!(server.reactor.held(), 0);
        server.close();
    }
}

#[test]
fn adopted_descriptor_keeps_its_name() {
    let _dog = watchdog();
    let folder = Folder::new();
    let bound: OwnedFd = UnixListener::bind(folder.join("s")).unwrap().into();
    fs::set_permissions(folder.join("s"), fs::Permissions::from_mode(0o600)).unwrap();
    let acceptor = Acceptor::default();
    acceptor.listen("s".into(), Listener::adopt(bound, 50)).unwrap();
    let reactor = reactor();
    acceptor.pace_by(reactor.clone());
    acceptor.keep_name(KeepName::default());
    fs::remove_file(folder.join("s")).unwrap();
    turn_until(&reactor, || folder.join("s").exists());
    assert_eq!(mode_of(&folder.join("s")), 0o600);
}

/// Where nothing can be watched the file is checked at intervals.
#[test]
fn loss_is_noticed_without_a_watch() {
    let test = "loss_is_noticed_without_a_watch";
    if child_argument().is_none() {
        return run_child(test, "");
    }
    let _dog = watchdog();
    let folder = Folder::new();
    let server = Serving::on(&reactor(), &folder.address("s"));
    // No descriptor is free for inotify while it starts.
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let none = rustix::process::Rlimit { current: Some(0), ..limit };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, none).unwrap();
    server.acceptor.keep_name(KeepName::default());
    rustix::process::setrlimit(rustix::process::Resource::Nofile, limit).unwrap();
    fs::remove_file(folder.join("s")).unwrap();
    assert_eq!(server.next_event(), "lost Removed");
    assert_eq!(server.next_event(), "regained");
}

#[test]
fn server_moves_to_another_thread_with_its_name() {
    let _dog = watchdog();
    let folder = Folder::new();
    let server = Serving::on(&reactor(), &folder.address("s"));
    server.acceptor.keep_name(KeepName::default());
    let other = reactor();
    server.acceptor.join_thread(Ok(other.clone()));
    fs::remove_file(folder.join("s")).unwrap();
    turn_until(&other, || folder.join("s").exists());
    assert_eq!(server.reactor.held(), 0);
    server.acceptor.leave_thread();
    assert_eq!(other.held(), 0);
}
