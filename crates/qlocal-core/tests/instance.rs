// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! One process is the primary, and others hand over to it.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use qlocal_core::instance::{claim, hand_over, start, HandOver, Input, InstanceLimits, Started};
use qlocal_core::ErrorKind;

mod util;
use util::*;

#[path = "util/instance.rs"]
mod instance;
use instance::*;

#[test]
fn first_start_is_the_primary() {
    let _dog = watchdog();
    let folder = Folder::new();
    let seat = seat(&folder.address("a"));
    assert_eq!(seat.address(), &folder.address("a"));
}

#[test]
fn secondary_hands_over_and_gets_answer() {
    let _dog = watchdog();
    let folder = Folder::new();
    let (seen, arrived) = mpsc::channel();
    let _primary = Serving::new(&folder.address("a"), default(), move |hand_over, reply| {
        assert_eq!(reply.peer().unwrap().pid, Some(std::process::id()));
        seen.send(hand_over).unwrap();
        reply.answer(-7, b"fine").unwrap();
    });
    let sent = HandOver {
        arguments: vec!["viewer".into(), "a b".into()],
        folder: "/tmp".into(),
        environment: vec![("LANG".into(), "C=D".into())],
        activation_token: "token".into(),
        startup_id: "id".into(),
        message: b"m\0".to_vec(),
        input: Input::Bytes(b"in".to_vec()),
    };
    assert_eq!(answer(&folder.address("a"), &sent), (-7, b"fine".to_vec()));
    assert_eq!(format!("{:?}", arrived.recv().unwrap()), format!("{sent:?}"));
}

#[test]
fn descriptor_of_standard_input_is_passed() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _primary = Serving::new(&folder.address("a"), default(), |hand_over, reply| {
        let Input::Descriptor(input) = hand_over.input else { panic!("no descriptor") };
        let mut text = Vec::new();
        std::fs::File::from(input).read_to_end(&mut text).unwrap();
        reply.answer(0, &text).unwrap();
    });
    let (reader, mut writer) = pipe();
    writer.write_all(b"piped").unwrap();
    drop(writer);
    let sent = HandOver { input: Input::Descriptor(reader.into()), ..HandOver::default() };
    assert_eq!(answer(&folder.address("a"), &sent), (0, b"piped".to_vec()));
}

#[test]
fn unanswered_reply_is_code_0() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _primary = Serving::new(&folder.address("a"), default(), |_, _| {});
    assert_eq!(answer(&folder.address("a"), &HandOver::default()), (0, Vec::new()));
}

#[test]
fn reply_may_come_later() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Arc::new(Mutex::new(None));
    let _primary = Serving::new(&folder.address("a"), default(), move |hand_over, reply| {
        // The second one answers the first.
        let mut kept = kept.lock().unwrap();
        match kept.take() {
            None => *kept = Some(reply),
            Some(first) => {
                assert!(first.is_awaited());
                first.answer(1, &hand_over.message).unwrap();
            }
        }
    });
    let address = folder.address("a");
    let first = std::thread::spawn({
        let address = address.clone();
        move || answer(&address, &message(b"1"))
    });
    // The other thread may be the second one.
    let second = answer(&address, &message(b"2"));
    let first = first.join().unwrap();
    let mut answers = [first, second];
    answers.sort();
    assert_eq!(answers[0], (0, Vec::new()));
    assert_eq!(answers[1].0, 1);
}

#[test]
fn primary_that_ends_is_replaced() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let primary = Serving::new(&address, default(), |_, _| {});
    drop(primary);
    assert!(!folder.join("a").exists());
    drop(seat(&address));
    drop(seat(&address));
}

#[test]
fn secondary_without_answer_starts_again() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let (seen, arrived) = mpsc::channel();
    let primary = Serving::new(&address, default(), move |_, reply| {
        seen.send(()).unwrap();
        // Never answered.
        std::mem::forget(reply);
    });
    let second = std::thread::spawn({
        let address = address.clone();
        move || start(&address, &HandOver::default(), &InstanceLimits::default()).unwrap()
    });
    arrived.recv().unwrap();
    drop(primary);
    assert!(matches!(second.join().unwrap(), Started::Primary(_)));
}

#[test]
fn primary_without_its_lock_file_stays_the_only_one() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let _primary = Serving::new(&address, default(), |_, reply| reply.answer(5, b"").unwrap());
    std::fs::remove_file(folder.join("a.lock")).unwrap();
    assert_eq!(answer(&address, &HandOver::default()).0, 5);
    assert!(claim(&address, &default()).unwrap().is_none());
}

#[test]
fn lock_file_is_kept_for_the_next_one() {
    let _dog = watchdog();
    let folder = Folder::new();
    drop(seat(&folder.address("a")));
    let mode = folder.join("a.lock").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o7077, 0o1000, "cleaners leave files with the sticky bit");
}

#[test]
fn stale_socket_is_reclaimed() {
    let _dog = watchdog();
    let folder = Folder::new();
    drop(UnixListener::bind(folder.join("a")).unwrap());
    drop(seat(&folder.address("a")));
}

#[test]
fn long_hand_over_arrives_whole() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _primary = Serving::new(&folder.address("a"), default(), |hand_over, reply| {
        reply.answer(0, &hand_over.message).unwrap();
    });
    let bytes: Vec<u8> = (0..1_000_000).map(pattern).collect();
    assert_eq!(answer(&folder.address("a"), &message(&bytes)), (0, bytes));
}

#[test]
fn claim_shows_whether_there_is_a_primary() {
    let _dog = watchdog();
    let folder = Folder::new();
    let address = folder.address("a");
    let seat = claim(&address, &default()).unwrap();
    assert!(seat.is_some());
    // It listens already.
    assert!(claim(&address, &default()).unwrap().is_none());
    drop(seat);
    let failed = hand_over(&address, &HandOver::default(), &short()).unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::NotFound);
}
