// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Neither messages nor errors allocate: an error may be caused by a lack of memory.

use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use qlocal_core::{
    Address, Effect, Error, ErrorKind, Failure, Framing, Host, InputBuffer, Messages, Operation,
    Reactor, Read, State, Stream,
};

mod util;
use util::*;

/// Sends back what arrives, in pieces, until it has received this many bytes.
struct Bouncer {
    stream: Stream,
    left: AtomicUsize,
}

impl Bouncer {
    fn attach(reactor: &Arc<Reactor>, end: UnixStream) -> Arc<Self> {
        let stream = Stream::new();
        let bouncer = Arc::new(Self { stream: stream.clone(), left: AtomicUsize::new(0) });
        stream.attach(bouncer.clone());
        stream.adopt(Ok(end.into()), State::Connected, Ok(reactor.clone()));
        bouncer
    }

    fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }
}

impl Host for Bouncer {
    fn carry_out(&self, effect: Effect) {
        match effect {
            Effect::ReadyRead => self.bounce_bytes(),
            Effect::MessageReady => self.bounce_message(),
            _ => {}
        }
    }
}

impl Bouncer {
    fn bounce_message(&self) {
        let mut room = [0; 200_000];
        let copy = |message: &[u8]| {
            room[..message.len()].copy_from_slice(message);
            message.len()
        };
        let Some(count) = self.stream.read_message(copy) else { return };
        let left = self.left();
        if left > 0 {
            self.left.store(left.saturating_sub(count), Ordering::Relaxed);
            self.stream.write_message(&room[..count]).unwrap();
        }
    }

    fn bounce_bytes(&self) {
        let mut room = [0; 700];
        while let Read::Bytes(count @ 1..) = self.stream.read_slice(&mut room) {
            let left = self.left();
            if left > 0 {
                self.left.store(left.saturating_sub(count), Ordering::Relaxed);
                self.stream.write(&room[..count]);
            }
        }
    }
}

/// With a framing they are bounced as messages.
#[track_caller]
fn assert_bounces_without_allocating(message: &[u8], framing: Option<Framing>) {
    let _watchdog = watchdog();
    let reactor = reactor();
    let (one, other) = UnixStream::pair().unwrap();
    let (here, there) = (Bouncer::attach(&reactor, one), Bouncer::attach(&reactor, other));
    here.stream.set_framing(framing, b"");
    there.stream.set_framing(framing, b"");
    let bounce = |times: usize| {
        here.left.store(message.len() * times, Ordering::Relaxed);
        there.left.store(usize::MAX, Ordering::Relaxed);
        match framing {
            Some(_) => here.stream.write_message(message).unwrap(),
            None => assert_eq!(here.stream.write(message), Some(message.len())),
        }
        turn_until(&reactor, || here.left() == 0);
    };
    bounce(20);
    settle(&reactor);
    let counted = allocation_counter::measure(|| bounce(200));
    assert_eq!(counted.count_total, 0, "allocations for messages of {} bytes", message.len());
    here.stream.detach();
    there.stream.detach();
}

#[test]
fn empty_buffers_hold_no_memory() {
    let counted = allocation_counter::measure(|| {
        for _ in 0..20 {
            // More at once than a thread keeps for reuse.
            let mut inputs: Vec<InputBuffer> = (0..20).map(|_| InputBuffer::default()).collect();
            for input in &mut inputs {
                input.make_room();
                input.tail().push(b'x');
            }
            for input in &mut inputs {
                input.skip(1);
            }
        }
    });
    assert!(counted.bytes_current < 1024 * 1024, "{} bytes are left", counted.bytes_current);
}

#[test]
fn partial_message_frees_earlier_memory() {
    let large = vec![b'x'; 8 * 1024 * 1024];
    let mut messages = Messages::new(Framing::lines(), large.len());
    let counted = allocation_counter::measure(|| {
        let mut input = InputBuffer::default();
        input.tail().extend_from_slice(&large);
        input.tail().extend_from_slice(b"\npart");
        messages.receive(&mut input);
        assert_eq!(messages.next(<[u8]>::len), Some(large.len()));
    });
    assert_eq!(messages.held(), 4);
    assert!(counted.bytes_current < 1024 * 1024, "{} bytes are left", counted.bytes_current);
}

#[test]
fn tiny_messages_allocate_nothing() {
    assert_bounces_without_allocating(b"x", None);
}

#[test]
fn multi_write_messages_allocate_nothing() {
    assert_bounces_without_allocating(&[1; 1500], None);
}

#[test]
fn multi_chunk_messages_allocate_nothing() {
    assert_bounces_without_allocating(&[2; 150_000], None);
}

#[test]
fn framed_messages_allocate_nothing() {
    for framing in [Framing::length_prefixed(), Framing::lines()] {
        for size in [1, 1500, 150_000] {
            assert_bounces_without_allocating(&vec![3; size], Some(framing));
        }
    }
}

/// Ignores all effects.
struct NullHost;

impl Host for NullHost {
    fn carry_out(&self, _: Effect) {}
}

#[test]
fn lack_of_memory_report_allocates_nothing() {
    let stream = Stream::new();
    stream.attach(Arc::new(NullHost));
    let address = Address::Pathname(b"/none/\xff"[..].into());
    stream.connect(Ok(address.clone()), Ok(reactor()), None);
    let lack = Failure::new(Error::new(ErrorKind::ResourceExhausted, Operation::Socket), address);
    let mut text = [0; 200];
    let counted = allocation_counter::measure(|| {
        stream.failure().unwrap();
        write!(&mut text[..], "{lack} {}", lack.hint()).unwrap();
    });
    stream.detach();
    assert!(text.starts_with(br"/none/\xff: socket: ResourceExhausted; "));
    assert_eq!(counted.count_total, 0);
}
