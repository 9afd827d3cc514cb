// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! fork(2) without exec: a child has copies of the streams, and both processes keep working.

use std::cell::Cell;
use std::rc::Rc;

use qlocal::{LocalStream, Reconnect, State};

use crate::pair::{connect, echo_server, run};
use crate::Application;

crate::tests![
    parent_survives_childs_drops,
    childs_loop_serves_it,
    child_creates_own_streams,
    parent_sends_unsent_bytes_once,
    kept_stream_waits_in_child_too,
    parent_waits_after_childs_drop,
];

/// Runs `body` in a child, and waits for its end. A panic there is a failure.
fn in_child(body: impl FnOnce()) {
    // SAFETY: the only other thread of this process is the watchdog, which sleeps, so no lock is held.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        // SAFETY: it takes a number. Resources shared with the parent are not cleaned up here.
        unsafe { libc::_exit(outcome.is_err().into()) };
    }
    let mut status = -1;
    // SAFETY: the status is written to a local integer.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
}

/// Waits for the answer to a question.
fn ask(application: &mut Application, stream: &LocalStream) {
    let answer = Rc::new(Cell::new(0));
    let count = answer.clone();
    stream.on_ready_read(move |stream| {
        count.set(count.get() + stream.read_to_vec().len());
        qlocal::quit();
    });
    stream.write(b"question").unwrap();
    while answer.get() < 8 {
        run(application);
    }
    assert_eq!(answer.get(), 8);
}

fn parent_survives_childs_drops(mut application: Application) {
    let server = echo_server("echo");
    let client = LocalStream::connect("echo").unwrap();
    ask(&mut application, &client);
    let (client, server) = {
        let copies = Cell::new(Some((client, server)));
        // The child's copies are dropped with its copy of the cell.
        in_child(|| drop(copies.take()));
        copies.take().unwrap()
    };
    ask(&mut application, &client);
    assert_eq!(client.state(), State::Connected);
    drop(server);
}

fn childs_loop_serves_it(mut application: Application) {
    let _server = echo_server("echo");
    let client = LocalStream::connect("echo").unwrap();
    ask(&mut application, &client);
    in_child(|| ask(&mut application, &client));
    ask(&mut application, &client);
}

fn child_creates_own_streams(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    in_child(|| {
        let _server = echo_server("child");
        ask(&mut application, &LocalStream::connect("child").unwrap());
    });
    accepted.on_ready_read(|stream| {
        stream.write(&stream.read_to_vec()).unwrap();
    });
    ask(&mut application, &client);
}

fn parent_sends_unsent_bytes_once(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.write(b"once").unwrap();
    in_child(|| {});
    client.disconnect();
    let received = Rc::new(Cell::new(0));
    let count = received.clone();
    accepted.on_ready_read(move |stream| count.set(count.get() + stream.read_to_vec().len()));
    accepted.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(received.get(), 4);
}

/// A stream that waits for a server and has nothing but the watch.
fn waiting(application: &mut Application) -> LocalStream {
    let stream = LocalStream::keep_connected("late", Reconnect::default()).unwrap();
    stream.on_reconnecting(|_, _, delay| {
        assert_eq!(delay, None);
        qlocal::quit();
    });
    run(application);
    stream.on_connected(|_| qlocal::quit());
    stream
}

fn kept_stream_waits_in_child_too(mut application: Application) {
    let stream = waiting(&mut application);
    in_child(|| {
        let _server = echo_server("late");
        run(&mut application);
        assert_eq!(stream.state(), State::Connected);
    });
    assert!(stream.is_reconnecting());
    stream.on_reconnecting(|_, _, _| ());
    let _server = echo_server("late");
    run(&mut application);
    assert_eq!(stream.state(), State::Connected);
}

fn parent_waits_after_childs_drop(mut application: Application) {
    let copy = Cell::new(Some(waiting(&mut application)));
    in_child(|| drop(copy.take()));
    let stream = copy.take().unwrap();
    let _server = echo_server("late");
    run(&mut application);
    assert_eq!(stream.state(), State::Connected);
}
