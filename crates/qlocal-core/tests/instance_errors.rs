// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What goes wrong between instances, and their limits.

use std::fs::Permissions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::{Duration, Instant};

use qlocal_core::instance::{primary_process, start, HandOver, InstanceLimits, Started};
use qlocal_core::{Error, ErrorKind, Failure, Operation};

mod util;
use util::*;

#[path = "util/instance.rs"]
mod instance;
use instance::*;

#[track_caller]
fn fails(outcome: qlocal_core::Result<Started>, kind: ErrorKind, operation: Operation) {
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (kind, operation));
}

#[test]
fn answer_that_does_not_come_times_out() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let _primary = Serving::new(&address, default(), |_, reply| std::mem::forget(reply));
    let outcome = start(&address, &HandOver::default(), &short());
    fails(outcome, ErrorKind::TimedOut, Operation::Answer);
}

#[test]
fn primary_that_does_not_serve_times_out() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let _seat = seat(&address);
    let before = Instant::now();
    let outcome = start(&address, &HandOver::default(), &short());
    fails(outcome, ErrorKind::TimedOut, Operation::Greeting);
    assert!(before.elapsed() >= short().timeout);
    assert_eq!(primary_process(&address), Some(std::process::id()));
}

#[test]
fn full_backlog_times_out() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let _seat = seat(&address);
    let mut waiting = Vec::new();
    loop {
        let socket = qlocal_sys::socket::stream().unwrap();
        let path = folder.join("a");
        let target = qlocal_sys::socket::path_address(path.as_os_str().as_encoded_bytes()).unwrap();
        if qlocal_sys::socket::connect(&socket, &target).is_err() {
            break;
        }
        waiting.push(socket);
    }
    let outcome = start(&address, &HandOver::default(), &short());
    fails(outcome, ErrorKind::TimedOut, Operation::Greeting);
}

#[test]
fn lock_without_listener_times_out() {
    let _dog = watchdog();
    let folder = Folder::new();
    let path = folder.join("a.lock");
    let held = qlocal_sys::file_lock::FileLock::acquire(path.as_os_str().as_encoded_bytes());
    let outcome = start(&folder.address("a"), &HandOver::default(), &short());
    fails(outcome, ErrorKind::TimedOut, Operation::Election);
    drop(held);
}

#[test]
fn other_server_on_the_name_is_reported() {
    let _dog = watchdog();
    let folder = Folder::new();
    let listener = UnixListener::bind(folder.join("a")).unwrap();
    let thread = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(b"220 mail.example\r\n").unwrap();
        let _ = peer.read(&mut [0; 10]);
    });
    let outcome = start(&folder.address("a"), &HandOver::default(), &default());
    fails(outcome, ErrorKind::AddressInUse, Operation::Greeting);
    thread.join().unwrap();
}

#[test]
fn file_that_is_no_socket_is_reported() {
    let _dog = watchdog();
    let folder = Folder::new();
    std::fs::write(folder.join("a"), "text").unwrap();
    let outcome = start(&folder.address("a"), &HandOver::default(), &short());
    fails(outcome, ErrorKind::AddressInUse, Operation::Bind);
}

#[test]
fn folder_that_cannot_be_written_to_is_reported() {
    let address = file_address("/sys/qlocal".as_ref());
    let error = start(&address, &HandOver::default(), &short()).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::AccessDenied, Operation::Lock));
    let hint = Failure::new(error, address).hint().into_owned();
    assert!(hint.contains("create files in /sys"), "{hint}");
}

#[test]
fn other_users_server_is_no_primary() {
    let _dog = watchdog();
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    std::fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let path = folder.join("a");
    // To the kernel each thread has its own user.
    let listening = std::thread::spawn(move || {
        let uid = rustix::process::Uid::from_raw(OTHER_UID);
        rustix::thread::set_thread_res_uid(uid, uid, uid).unwrap();
        UnixListener::bind(path).unwrap()
    });
    let _listener = listening.join().unwrap();
    let outcome = start(&folder.address("a"), &HandOver::default(), &short());
    fails(outcome, ErrorKind::AccessDenied, Operation::OtherUser);
}

#[test]
fn other_users_lock_file_is_not_used() {
    let folder = Folder::new();
    if !is_root() {
        return;
    }
    std::fs::write(folder.join("a.lock"), "").unwrap();
    std::os::unix::fs::chown(folder.join("a.lock"), Some(OTHER_UID), None).unwrap();
    let outcome = start(&folder.address("a"), &HandOver::default(), &short());
    fails(outcome, ErrorKind::AccessDenied, Operation::Lock);
}

#[test]
fn other_user_is_not_greeted() {
    let _dog = watchdog();
    if !is_root() {
        return;
    }
    let folder = Folder::new();
    let _primary = Serving::new(&folder.address("a"), default(), |_, _| panic!("handed over"));
    for path in [folder.path(), &folder.join("a")] {
        std::fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap();
    }
    let mut peer = connect_as(&folder.join("a"), OTHER_UID, OTHER_UID, &[]);
    assert_eq!(peer.read(&mut [0; 10]).unwrap(), 0);
}

#[test]
fn missing_folder_is_reported() {
    let folder = Folder::new();
    let outcome = start(&folder.address("none/a"), &HandOver::default(), &short());
    fails(outcome, ErrorKind::NotFound, Operation::Lock);
}

#[test]
fn lock_file_of_another_kind_is_reported() {
    let folder = Folder::new();
    std::fs::create_dir(folder.join("a.lock")).unwrap();
    let error: Error = start(&folder.address("a"), &HandOver::default(), &short()).unwrap_err();
    assert_eq!(error.operation(), Operation::Lock);
}

#[test]
fn long_hand_over_is_not_sent() {
    let folder = Folder::new();
    let limits = InstanceLimits { max_size: 100, ..default() };
    let outcome = start(&folder.address("a"), &message(&[0; 100]), &limits);
    fails(outcome, ErrorKind::InvalidMessage, Operation::HandOver);
    assert!(!folder.join("a").exists());
}

#[test]
fn primary_limits_the_size() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let limits = InstanceLimits { max_size: 100, ..default() };
    let _primary = Serving::new(&address, limits, |_, reply| {
        let error = reply.answer(0, &[0; 101]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidMessage);
    });
    let outcome = start(&address, &message(&[0; 100]), &default());
    fails(outcome, ErrorKind::InvalidMessage, Operation::HandOver);
    // The answer is too long.
    let outcome = start(&address, &HandOver::default(), &default());
    fails(outcome, ErrorKind::InvalidMessage, Operation::HandOver);
}

#[test]
fn more_secondaries_than_allowed_wait() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let limits = InstanceLimits { max_secondaries: 3, ..default() };
    let _primary = Serving::new(&address, limits, |hand_over, reply| {
        reply.answer(0, &hand_over.message).unwrap();
    });
    let secondaries: Vec<_> = (0..20_u8)
        .map(|number| {
            let address = address.clone();
            std::thread::spawn(move || (number, answer(&address, &message(&[number]))))
        })
        .collect();
    for secondary in secondaries {
        let (number, answered) = secondary.join().unwrap();
        assert_eq!(answered, (0, vec![number]));
    }
}

#[test]
fn silent_peers_are_disconnected() {
    let _dog = watchdog();
    let folder = Folder::new();
    let limits =
        InstanceLimits { max_secondaries: 3, timeout: Duration::from_millis(100), ..default() };
    let _primary = Serving::new(&folder.address("a"), limits, |_, _| {});
    let mut silent: Vec<_> =
        (0..3).map(|_| UnixStream::connect(folder.join("a")).unwrap()).collect();
    // They fill all places until they have had their time.
    answer(&folder.address("a"), &HandOver::default());
    let mut said = Vec::new();
    silent[0].read_to_end(&mut said).unwrap();
    assert_eq!(said[4], b'G');
}

#[test]
fn nonsense_is_refused() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _primary = Serving::new(&folder.address("a"), default(), |_, _| panic!("handed over"));
    let mut peer = UnixStream::connect(folder.join("a")).unwrap();
    peer.write_all(b"\0\0\0\x04none").unwrap();
    let mut said = Vec::new();
    peer.read_to_end(&mut said).unwrap();
    assert_eq!(said.last(), Some(&b'N'));
}
