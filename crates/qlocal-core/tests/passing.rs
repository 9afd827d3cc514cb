// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors passed with bytes.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use qlocal_core::{ErrorKind, Limits, Reactor, SlowPeer, Stream};

mod util;
use util::*;

/// Two connected streams in one thread; the second accepts this many descriptors.
struct Ends {
    reactor: Arc<Reactor>,
    sender: Stream,
    receiver: Stream,
    record: Arc<Recorder>,
}

impl Ends {
    #[track_caller]
    fn new(limit: usize) -> Self {
        let reactor = reactor();
        let (one, other) = UnixStream::pair().unwrap();
        let (sender, _) = adopted(&reactor, one.into());
        let (receiver, record) = adopted(&reactor, other.into());
        receiver.set_limits(Limits { max_descriptors: limit, ..Limits::default() });
        Self { reactor, sender, receiver, record }
    }

    fn settle(&self) {
        settle(&self.reactor);
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        self.sender.detach();
        self.receiver.detach();
    }
}

/// A descriptor that can be recognised: the read end of a pipe with these bytes in it.
fn labelled(label: &[u8]) -> OwnedFd {
    let (reader, mut writer) = pipe();
    writer.write_all(label).unwrap();
    reader.into()
}

fn label(descriptor: OwnedFd) -> Vec<u8> {
    let mut label = Vec::new();
    File::from(descriptor).read_to_end(&mut label).unwrap();
    label
}

#[test]
fn descriptor_arrives_with_its_bytes() {
    let ends = Ends::new(4);
    assert_eq!(ends.sender.write_with_descriptors(b"here", vec![labelled(b"one")]).unwrap(), 4);
    assert!(ends.receiver.take_descriptor().is_none());
    ends.settle();
    assert_eq!(read_all(&ends.receiver).0, b"here");
    let arrived = ends.receiver.take_descriptor().unwrap();
    let flags = rustix::io::fcntl_getfd(arrived.as_fd()).unwrap();
    assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    assert_eq!(label(arrived), b"one");
    assert!(ends.receiver.take_descriptor().is_none());
}

#[test]
fn descriptors_keep_order_among_bytes() {
    let ends = Ends::new(10);
    ends.sender.write(b"a");
    ends.sender.write_with_descriptors(b"b", vec![labelled(b"1"), labelled(b"2")]).unwrap();
    ends.sender.write(b"c");
    ends.sender.write_with_descriptors(b"d", vec![labelled(b"3")]).unwrap();
    ends.sender.write_with_descriptors(b"e", vec![labelled(b"4")]).unwrap();
    ends.sender.write(b"f");
    ends.settle();
    assert_eq!(read_all(&ends.receiver).0, b"abcdef");
    let labels = std::iter::from_fn(|| ends.receiver.take_descriptor().map(label));
    assert_eq!(labels.collect::<Vec<_>>(), [b"1", b"2", b"3", b"4"]);
}

#[test]
fn descriptors_arrive_in_large_stream() {
    let _watchdog = watchdog();
    let ends = Ends::new(100);
    for index in 0..50_u8 {
        let data = vec![index; 20_000];
        ends.sender.write_with_descriptors(&data, vec![labelled(&[index])]).unwrap();
    }
    let mut bytes = 0;
    turn_until(&ends.reactor, || {
        bytes += read_all(&ends.receiver).0.len();
        bytes == 50 * 20_000
    });
    for index in 0..50_u8 {
        assert_eq!(label(ends.receiver.take_descriptor().unwrap()), [index]);
    }
}

#[test]
fn descriptors_are_discarded_by_default() {
    let _watchdog = watchdog();
    let ends = Ends::new(0);
    let (mut reader, writer) = pipe();
    ends.sender.write_with_descriptors(b"x", vec![writer.into()]).unwrap();
    ends.settle();
    assert_eq!(read_all(&ends.receiver).0, b"x");
    assert!(ends.receiver.take_descriptor().is_none());
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "no writer is left");
}

#[test]
fn more_than_limit_end_connection() {
    let ends = Ends::new(2);
    let three = vec![labelled(b"1"), labelled(b"2"), labelled(b"3")];
    ends.sender.write_with_descriptors(b"x", three).unwrap();
    ends.settle();
    let words = ends.record.words();
    assert_eq!(words[1], format!("error {:?} @Connected", ErrorKind::LimitExceeded));
    assert!(ends.receiver.take_descriptor().is_some());
}

#[test]
fn up_to_limit_all_arrive() {
    let ends = Ends::new(2);
    for _ in 0..3 {
        ends.sender.write_with_descriptors(b"x", vec![labelled(b"1"), labelled(b"2")]).unwrap();
        ends.settle();
        assert_eq!(label(ends.receiver.take_descriptor().unwrap()), b"1");
        assert_eq!(label(ends.receiver.take_descriptor().unwrap()), b"2");
    }
    assert_eq!(ends.record.words(), ["ready @Connected"; 3]);
}

#[test]
fn unsendable_descriptors_are_returned() {
    let ends = Ends::new(1);
    let back = ends.sender.write_with_descriptors(b"", vec![labelled(b"1")]).unwrap_err();
    assert_eq!(back.len(), 1);
    let limits = Limits { max_queued: 1, slow_peer: SlowPeer::Refuse, ..Limits::default() };
    ends.sender.set_limits(limits);
    assert_eq!(ends.sender.write_with_descriptors(b"xy", back).unwrap(), 1);
    let back = ends.sender.write_with_descriptors(b"y", vec![labelled(b"2")]).unwrap_err();
    assert_eq!(back.len(), 1);
    let many = (0..254).map(|_| back[0].try_clone().unwrap()).collect();
    assert_eq!(ends.sender.write_with_descriptors(b"y", many).unwrap_err().len(), 254);
    ends.sender.abort();
    assert_eq!(ends.sender.write_with_descriptors(b"y", back).unwrap_err().len(), 1);
}

#[test]
fn connection_closes_unsent_descriptors() {
    let ends = Ends::new(1);
    let (mut reader, writer) = pipe();
    ends.sender.write_with_descriptors(b"x", vec![writer.into()]).unwrap();
    ends.sender.abort();
    assert_eq!(reader.read(&mut [0]).unwrap(), 0, "no writer is left");
}

#[test]
fn descriptors_can_be_taken_after_end() {
    let ends = Ends::new(1);
    ends.sender.write_with_descriptors(b"x", vec![labelled(b"1")]).unwrap();
    ends.sender.disconnect();
    ends.settle();
    assert_eq!(label(ends.receiver.take_descriptor().unwrap()), b"1");
}
