// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Disconnects, and handlers that end anything.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::{fs, thread};

use qlocal::{ErrorKind, LocalServer, LocalStream, State};

use crate::pair::{connect, run};
use crate::Application;

crate::tests![
    peer_close_is_error_then_disconnect,
    stream_dropped_in_ready_read,
    stream_dropped_in_bytes_written,
    stream_dropped_in_error,
    stream_dropped_in_disconnected,
    dropped_stream_calls_no_handler,
    dropped_stream_sends_written_bytes,
    aborted_stream_sends_nothing,
    disconnect_sends_everything_first,
    detached_stream_lives_until_disconnect,
    ended_detached_streams_free_memory,
    owning_handler_ends_with_connection,
    handler_can_replace_itself,
    thread_exit_ends_detached_streams,
];

/// A stream that its own handler can drop.
type Place = Rc<RefCell<Option<LocalStream>>>;

/// Checks that `handler` can drop the client, and that the peer sees the disconnect.
fn drop_in(mut application: Application, set: impl FnOnce(&LocalStream, Box<dyn Fn()>)) {
    let (client, accepted) = connect(&mut application);
    let calls = Rc::new(Cell::new(0));
    let place: Place = Rc::default();
    let (own, count) = (place.clone(), calls.clone());
    let drop_it = move || {
        count.set(count.get() + 1);
        drop(own.take());
    };
    set(&client, Box::new(drop_it));
    client.write(b"question").unwrap();
    place.replace(Some(client));
    accepted.on_ready_read(|stream| {
        // The client may be gone already.
        let _ = stream.write(b"answer");
        stream.disconnect();
    });
    accepted.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    while calls.get() == 0 {
        application.process_events();
    }
    assert_eq!(calls.get(), 1);
    assert!(place.borrow().is_none());
}

fn stream_dropped_in_ready_read(application: Application) {
    drop_in(application, |stream, drop_it| {
        stream.on_ready_read(move |stream| {
            drop_it();
            assert_eq!(stream.state(), State::Unconnected);
        });
    });
}

fn stream_dropped_in_bytes_written(application: Application) {
    drop_in(application, |stream, drop_it| stream.on_bytes_written(move |_, _| drop_it()));
}

fn stream_dropped_in_error(application: Application) {
    drop_in(application, |stream, drop_it| stream.on_error(move |_, _| drop_it()));
}

fn stream_dropped_in_disconnected(application: Application) {
    drop_in(application, |stream, drop_it| stream.on_disconnected(move |_| drop_it()));
}

fn peer_close_is_error_then_disconnect(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    let seen = Rc::new(RefCell::new(Vec::new()));
    let (read, failed, ended) = (seen.clone(), seen.clone(), seen.clone());
    client.on_ready_read(move |_| read.borrow_mut().push("ready read".to_owned()));
    client.on_error(move |stream, error| {
        assert_eq!(error.kind(), ErrorKind::PeerClosed);
        failed.borrow_mut().push(format!("error in {:?}", stream.state()));
    });
    client.on_disconnected(move |stream| {
        ended.borrow_mut().push(format!("disconnected in {:?}", stream.state()));
        qlocal::quit();
    });
    accepted.write(b"last words").unwrap();
    accepted.disconnect();
    run(&mut application);
    assert_eq!(*seen.borrow(), ["ready read", "error in Connected", "disconnected in Unconnected"]);
    assert_eq!(client.read_to_vec(), b"last words");
}

fn dropped_stream_calls_no_handler(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.on_bytes_written(|_, _| panic!("written"));
    client.on_error(|_, error| panic!("{error}"));
    client.on_disconnected(|_| panic!("disconnected"));
    client.write(b"x").unwrap();
    drop(client);
    accepted.on_disconnected(|_| qlocal::quit());
    run(&mut application);
}

fn dropped_stream_sends_written_bytes(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.write(b"farewell").unwrap();
    drop(client);
    accepted.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(accepted.read_to_vec(), b"farewell");
}

fn aborted_stream_sends_nothing(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.write(b"unsaid").unwrap();
    client.abort();
    accepted.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(accepted.read_to_vec(), b"");
}

fn disconnect_sends_everything_first(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.write(&vec![1; 3_000_000]).unwrap();
    client.disconnect();
    assert_eq!(client.state(), State::Closing);
    accepted.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(accepted.bytes_available(), 3_000_000);
    assert_eq!(client.state(), State::Unconnected);
}

fn detached_stream_lives_until_disconnect(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    let witness = Rc::new(());
    let (held, gone) = (witness.clone(), Rc::downgrade(&witness));
    drop(witness);
    accepted.on_ready_read(move |stream| {
        let _ = &held;
        stream.write(b"still here").unwrap();
    });
    accepted.detach();
    client.write(b"x").unwrap();
    client.on_ready_read(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(client.read_to_vec(), b"still here");
    drop(client);
    while gone.strong_count() > 0 {
        application.process_events();
    }
}

fn ended_detached_streams_free_memory(mut application: Application) {
    let server = LocalServer::listen("main").unwrap();
    server.on_connection(|stream| {
        // Received bytes are never read.
        stream.on_disconnected(|_| qlocal::quit());
        stream.detach();
    });
    let pages = || {
        let statm = fs::read_to_string("/proc/self/statm").unwrap();
        statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap()
    };
    let before = pages();
    for _ in 0..400 {
        let client = LocalStream::connect("main").unwrap();
        client.write(&[1; 100_000]).unwrap();
        client.disconnect();
        run(&mut application);
    }
    // They have received 40 MB, which is 10 000 pages. AddressSanitizer, which delays the release of freed memory and
    // records where it was allocated, adds less than 4000.
    let more = pages().saturating_sub(before);
    assert!(more < 5000, "{more} pages");
}

fn owning_handler_ends_with_connection(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    let place: Place = Rc::default();
    let gone = Rc::downgrade(&place);
    let own = place.clone();
    accepted.on_ready_read(move |_| drop(own.borrow()));
    place.replace(Some(accepted));
    drop(place);
    drop(client);
    while gone.strong_count() > 0 {
        application.process_events();
    }
}

fn handler_can_replace_itself(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.on_ready_read(|stream| {
        assert_eq!(stream.read_to_vec(), b"one");
        stream.on_ready_read(|stream| {
            assert_eq!(stream.read_to_vec(), b"two");
            qlocal::quit();
        });
        stream.write(b"next").unwrap();
    });
    accepted.write(b"one").unwrap();
    accepted.on_ready_read(|stream| {
        stream.read_to_vec();
        stream.write(b"two").unwrap();
    });
    run(&mut application);
}

fn thread_exit_ends_detached_streams(mut application: Application) {
    let server = LocalServer::listen("main").unwrap();
    server.on_connection(|stream| {
        stream.on_disconnected(|_| qlocal::quit());
        stream.detach();
    });
    let connect_and_leave = || LocalStream::connect("main").unwrap().detach();
    thread::spawn(connect_and_leave).join().unwrap();
    run(&mut application);
}
