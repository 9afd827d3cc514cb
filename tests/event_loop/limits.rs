// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Peer credentials, rules for peers, and limits.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::rc::Rc;
use std::{env, fs, io, process};

use qlocal::{
    AllowRule, ConnectionLimits, ErrorKind, Limits, LocalServer, LocalStream, RefusalReason,
    SlowPeer, State,
};

use crate::pair::{connect, run};
use crate::Application;

crate::tests![
    both_ends_read_credentials,
    only_same_user_connects,
    listed_groups_can_connect,
    function_decides_per_peer,
    excess_connections_are_refused,
    server_dropped_in_refusal,
    write_takes_what_fits,
    write_beyond_limit_ends_connection,
    water_marks_pace_writer,
    accepted_streams_have_server_limits,
    counters_count_bytes_and_connections,
    descriptors_arrive_with_bytes,
];

/// A user that runs no tests.
const OTHER_UID: u32 = 54321;

/// A process of another user, in the group 88, which connects and waits for the disconnect. Only
/// root can create one: otherwise it has the same user.
fn client_of_another_user(name: &str) -> Child {
    let path = env::temp_dir().join(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
    let program = "import socket, sys\n\
                   client = socket.socket(socket.AF_UNIX)\n\
                   client.connect(sys.argv[1])\n\
                   client.recv(1)\n";
    let mut command = Command::new(if is_root() { "setpriv" } else { "/usr/bin/env" });
    if is_root() {
        command.args(["--reuid=54321", "--regid=77", "--groups=88"]);
    }
    command.args(["/usr/bin/python3", "-c", program]).arg(path).spawn().unwrap()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

fn both_ends_read_credentials(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    let peer = client.peer_credentials().unwrap();
    assert_eq!(peer.pid, Some(process::id()));
    assert_eq!(accepted.peer_credentials().unwrap(), peer);
    client.abort();
    assert_eq!(client.peer_credentials().unwrap_err().kind(), ErrorKind::NotConnected);
    assert_eq!(client.peer_process().unwrap_err().kind(), ErrorKind::NotConnected);
}

/// Whether the client was admitted.
fn lets_in(application: &mut Application, server: &LocalServer, name: &str) -> bool {
    let outcome = Rc::new(Cell::new(None));
    let (accepted, refused) = (outcome.clone(), outcome.clone());
    server.on_connection(move |stream| {
        let peer = stream.peer_credentials().unwrap();
        assert!(!is_root() || peer.uid == OTHER_UID && peer.is_in_group(88));
        accepted.set(Some(true));
        qlocal::quit();
    });
    server.on_refused(move |refusal| {
        assert_eq!(refusal.reason, RefusalReason::NotAllowed);
        assert!(!is_root() || refusal.peer.unwrap().uid == OTHER_UID);
        refused.set(Some(false));
        qlocal::quit();
    });
    let mut client = client_of_another_user(name);
    run(application);
    assert!(client.wait().unwrap().success());
    outcome.get().unwrap()
}

fn only_same_user_connects(mut application: Application) {
    let server = LocalServer::listen("own").unwrap();
    assert_eq!(lets_in(&mut application, &server, "own"), !is_root());
    server.allow(AllowRule::AnyUser);
    assert!(lets_in(&mut application, &server, "own"));
}

fn listed_groups_can_connect(mut application: Application) {
    let server = LocalServer::listen("listed").unwrap();
    server.allow(AllowRule::Listed { users: vec![], groups: vec![88] });
    assert!(lets_in(&mut application, &server, "listed"));
}

fn function_decides_per_peer(mut application: Application) {
    let server = LocalServer::listen("asked").unwrap();
    let asked = Rc::new(Cell::new(0));
    let count = asked.clone();
    server.allow_if(move |peer| {
        assert!(!is_root() || peer.uid == OTHER_UID);
        count.set(count.get() + 1);
        count.get() == 2
    });
    assert!(!lets_in(&mut application, &server, "asked"));
    assert!(lets_in(&mut application, &server, "asked"));
    assert_eq!(asked.get(), 2);
}

fn excess_connections_are_refused(mut application: Application) {
    let server = LocalServer::listen("few").unwrap();
    server.set_connection_limits(ConnectionLimits { total: 2, ..ConnectionLimits::default() });
    let accepted = Rc::new(RefCell::new(Vec::new()));
    let places = accepted.clone();
    server.on_connection(move |stream| places.borrow_mut().push(stream));
    server.on_refused(|refusal| {
        assert_eq!(refusal.reason, RefusalReason::TooManyConnections);
        qlocal::quit();
    });
    let clients: Vec<_> = (0..3).map(|_| LocalStream::connect("few").unwrap()).collect();
    run(&mut application);
    assert_eq!(accepted.borrow().len(), 2);
    assert_eq!(server.counters().open, 2);
    drop(accepted.borrow_mut().pop());
    assert_eq!(server.counters().open, 1);
    drop(clients);
}

fn server_dropped_in_refusal(mut application: Application) {
    let server = Rc::new(RefCell::new(Some(LocalServer::listen("gone").unwrap())));
    let owner = server.clone();
    let borrowed = server.borrow();
    let listening = borrowed.as_ref().unwrap();
    listening.on_connection(|_| unreachable!("no peer may"));
    listening.allow_if(|_| false);
    listening.on_refused(move |_| {
        drop(owner.take());
        qlocal::quit();
    });
    drop(borrowed);
    let _clients = [(); 2].map(|()| LocalStream::connect("gone").unwrap());
    run(&mut application);
    assert!(server.borrow().is_none());
}

fn write_takes_what_fits(mut application: Application) {
    let (client, _accepted) = connect(&mut application);
    client.set_limits(Limits { max_queued: 10, ..client.limits() });
    assert_eq!(client.write(&[0; 9]).unwrap(), 9);
    assert_eq!(client.write(&[0; 9]).unwrap(), 1);
    assert_eq!(client.write(&[0; 9]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(client.write(&[]).unwrap(), 0);
    client.flush().unwrap();
    assert_eq!(client.write(&[0; 11]).unwrap(), 10);
}

fn write_beyond_limit_ends_connection(mut application: Application) {
    let (client, _accepted) = connect(&mut application);
    let limits = Limits { max_queued: 10, slow_peer: SlowPeer::Disconnect, ..client.limits() };
    client.set_limits(limits);
    assert_eq!(client.limits(), limits);
    assert_eq!(client.write(&[0; 10]).unwrap(), 10);
    let errors = Rc::new(RefCell::new(Vec::new()));
    let seen = errors.clone();
    client.on_error(move |_, error| seen.borrow_mut().push(error.kind()));
    client.on_disconnected(|_| qlocal::quit());
    assert_eq!(client.write(&[0; 1]).unwrap_err().kind(), io::ErrorKind::NotConnected);
    assert_eq!(client.state(), State::Connected);
    run(&mut application);
    assert_eq!(*errors.borrow(), [ErrorKind::LimitExceeded]);
}

fn water_marks_pace_writer(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.set_limits(Limits { high_water: 100_000, low_water: 1000, ..client.limits() });
    let marks = Rc::new(RefCell::new(Vec::new()));
    let (high, low) = (marks.clone(), marks.clone());
    client.on_high_water(move |stream| {
        assert!(stream.bytes_to_write() >= 100_000);
        high.borrow_mut().push("high");
        accepted.on_ready_read(|stream| drop(stream.read_to_vec()));
    });
    client.on_low_water(move |stream| {
        assert!(stream.bytes_to_write() <= 1000);
        low.borrow_mut().push("low");
        qlocal::quit();
    });
    client.write(&vec![0; 4_000_000]).unwrap();
    assert!(marks.borrow().is_empty());
    run(&mut application);
    assert_eq!(*marks.borrow(), ["high", "low"]);
}

fn accepted_streams_have_server_limits(mut application: Application) {
    let server = LocalServer::listen("strict").unwrap();
    let limits = Limits {
        max_queued: 5,
        slow_peer: SlowPeer::Refuse,
        high_water: 4,
        low_water: 3,
        max_message_size: 2,
        max_descriptors: 1,
    };
    server.set_stream_limits(limits);
    server.set_read_limit(7);
    server.on_connection(move |stream| {
        assert_eq!(stream.limits(), limits);
        assert_eq!(stream.read_limit(), 7);
        qlocal::quit();
    });
    let client = LocalStream::connect("strict").unwrap();
    assert_eq!(client.read_limit(), qlocal::DEFAULT_READ_LIMIT);
    run(&mut application);
}

fn counters_count_bytes_and_connections(mut application: Application) {
    let server = LocalServer::listen("counted").unwrap();
    server.on_connection(|stream| {
        stream.on_ready_read(|stream| {
            assert_eq!(stream.read_to_vec(), b"12345");
            assert_eq!(stream.bytes_received(), 5);
            stream.write(b"678").unwrap();
        });
        stream.detach();
    });
    let client = LocalStream::connect("counted").unwrap();
    client.write(b"12345").unwrap();
    client.on_ready_read(|stream| {
        assert_eq!((stream.bytes_sent(), stream.bytes_received()), (5, 3));
        qlocal::quit();
    });
    run(&mut application);
    let counters = server.counters();
    assert_eq!((counters.accepted, counters.refused, counters.failed), (1, 0, 0));
    assert_eq!((counters.open, counters.received, counters.sent), (1, 5, 3));
}

fn descriptors_arrive_with_bytes(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    accepted.set_limits(Limits { max_descriptors: 1, ..accepted.limits() });
    let (reader, mut writer) = UnixStream::pair().unwrap();
    client.write_with_descriptors(b"here", vec![reader.into()]).unwrap();
    accepted.on_ready_read(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(accepted.read_to_vec(), b"here");
    writer.write_all(b"label").unwrap();
    let mut label = [0; 5];
    fs::File::from(accepted.take_descriptor().unwrap()).read_exact(&mut label).unwrap();
    assert_eq!(&label, b"label");
    assert!(accepted.take_descriptor().is_none());
    client.abort();
    let (reader, _writer) = UnixStream::pair().unwrap();
    let back = client.write_with_descriptors(b"x", vec![reader.into()]).unwrap_err();
    assert_eq!(back.len(), 1);
}
