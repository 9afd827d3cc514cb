// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Servers that keep their names, or hand them over.

use std::cell::{Cell, RefCell};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;
use std::time::Duration;

use qlocal::{ErrorKind, KeepName, LocalServer, LocalStream, NameLoss, State};

use crate::pair::run;
use crate::Application;

crate::tests![
    server_regains_removed_name,
    server_may_be_dropped_when_name_is_lost,
    newer_server_takes_over,
    name_of_server_that_does_not_agree_is_in_use,
    free_name_is_bound_as_usual,
];

const PATIENCE: Duration = Duration::from_secs(5);

fn remove_file_of(server: &LocalServer) {
    let address = server.address();
    std::fs::remove_file(OsStr::from_bytes(address.full_name())).unwrap();
}

fn server_regains_removed_name(mut application: Application) {
    let server = LocalServer::listen("kept").unwrap();
    server.keep_name(KeepName::default());
    let losses = Rc::new(RefCell::new(Vec::new()));
    let seen = losses.clone();
    server.on_name_lost(move |loss| seen.borrow_mut().push(loss));
    server.on_name_regained(qlocal::quit);
    for round in 1..=3 {
        remove_file_of(&server);
        run(&mut application);
        assert_eq!(*losses.borrow(), vec![NameLoss::Removed; round]);
    }
    server.on_connection(|_| qlocal::quit());
    let client = LocalStream::connect("kept").unwrap();
    run(&mut application);
    drop((client, server));
    assert_eq!(LocalStream::connect("kept").unwrap_err().kind(), ErrorKind::NotFound);
}

fn server_may_be_dropped_when_name_is_lost(mut application: Application) {
    let server = LocalServer::listen("kept").unwrap();
    server.keep_name(KeepName::default());
    remove_file_of(&server);
    let place = Rc::new(RefCell::new(None));
    let owned = place.clone();
    server.on_name_lost(move |_| {
        drop(owned.take());
        qlocal::quit();
    });
    place.replace(Some(server));
    run(&mut application);
    assert_eq!(LocalStream::connect("kept").unwrap_err().kind(), ErrorKind::NotFound);
}

fn newer_server_takes_over(mut application: Application) {
    let older = LocalServer::listen("followed").unwrap();
    older.set_hands_over(true);
    let count = Rc::new(Cell::new(0));
    let handed_over = count.clone();
    older.on_handed_over(move || {
        handed_over.set(handed_over.get() + 1);
        qlocal::quit();
    });
    let stream = Rc::new(RefCell::new(None));
    let place = stream.clone();
    older.on_connection(move |stream| {
        place.replace(Some(stream));
        qlocal::quit();
    });
    let client = LocalStream::connect("followed").unwrap();
    run(&mut application);
    let newer = LocalServer::take_over("followed", PATIENCE).unwrap();
    assert_eq!(count.get(), 0);
    run(&mut application);
    assert_eq!(count.get(), 1);
    drop(older);
    // The stream stays, and new ones come to the newer server.
    assert_eq!(stream.borrow().as_ref().unwrap().state(), State::Connected);
    newer.on_connection(|_| qlocal::quit());
    let other = LocalStream::connect("followed").unwrap();
    run(&mut application);
    drop((client, other));
}

fn name_of_server_that_does_not_agree_is_in_use(_application: Application) {
    let older = LocalServer::listen("followed").unwrap();
    let refused = LocalServer::take_over("followed", PATIENCE).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::AddressInUse);
    older.set_hands_over(true);
    assert_eq!(LocalServer::listen("followed").unwrap_err().kind(), ErrorKind::AddressInUse);
    assert!(LocalServer::take_over("followed", PATIENCE).is_ok());
}

fn free_name_is_bound_as_usual(_application: Application) {
    let server = LocalServer::take_over("free", PATIENCE).unwrap();
    assert!(LocalStream::connect("free").is_ok());
    drop(server);
    assert_eq!(LocalStream::connect("free").unwrap_err().kind(), ErrorKind::NotFound);
}
