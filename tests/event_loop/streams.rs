// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Connecting, reading and writing.

use std::cell::{Cell, RefCell};
use std::io::{self, Read, Write};
use std::rc::Rc;
use std::time::Duration;

use qlocal::{ErrorKind, LocalServer, LocalStream, State};

use crate::pair::{connect, echo_server, fill_backlog, run};
use crate::Application;

crate::tests![
    connections_get_their_own_bytes,
    connect_ends_immediately,
    both_ends_have_server_address,
    connect_waits_for_room,
    connect_times_out,
    read_distinguishes_empty_from_end,
    std_traits_read_and_write,
    writes_of_one_turn_arrive_together,
    sent_bytes_are_announced,
    flush_reports_unsent_bytes,
    write_after_end_is_error,
];

fn connections_get_their_own_bytes(mut application: Application) {
    let _server = echo_server("echo");
    let left = Rc::new(Cell::new(10));
    let start = |index: u8| {
        let sent = vec![index; 1 + 20_000 * usize::from(index)];
        let stream = LocalStream::connect("echo").unwrap();
        stream.write(&sent).unwrap();
        let (left, mut received) = (left.clone(), Vec::new());
        stream.on_ready_read(move |stream| {
            received.extend(stream.read_to_vec());
            if received.len() >= sent.len() {
                assert!(received == sent);
                left.set(left.get() - 1);
                if left.get() == 0 {
                    qlocal::quit();
                }
            }
        });
        stream
    };
    let _streams: Vec<LocalStream> = (0..10).map(start).collect();
    run(&mut application);
    assert_eq!(left.get(), 0);
}

fn connect_ends_immediately(_application: Application) {
    let _server = echo_server("echo");
    let stream = LocalStream::connect("echo").unwrap();
    assert_eq!(stream.state(), State::Connected);
    let called = Rc::new(Cell::new(false));
    let mark = called.clone();
    stream.on_connected(move |_| mark.set(true));
    assert!(called.get());
}

fn both_ends_have_server_address(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    assert_eq!(client.server_address().short_name(), b"pair");
    assert_eq!(client.server_address(), accepted.server_address());
}

fn connect_waits_for_room(mut application: Application) {
    let server = LocalServer::listen("slow").unwrap();
    let _others = fill_backlog("slow");
    let stream = LocalStream::connect("slow").unwrap();
    assert_eq!(stream.state(), State::Connecting);
    assert_eq!(stream.write(b"x").unwrap_err().kind(), io::ErrorKind::WouldBlock);
    stream.on_connected(|stream| {
        assert_eq!(stream.write(b"x").unwrap(), 1);
        qlocal::quit();
    });
    server.on_connection(LocalStream::detach);
    run(&mut application);
    assert_eq!(stream.state(), State::Connected);
}

fn connect_times_out(mut application: Application) {
    let _server = LocalServer::listen("slow").unwrap();
    let _others = fill_backlog("slow");
    let stream = LocalStream::connect_timeout("slow", Duration::from_millis(30)).unwrap();
    let errors = Rc::new(RefCell::new(Vec::new()));
    let seen = errors.clone();
    stream.on_error(move |_, error| {
        seen.borrow_mut().push(error.kind());
        qlocal::quit();
    });
    run(&mut application);
    assert_eq!(*errors.borrow(), [ErrorKind::TimedOut]);
    assert_eq!(stream.state(), State::Unconnected);
}

fn read_distinguishes_empty_from_end(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    let mut room = [0; 8];
    assert_eq!(client.read(&mut room).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert_eq!(client.read(&mut []).unwrap(), 0);
    accepted.write(b"last").unwrap();
    accepted.disconnect();
    client.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(client.bytes_available(), 4);
    assert_eq!(client.read(&mut room).unwrap(), 4);
    assert_eq!(&room[..4], b"last");
    assert_eq!(client.read(&mut room).unwrap(), 0);
}

fn std_traits_read_and_write(mut application: Application) {
    let (mut client, accepted) = connect(&mut application);
    client.write_all(b"question\n").unwrap();
    Write::flush(&mut client).unwrap();
    accepted.on_ready_read(|mut stream| {
        writeln!(stream, "answer").unwrap();
        stream.disconnect();
    });
    client.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer\n");
}

fn writes_of_one_turn_arrive_together(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.write(b"header").unwrap();
    client.write(b"body").unwrap();
    assert_eq!(client.bytes_to_write(), 10);
    accepted.on_ready_read(|stream| {
        assert_eq!(stream.read_to_vec(), b"headerbody");
        qlocal::quit();
    });
    run(&mut application);
    assert_eq!(accepted.bytes_available(), 0);
}

fn sent_bytes_are_announced(mut application: Application) {
    let (client, _accepted) = connect(&mut application);
    let written = Rc::new(Cell::new(0));
    let sum = written.clone();
    client.on_bytes_written(move |_, count| {
        sum.set(sum.get() + count);
        qlocal::quit();
    });
    client.write(b"hello").unwrap();
    assert_eq!(written.get(), 0);
    run(&mut application);
    assert_eq!(written.get(), 5);
    assert_eq!(client.bytes_to_write(), 0);
}

fn flush_reports_unsent_bytes(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.write(b"little").unwrap();
    client.flush().unwrap();
    let much = vec![0; 4_000_000];
    client.write(&much).unwrap();
    assert_eq!(client.flush().unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let mut count = 0;
    accepted.on_ready_read(move |stream| {
        count += stream.read_to_vec().len();
        if count == b"little".len() + 4_000_000 {
            qlocal::quit();
        }
    });
    run(&mut application);
    assert_eq!(client.bytes_to_write(), 0);
}

fn write_after_end_is_error(mut application: Application) {
    let (client, _accepted) = connect(&mut application);
    client.abort();
    assert_eq!(client.write(b"x").unwrap_err().kind(), io::ErrorKind::NotConnected);
    assert_eq!(client.flush().unwrap_err().kind(), io::ErrorKind::NotConnected);
}
