// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Messages instead of bytes.

use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use qlocal::{
    Address, ByteOrder, Delimiter, ErrorKind, Framing, Limits, LocalServer, LocalStream,
    PrefixSize, State,
};

use crate::pair::{connect, run};
use crate::Application;

crate::tests![
    many_streams_bounce_messages,
    wire_format_is_exact,
    messages_wait_without_handler,
    messages_wait_for_next_handler,
    oversized_message_ends_stream,
    partial_message_is_lost_at_end,
    unsendable_messages_are_refused,
    framing_begins_after_read_bytes,
    message_handler_can_drop_stream,
    server_frames_its_streams,
    invalid_framing_is_refused,
];

fn many_streams_bounce_messages(mut application: Application) {
    let server = LocalServer::listen("bounce").unwrap();
    server.on_connection(|stream| {
        stream.set_framing(Some(Framing::lines()));
        stream.on_message(|stream, message| stream.write_message(&message).unwrap());
        stream.detach();
    });
    let left = Rc::new(Cell::new(20));
    let start = |index: usize| {
        let stream = LocalStream::connect("bounce").unwrap();
        stream.set_framing(Some(Framing::lines()));
        let message = move |round: usize| vec![b'a'; index * round * 10];
        stream.write_message(&message(0)).unwrap();
        let (left, mut round) = (left.clone(), 0);
        stream.on_message(move |stream, arrived| {
            assert_eq!(arrived, message(round));
            round += 1;
            if round < 50 {
                stream.write_message(&message(round)).unwrap();
                return;
            }
            left.set(left.get() - 1);
            if left.get() == 0 {
                qlocal::quit();
            }
        });
        stream
    };
    let _streams: Vec<LocalStream> = (0..20).map(start).collect();
    run(&mut application);
    assert_eq!(left.get(), 0);
}

/// A stream of a server, with a plain peer that has no framing.
fn with_plain_peer(application: &mut Application) -> (LocalStream, UnixStream) {
    let server = LocalServer::listen("plain").unwrap();
    let Address::Pathname(path) = server.address() else { panic!("a path") };
    let peer = UnixStream::connect(std::str::from_utf8(&path).unwrap()).unwrap();
    let accepted = Rc::new(RefCell::new(None));
    let place = accepted.clone();
    server.on_connection(move |stream| {
        place.replace(Some(stream));
        qlocal::quit();
    });
    run(application);
    let accepted = accepted.take().unwrap();
    (accepted, peer)
}

fn wire_format_is_exact(mut application: Application) {
    let (stream, mut peer) = with_plain_peer(&mut application);
    let little = Framing::LengthPrefixed { size: PrefixSize::Two, order: ByteOrder::Little };
    for (framing, wire) in [
        (Framing::length_prefixed(), &b"\0\0\0\x05hello\0\0\0\0"[..]),
        (Framing::lines(), b"hello\n\n"),
        (Framing::ByteArrays, b"\0\0\0\x05hello\0\0\0\0"),
        (Framing::Lines(Delimiter::CRLF), b"hello\r\n\r\n"),
        (little, b"\x05\0hello\0\0"),
    ] {
        stream.set_framing(Some(framing));
        assert_eq!(stream.framing(), Some(framing));
        stream.write_message(b"hello").unwrap();
        stream.write_message(b"").unwrap();
        stream.flush().unwrap();
        let mut sent = vec![0; wire.len()];
        peer.read_exact(&mut sent).unwrap();
        assert_eq!(sent, wire);
        peer.write_all(wire).unwrap();
        let mut expected = [&b"hello"[..], b""].into_iter();
        stream.on_message(move |_, message| {
            assert_eq!(Some(&message[..]), expected.next());
            if message.is_empty() {
                qlocal::quit();
            }
        });
        run(&mut application);
    }
}

fn messages_wait_without_handler(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.set_framing(Some(Framing::length_prefixed()));
    accepted.set_framing(Some(Framing::length_prefixed()));
    client.on_message(|_, _| qlocal::quit());
    client.write_message(b"one").unwrap();
    client.write_message(b"").unwrap();
    while accepted.bytes_received() < 11 {
        accepted.write_message(b"turn").unwrap();
        run(&mut application);
    }
    assert_eq!(accepted.bytes_available(), 0);
    assert_eq!(accepted.read_message().as_deref(), Some(&b"one"[..]));
    assert_eq!(accepted.read_message().as_deref(), Some(&b""[..]));
    assert_eq!(accepted.read_message(), None);
}

fn messages_wait_for_next_handler(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.set_framing(Some(Framing::lines()));
    accepted.set_framing(Some(Framing::lines()));
    client.on_message(|_, _| qlocal::quit());
    client.write(b"one\ntwo\n").unwrap();
    while accepted.bytes_received() < 8 {
        accepted.write_message(b"turn").unwrap();
        run(&mut application);
    }
    let received = Rc::new(RefCell::new(Vec::new()));
    let place = received.clone();
    accepted.on_message(move |_, message| {
        place.borrow_mut().push(String::from_utf8(message).unwrap());
        if place.borrow().len() == 3 {
            qlocal::quit();
        }
    });
    client.write_message(b"three").unwrap();
    run(&mut application);
    assert_eq!(*received.borrow(), ["one", "two", "three"]);
}

fn oversized_message_ends_stream(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    client.set_framing(Some(Framing::length_prefixed()));
    accepted.set_framing(Some(Framing::length_prefixed()));
    assert_eq!(accepted.limits().max_message_size, Framing::DEFAULT_MAX_SIZE);
    accepted.set_limits(Limits { max_message_size: 5, ..accepted.limits() });
    let received = Rc::new(RefCell::new(Vec::new()));
    let (messages, errors) = (received.clone(), received.clone());
    accepted.on_message(move |_, message| {
        messages.borrow_mut().push(String::from_utf8(message).unwrap());
    });
    accepted.on_error(move |_, error| {
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        errors.borrow_mut().push(error.operation().to_owned());
    });
    client.on_disconnected(|_| qlocal::quit());
    for message in ["short", "longer", "short"] {
        client.write_message(message.as_bytes()).unwrap();
    }
    run(&mut application);
    assert_eq!(*received.borrow(), ["short", "receive message"]);
    assert_eq!(accepted.state(), State::Unconnected);
}

fn partial_message_is_lost_at_end(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    accepted.set_framing(Some(Framing::lines()));
    let received = Rc::new(RefCell::new(None));
    let place = received.clone();
    accepted.on_error(move |_, error| {
        place.replace(Some((error.kind(), error.operation().to_owned())));
    });
    accepted.on_disconnected(|_| qlocal::quit());
    client.write(b"whole\npart").unwrap();
    client.disconnect();
    run(&mut application);
    assert_eq!(received.take(), Some((ErrorKind::PeerClosed, "receive message".to_owned())));
    assert_eq!(accepted.read_message().as_deref(), Some(&b"whole"[..]));
    assert_eq!(accepted.read_message(), None);
}

fn unsendable_messages_are_refused(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    let kind = |message: &[u8]| client.write_message(message).unwrap_err().kind();
    assert_eq!(kind(b"no framing"), ErrorKind::InvalidMessage);
    client.set_framing(Some(Framing::lines()));
    client.set_limits(Limits { max_message_size: 8, ..client.limits() });
    assert_eq!(kind(b"too long!"), ErrorKind::InvalidMessage);
    assert_eq!(kind(b"two\nline"), ErrorKind::InvalidMessage);
    client.set_limits(Limits { max_queued: 9, ..client.limits() });
    client.write_message(b"it fits!").unwrap();
    assert_eq!(kind(b""), ErrorKind::LimitExceeded);
    accepted.on_ready_read(|stream| {
        assert_eq!(stream.read_to_vec(), b"it fits!\n");
        stream.abort();
    });
    client.on_disconnected(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(kind(b"late"), ErrorKind::NotConnected);
}

fn framing_begins_after_read_bytes(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    accepted.on_ready_read(|stream| {
        let mut greeting = [0; 6];
        assert_eq!(stream.read(&mut greeting).unwrap(), 6);
        stream.set_framing(Some(Framing::length_prefixed()));
    });
    accepted.on_message(|_, message| {
        assert_eq!(message, b"abc");
        qlocal::quit();
    });
    client.write(b"hello\n\0\0\0\x03abc").unwrap();
    run(&mut application);
}

fn message_handler_can_drop_stream(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    accepted.set_framing(Some(Framing::lines()));
    let owner = Rc::new(RefCell::new(None));
    let place = owner.clone();
    accepted.on_message(move |_, message| {
        assert_eq!(message, b"one");
        drop(place.take());
    });
    owner.replace(Some(accepted));
    client.on_disconnected(|_| qlocal::quit());
    client.write(b"one\ntwo\n").unwrap();
    run(&mut application);
}

fn server_frames_its_streams(mut application: Application) {
    let server = LocalServer::listen("framed").unwrap();
    let framing = Framing::delimited(b"--end--").unwrap();
    server.set_framing(Some(framing));
    server.on_connection(move |stream| {
        assert_eq!(stream.framing(), Some(framing));
        stream.on_message(|stream, message| stream.write_message(&message).unwrap());
        stream.detach();
    });
    let stream = LocalStream::connect("framed").unwrap();
    stream.set_framing(Some(framing));
    stream.write_message(b"two\nlines").unwrap();
    stream.on_message(|_, message| {
        assert_eq!(message, b"two\nlines");
        qlocal::quit();
    });
    run(&mut application);
}

fn invalid_framing_is_refused(_: Application) {
    let error = Framing::delimited(b"").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidFraming);
    assert_eq!(
        error.to_string(),
        "set delimiter: InvalidFraming; use a delimiter of 1 to 63 bytes, and a prefix of 1, 2, 4 or 8 bytes"
    );
    assert_eq!(PrefixSize::new(3).unwrap_err().kind(), ErrorKind::InvalidFraming);
}
