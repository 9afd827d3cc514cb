// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What becomes of bytes that were not sent when a kept connection ends.

use std::io::Read as _;
use std::net::Shutdown;
use std::os::unix::net::UnixListener;

use qlocal_core::{Effect, Framing, Reconnect, Stream, Unsent};

mod util;
use util::kept::*;
use util::*;

/// Connects, writes messages until the kernel takes no more, and lets the peer end after it has read this
/// much. Returns what each of the two peers has received.
fn messages_over_two_connections(
    unsent: Unsent,
    read: usize,
    framing: Option<Framing>,
) -> [Vec<u8>; 2] {
    let folder = Folder::new();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let kept = Kept::new(Reconnect { unsent, ..often() });
    kept.stream.set_framing(framing, &[]);
    kept.connect(&folder.address("s"));
    let mut peer = server.accept().unwrap().0;
    let message = |number: usize| {
        let mut text = format!("{number} ");
        text.extend(std::iter::repeat_n('x', 7000));
        text.into_bytes()
    };
    for number in 0..200 {
        match framing {
            Some(_) => kept.stream.write_message(&message(number)).unwrap(),
            None => assert!(kept.stream.write(&message(number)).is_some()),
        }
    }
    kept.stream.flush();
    assert!(kept.stream.bytes_to_write() > 0);
    let mut first = vec![0; read];
    peer.read_exact(&mut first).unwrap();
    settle(&kept.reactor);
    // What the kernel has accepted counts as received, read or not.
    peer.shutdown(Shutdown::Write).unwrap();
    kept.until(|kept| kept.record.has(Effect::Disconnected));
    let sent = kept.stream.sent() as usize;
    first.resize(sent, 0);
    peer.set_nonblocking(true).unwrap();
    let mut at = read;
    while let Ok(count @ 1..) = peer.read(&mut first[at..]) {
        at += count;
    }
    first.truncate(at);
    kept.until_connected();
    let mut peer = server.accept().unwrap().0;
    let reading = std::thread::spawn(move || {
        let mut second = vec![];
        peer.read_to_end(&mut second).unwrap();
        second
    });
    kept.until(|kept| kept.stream.bytes_to_write() == 0);
    kept.stream.disconnect();
    [first, reading.join().unwrap()]
}

/// The numbers of the messages, each of which is a whole line.
fn numbers(lines: &[u8]) -> Vec<usize> {
    let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
    if lines.is_empty() {
        return vec![];
    }
    let number = |line: &[u8]| {
        let (number, rest) = line.split_at(line.iter().position(|&byte| byte == b' ').unwrap());
        assert_eq!(rest.len(), 7001, "a message is not whole");
        String::from_utf8_lossy(number).parse().unwrap()
    };
    lines.split(|&byte| byte == b'\n').map(number).collect()
}

#[test]
fn unsent_messages_are_kept_whole_and_never_sent_twice() {
    let _dog = watchdog();
    for read in [1, 50_000, 123_456] {
        let [first, second] =
            messages_over_two_connections(Unsent::Keep, read, Some(Framing::lines()));
        let end = first.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let (whole, part) = first.split_at(end);
        let mut all = numbers(whole);
        let lost = usize::from(!part.is_empty());
        let second = numbers(&second);
        assert!(!second.is_empty());
        assert_eq!(second[0], all.len() + lost);
        all.extend(second);
        let expected: Vec<_> =
            (0..200).filter(|&number| number < all[0] || all.contains(&number)).collect();
        assert_eq!(all, expected);
        assert_eq!(all.len() + lost, 200);
    }
}

#[test]
fn unsent_bytes_are_kept_from_first_unsent_one() {
    let _dog = watchdog();
    let [mut first, second] = messages_over_two_connections(Unsent::Keep, 10_000, None);
    first.extend(second);
    let all: Vec<u8> = (0..200)
        .flat_map(|number| {
            let mut text = format!("{number} ");
            text.extend(std::iter::repeat_n('x', 7000));
            text.into_bytes()
        })
        .collect();
    assert!(first == all);
}

#[test]
fn unsent_bytes_are_dropped_by_default() {
    let _dog = watchdog();
    let [_, second] =
        messages_over_two_connections(Unsent::default(), 10_000, Some(Framing::lines()));
    assert_eq!(second, b"");
}

#[test]
fn unsent_bytes_are_dropped_when_user_ends_the_wait() {
    let _dog = watchdog();
    for end in [Stream::disconnect, Stream::close, Stream::abort, Stream::detach] {
        let folder = Folder::new();
        let server = UnixListener::bind(folder.join("s")).unwrap();
        let kept = Kept::new(Reconnect { unsent: Unsent::Keep, ..hourly() });
        kept.connect(&folder.address("s"));
        let peer = server.accept().unwrap();
        kept.stream.write(&vec![0; 10_000_000]);
        kept.stream.flush();
        drop((peer, server));
        kept.until(|kept| kept.stream.is_reconnecting());
        assert!(kept.stream.bytes_to_write() > 0);
        end(&kept.stream);
        assert_eq!(kept.stream.bytes_to_write(), 0);
    }
}
