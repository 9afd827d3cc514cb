// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Streams whose users read and write messages.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use qlocal_core::{
    ByteOrder, Effect, Error, ErrorKind, Framing, FramingKind, FramingSettings, Limits, PrefixSize,
    Read, SlowPeer, State, Stream,
};

mod util;
use util::*;

/// A wire of messages with up to this many bytes.
#[track_caller]
fn framed(framing: Framing, max_size: usize) -> Wire {
    let wire = Wire::new();
    wire.stream.set_framing(Some(framing), b"");
    wire.stream.set_limits(Limits { max_message_size: max_size, ..Limits::default() });
    wire.words();
    wire
}

fn lines(max_size: usize) -> Wire {
    framed(Framing::lines(), max_size)
}

fn delimited(delimiter: &[u8]) -> Framing {
    Framing::delimited(delimiter).unwrap()
}

fn little() -> Framing {
    Framing::LengthPrefixed { size: PrefixSize::Eight, order: ByteOrder::Little }
}

fn each_framing() -> [Framing; 5] {
    [
        Framing::lines(),
        Framing::length_prefixed(),
        Framing::ByteArrays,
        delimited(b"--end--"),
        little(),
    ]
}

fn next(stream: &Stream) -> Option<String> {
    stream.read_message(|message| String::from_utf8(message.to_vec()).unwrap())
}

fn all(stream: &Stream) -> Vec<String> {
    std::iter::from_fn(|| next(stream)).collect()
}

/// Writes from the peer and lets it arrive.
fn arrives(wire: &mut Wire, bytes: &[u8]) {
    wire.peer.write_all(bytes).unwrap();
    wire.settle();
}

fn kind(outcome: Result<(), Error>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

const GONE: [&str; 3] =
    ["Unconnected @Unconnected", "finished @Unconnected", "disconnected @Unconnected"];

#[test]
fn only_whole_messages_are_announced() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"hel");
    assert_eq!(wire.words(), [""; 0]);
    assert!(!wire.stream.has_message());
    arrives(&mut wire, b"lo\n");
    assert_eq!(wire.words(), ["message @Connected"]);
    assert_eq!(all(&wire.stream), ["hello"]);
}

#[test]
fn framed_stream_reads_no_bytes() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"hello\nwor");
    assert_eq!(wire.stream.bytes_available(), 0);
    assert_eq!(wire.stream.read_slice(&mut [0; 10]), Read::Bytes(0));
    assert!(!wire.stream.has_line());
    assert_eq!(all(&wire.stream), ["hello"]);
}

#[test]
fn each_unread_message_is_announced() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    let (tx, rx) = std::sync::mpsc::channel();
    wire.record.on_effect(move |stream, effect| {
        if effect == Effect::MessageReady {
            tx.send(next(stream).unwrap()).unwrap();
        }
    });
    arrives(&mut wire, b"one\ntwo\n\nfour\n");
    assert_eq!(rx.try_iter().collect::<Vec<_>>(), ["one", "two", "", "four"]);
    assert_eq!(wire.words(), ["message @Connected"; 4]);
}

#[test]
fn reading_all_messages_announces_once() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    wire.record.once(Effect::MessageReady, |stream| assert_eq!(all(stream), ["one", "two"]));
    arrives(&mut wire, b"one\ntwo\n");
    assert_eq!(wire.words(), ["message @Connected"]);
}

#[test]
fn unread_messages_are_not_announced_again() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"one\ntwo\n");
    assert_eq!(wire.words(), ["message @Connected"]);
    arrives(&mut wire, b"thr");
    assert_eq!(wire.words(), [""; 0]);
    arrives(&mut wire, b"ee\n");
    assert_eq!(wire.words(), ["message @Connected"]);
    assert_eq!(all(&wire.stream), ["one", "two", "three"]);
}

#[test]
fn messages_read_early_are_not_announced() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    arrives(&mut wire, b"one\n");
    wire.words();
    wire.stream.set_framing(Some(Framing::lines()), b"");
    assert_eq!(all(&wire.stream), ["one"]);
    wire.settle();
    assert_eq!(wire.words(), [""; 0]);
}

#[test]
fn oversized_message_keeps_earlier_ones() {
    let _watchdog = watchdog();
    for (framing, bytes) in [
        (Framing::lines(), &b"one\n2345678\n"[..]),
        (Framing::length_prefixed(), b"\0\0\0\x03one\0\0\0\x07"),
        (Framing::ByteArrays, b"\0\0\0\x03one\xff\xff\xff\xfe"),
        (delimited(b"\r\n"), b"one\r\n2345678\r\n"),
        (little(), b"\x03\0\0\0\0\0\0\0one\x07\0\0\0\0\0\0\0"),
    ] {
        let mut wire = framed(framing, 6);
        arrives(&mut wire, bytes);
        let end = ["message @Connected", "error LimitExceeded @Connected", "Closing @Closing"];
        assert_eq!(wire.words(), [&end[..], &GONE].concat());
        let failure = wire.stream.failure().unwrap();
        assert_eq!(failure.operation(), "receive message");
        assert!(failure.hint().contains("longer messages"), "{failure}");
        assert_eq!(all(&wire.stream), ["one"]);
        assert_eq!(wire.peer.read(&mut [0; 10]).unwrap(), 0, "the peer is disconnected");
    }
}

#[test]
fn message_of_maximum_size_arrives() {
    let _watchdog = watchdog();
    for framing in each_framing() {
        for max_size in [1, 6, 100_000, Framing::DEFAULT_MAX_SIZE] {
            let (mut wire, sender) = (framed(framing, max_size), framed(framing, max_size));
            sender.stream.write_message(&vec![b'x'; max_size]).unwrap();
            let mut frame = vec![0; max_size + 8];
            let mut len = 0;
            while sender.stream.bytes_to_write() > 0 {
                sender.settle();
                if let Ok(count) = (&sender.peer).read(&mut frame[len..]) {
                    len += count;
                }
            }
            while let Ok(count @ 1..) = (&sender.peer).read(&mut frame[len..]) {
                len += count;
            }
            let mut rest = &frame[..len];
            while !rest.is_empty() {
                let count = wire.peer.write(rest).unwrap();
                rest = &rest[count..];
                wire.settle();
            }
            assert_eq!(wire.stream.read_message(<[u8]>::len), Some(max_size));
        }
    }
}

#[test]
fn endless_message_is_cut_off_at_cap() {
    let _watchdog = watchdog();
    let mut wire = lines(1_000_000);
    let mut sent = 0_usize;
    while wire.stream.state() == State::Connected {
        match wire.peer.write(&[b'x'; 10_000]) {
            Ok(count) => sent += count,
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock),
        }
        wire.settle();
    }
    assert!(sent > 1_000_000);
    // One turn may receive more.
    assert!(wire.stream.received() <= 1_000_000 + 256 * 1024, "{}", wire.stream.received());
    assert_eq!(wire.stream.last_error(), Some(ErrorKind::LimitExceeded));
}

#[test]
fn unfinished_message_is_reported() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    wire.peer.write_all(b"one\ntw").unwrap();
    wire.peer.shutdown(Shutdown::Both).unwrap();
    wire.settle();
    let end = ["message @Connected", "error PeerClosed @Connected", "Closing @Closing"];
    assert_eq!(wire.words(), [&end[..], &GONE].concat());
    assert_eq!(all(&wire.stream), ["one"]);
    let failure = wire.stream.failure().unwrap();
    assert_eq!(failure.operation(), "receive message");
    assert!(failure.hint().contains("middle of a message"), "{failure}");
}

#[test]
fn end_between_messages_is_clean() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    wire.peer.write_all(b"one\n").unwrap();
    wire.peer.shutdown(Shutdown::Both).unwrap();
    wire.settle();
    assert_eq!(wire.stream.failure().unwrap().operation(), "recv");
}

#[test]
fn unframeable_message_is_not_sent() {
    let _watchdog = watchdog();
    let mut wire = lines(3);
    assert_eq!(kind(wire.stream.write_message(b"four")), Some(ErrorKind::InvalidMessage));
    assert_eq!(kind(wire.stream.write_message(b"1\n2")), Some(ErrorKind::InvalidMessage));
    assert_eq!(wire.stream.last_error(), Some(ErrorKind::InvalidMessage));
    wire.stream.set_framing(None, b"");
    assert_eq!(kind(wire.stream.write_message(b"1")), Some(ErrorKind::InvalidMessage));
    wire.stream.set_framing(Some(Framing::lines()), b"");
    assert_eq!(wire.stream.bytes_to_write(), 0);
    assert_eq!(kind(wire.stream.write_message(b"123")), None);
    wire.settle();
    let mut arrived = [0; 10];
    assert_eq!(wire.peer.read(&mut arrived).unwrap(), 4);
    assert_eq!(&arrived[..4], b"123\n");
    assert_eq!(wire.stream.state(), State::Connected);
}

#[test]
fn writing_message_needs_connection() {
    let stream = Stream::new();
    stream.set_framing(Some(Framing::lines()), b"");
    assert_eq!(kind(stream.write_message(b"x")), Some(ErrorKind::NotConnected));
}

#[test]
fn write_limit_takes_whole_message_or_none() {
    let _watchdog = watchdog();
    let wire = framed(Framing::length_prefixed(), 100);
    wire.stream.set_limits(Limits { max_queued: 20, ..wire.stream.limits() });
    assert_eq!(kind(wire.stream.write_message(&[0; 10])), None);
    assert_eq!(kind(wire.stream.write_message(&[0; 3])), Some(ErrorKind::LimitExceeded));
    assert_eq!(wire.stream.bytes_to_write(), 14);
    assert_eq!(kind(wire.stream.write_message(&[0; 2])), None);
    wire.settle();
    assert_eq!(wire.stream.state(), State::Connected);
    assert_eq!(kind(wire.stream.write_message(&[0; 16])), None);
}

#[test]
fn message_above_write_limit_is_invalid() {
    let _watchdog = watchdog();
    for slow_peer in [SlowPeer::Refuse, SlowPeer::Disconnect] {
        let wire = framed(Framing::length_prefixed(), 100);
        let max_queued = 20;
        wire.stream.set_limits(Limits { max_queued, slow_peer, ..wire.stream.limits() });
        assert_eq!(kind(wire.stream.write_message(&[0; 17])), Some(ErrorKind::InvalidMessage));
        wire.settle();
        assert_eq!(wire.stream.state(), State::Connected);
    }
}

#[test]
fn message_beyond_limit_disconnects() {
    let _watchdog = watchdog();
    let wire = framed(Framing::length_prefixed(), 100);
    let (max_queued, slow_peer) = (20, SlowPeer::Disconnect);
    wire.stream.set_limits(Limits { max_queued, slow_peer, ..wire.stream.limits() });
    wire.stream.write_message(&[0; 10]).unwrap();
    assert_eq!(kind(wire.stream.write_message(&[0; 10])), Some(ErrorKind::LimitExceeded));
    wire.settle();
    assert_eq!(wire.stream.state(), State::Unconnected);
}

#[test]
fn small_read_limit_does_not_block() {
    let _watchdog = watchdog();
    for framing in each_framing() {
        for limit in [1, 3, 5, 9] {
            let mut wire = framed(framing, 50_000);
            wire.stream.set_read_limit(limit);
            let message = vec![b'x'; 50_000];
            let (prefix, suffix) = framing.frame(&message, 50_000).unwrap();
            arrives(&mut wire, &[prefix.as_ref(), &message, suffix].concat());
            assert_eq!(wire.words(), ["message @Connected"]);
            assert_eq!(wire.stream.read_message(<[u8]>::len), Some(50_000));
        }
    }
}

#[test]
fn limit_set_inside_message_does_not_block() {
    let _watchdog = watchdog();
    let mut wire = lines(50_000);
    arrives(&mut wire, &[b'x'; 20_000]);
    wire.stream.set_read_limit(10);
    arrives(&mut wire, b"\n");
    assert_eq!(wire.stream.read_message(<[u8]>::len), Some(20_000));
}

#[test]
fn read_limit_leaves_messages_in_kernel() {
    let _watchdog = watchdog();
    let mut wire = framed(Framing::length_prefixed(), 100);
    wire.stream.set_read_limit(10);
    arrives(&mut wire, &b"\0\0\0\x02ab".repeat(1000));
    assert!(wire.stream.received() <= 20, "{}", wire.stream.received());
    let mut count = 0;
    while count < 1000 {
        match next(&wire.stream) {
            Some(message) => {
                assert_eq!(message, "ab");
                count += 1;
                assert!(wire.stream.received() <= (count + 4) * 6);
            }
            None => wire.turn_until(|| wire.stream.has_message()),
        }
    }
    wire.settle();
    assert!(!wire.stream.has_message());
}

#[test]
fn read_ahead_bytes_come_first() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    arrives(&mut wire, b" world\nrest");
    wire.words();
    wire.stream.set_framing(Some(Framing::lines()), b"hello");
    wire.settle();
    assert_eq!(wire.words(), ["message @Connected"]);
    assert_eq!(all(&wire.stream), ["hello world"]);
    wire.stream.set_framing(None, b"");
    wire.settle();
    assert_eq!(wire.words(), ["ready @Connected"]);
    assert_eq!(wire.stream.read_all(), b"rest");
}

#[test]
fn framing_applies_to_buffered_bytes() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.record.once(Effect::ReadyRead, |stream| {
        assert_eq!(stream.read_slice(&mut [0; 6]), Read::Bytes(6));
        stream.set_framing(Some(Framing::length_prefixed()), b"");
    });
    arrives(&mut wire, b"hello\n\0\0\0\x03abc");
    assert_eq!(wire.words(), ["ready @Connected", "message @Connected"]);
    assert_eq!(all(&wire.stream), ["abc"]);
}

#[test]
fn handler_can_change_framing() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    wire.record.once(Effect::MessageReady, |stream| {
        assert_eq!(next(stream).unwrap(), "hello");
        stream.set_framing(Some(Framing::length_prefixed()), b"");
        stream.flush();
    });
    arrives(&mut wire, b"hello\n\0\0\0\x03abc");
    assert_eq!(wire.words(), ["message @Connected"; 2]);
    assert_eq!(all(&wire.stream), ["abc"]);
}

#[test]
fn lowered_cap_rejects_unfinished_message() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"12345");
    wire.stream.set_limits(Limits { max_message_size: 4, ..Limits::default() });
    wire.settle();
    assert_eq!(wire.stream.state(), State::Unconnected);
    assert_eq!(wire.stream.last_error(), Some(ErrorKind::LimitExceeded));
}

#[test]
fn new_framing_divides_unread_messages() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"one\r\ntwo\r\nthr");
    assert_eq!(wire.words(), ["message @Connected"]);
    wire.stream.set_framing(Some(delimited(b"\r\n")), b"");
    wire.settle();
    assert_eq!(wire.words(), ["message @Connected"]);
    assert_eq!(all(&wire.stream), ["one", "two"]);
    arrives(&mut wire, b"ee\r\n");
    assert_eq!(all(&wire.stream), ["three"]);
}

#[test]
fn unread_bytes_that_break_new_framing_end_connection() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"text\nmore");
    wire.stream.set_framing(Some(Framing::length_prefixed()), b"");
    assert_eq!(next(&wire.stream), None);
    wire.settle();
    assert_eq!(wire.stream.state(), State::Unconnected);
    assert_eq!(wire.stream.last_error(), Some(ErrorKind::LimitExceeded));
}

#[test]
fn sent_messages_keep_their_framing() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    wire.stream.write_message(b"a").unwrap();
    wire.stream.set_framing(Some(Framing::length_prefixed()), b"");
    wire.stream.write_message(b"b").unwrap();
    wire.settle();
    let mut arrived = [0; 10];
    assert_eq!(wire.peer.read(&mut arrived).unwrap(), 7);
    assert_eq!(&arrived[..7], b"a\n\0\0\0\x01b");
}

#[test]
fn null_byte_array_arrives_as_empty_message() {
    let _watchdog = watchdog();
    let mut wire = framed(Framing::ByteArrays, 10);
    arrives(&mut wire, b"\xff\xff\xff\xff\0\0\0\x01a\xff\xff\xff\xff");
    assert_eq!(all(&wire.stream), ["", "a", ""]);
    assert_eq!(wire.stream.state(), State::Connected);
}

#[test]
fn unused_settings_wait_for_their_kind() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    let set = |change: fn(&mut FramingSettings)| {
        let mut settings = wire.stream.framing_settings();
        change(&mut settings);
        wire.stream.set_framing_settings(settings, b"");
    };
    set(|settings| settings.delimiter = qlocal_core::Delimiter::NUL);
    assert_eq!(wire.stream.framing(), None);
    set(|settings| settings.kind = FramingKind::Lines);
    assert_eq!(wire.stream.framing(), Some(delimited(b"\0")));
    set(|settings| settings.prefix_size = PrefixSize::One);
    assert_eq!(wire.stream.framing(), Some(delimited(b"\0")));
    arrives(&mut wire, b"a\nb\0c");
    assert_eq!(all(&wire.stream), ["a\nb"]);
    wire.stream.set_framing(None, b"");
    assert_eq!(wire.stream.framing_settings().delimiter.as_bytes(), b"\0");
}

#[test]
fn end_in_handler_stops_announcements() {
    let _watchdog = watchdog();
    let ends: [fn(&Stream); 3] = [Stream::disconnect, Stream::close, Stream::abort];
    for end in ends {
        let mut wire = lines(100);
        wire.record.once(Effect::MessageReady, move |stream| {
            next(stream).unwrap();
            end(stream);
        });
        arrives(&mut wire, b"one\ntwo\n");
        assert_eq!(wire.record.count(Effect::MessageReady), 1);
        assert_eq!(wire.stream.state(), State::Unconnected);
    }
}

#[test]
fn closing_announces_no_further_messages() {
    let _watchdog = watchdog();
    let ends: [fn(&Stream); 3] = [Stream::disconnect, Stream::close, Stream::abort];
    for end in ends {
        let mut wire = Wire::new();
        arrives(&mut wire, b"one\n");
        wire.stream.set_framing(Some(Framing::lines()), b"");
        end(&wire.stream);
        wire.settle();
        assert_eq!(wire.record.count(Effect::MessageReady), 0);
        assert_eq!(wire.stream.state(), State::Unconnected);
    }
}

#[test]
fn handlers_loop_input_is_announced_later() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    let (reactor, peer) = (wire.reactor.clone(), wire.peer.try_clone().unwrap());
    wire.record.once(Effect::MessageReady, move |stream| {
        assert_eq!(next(stream).unwrap(), "one");
        (&peer).write_all(b"two\n").unwrap();
        peer.shutdown(Shutdown::Both).unwrap();
        settle(&reactor);
        assert_eq!(stream.state(), State::Unconnected);
    });
    arrives(&mut wire, b"one\n");
    assert_eq!(wire.words().last().unwrap(), "message @Unconnected");
    assert_eq!(all(&wire.stream), ["two"]);
}

#[test]
fn new_thread_announces_rest_after_move() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    let other = reactor();
    wire.record.once(Effect::MessageReady, |stream| {
        next(stream).unwrap();
        stream.leave_thread();
    });
    arrives(&mut wire, b"one\ntwo\nthr");
    assert_eq!(wire.words(), ["message @Connected"]);
    wire.stream.join_thread(Ok(other.clone()));
    settle(&other);
    assert_eq!(wire.words(), ["message @Connected"]);
    assert_eq!(all(&wire.stream), ["two"]);
    wire.peer.write_all(b"ee\n").unwrap();
    settle(&other);
    assert_eq!(all(&wire.stream), ["three"]);
}

#[test]
fn input_wait_waits_for_whole_message() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    wire.peer.write_all(b"on").unwrap();
    let mut peer = wire.peer.try_clone().unwrap();
    let later = std::thread::spawn(move || peer.write_all(b"e\n").unwrap());
    assert!(wire.stream.wait_for_ready_read(deadline()));
    assert_eq!(all(&wire.stream), ["one"]);
    later.join().unwrap();
}

#[test]
fn wait_counts_bytes_despite_new_framing() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.record.once(Effect::ReadyRead, |stream| {
        assert_eq!(stream.read_all(), b"hello");
        stream.set_framing(Some(Framing::lines()), b"");
    });
    wire.peer.write_all(b"hello").unwrap();
    assert!(wire.stream.wait_for_ready_read(Some(std::time::Instant::now())));
}

#[test]
fn partial_message_is_dropped_on_reconnect() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"par");
    let (ours, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
    wire.stream.adopt(Ok(ours.into()), State::Connected, Ok(wire.reactor.clone()));
    peer.write_all(b"whole\n").unwrap();
    wire.settle();
    assert_eq!(all(&wire.stream), ["whole"]);
}

#[test]
fn rejected_message_is_last_error() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"no JSON\n");
    assert_eq!(next(&wire.stream).unwrap(), "no JSON");
    let error = wire.stream.reject_message();
    assert_eq!(error.kind(), ErrorKind::InvalidMessage);
    assert_eq!(wire.stream.last_error(), Some(ErrorKind::InvalidMessage));
    assert_eq!(wire.stream.state(), State::Connected);
}

#[test]
fn idle_stream_holds_only_partial_message() {
    let _watchdog = watchdog();
    let mut wire = lines(100);
    arrives(&mut wire, b"one\ntwo\nthr");
    assert_eq!(all(&wire.stream), ["one", "two"]);
    wire.stream.set_framing(None, b"");
    assert_eq!(wire.stream.bytes_available(), 3);
}

#[test]
fn zero_is_default_cap_and_caps_are_clamped() {
    let stream = Stream::new();
    assert_eq!(stream.limits().max_message_size, Framing::DEFAULT_MAX_SIZE);
    stream.set_limits(Limits { max_message_size: usize::MAX, ..Limits::default() });
    assert_eq!(stream.limits().max_message_size, Framing::MAX_SIZE);
    stream.set_limits(Limits::default());
    assert_eq!(stream.limits().max_message_size, Framing::DEFAULT_MAX_SIZE);
}
