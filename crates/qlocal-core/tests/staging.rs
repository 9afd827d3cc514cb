// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Small writes that a host keeps until the stream takes them, announcements that it does not need, and what
//! can be read without a lock.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use qlocal_core::{
    Effect, Host, Limits, Reactor, Read, Reconnect, Reconnecting, State, Stream, Unsent,
};

mod util;
use util::*;

/// A host that keeps what it may, up to a few bytes.
#[derive(Default)]
struct Keeper(Mutex<Vec<u8>>);

const STAGE: usize = 16;

impl Host for Keeper {
    fn carry_out(&self, _effect: Effect) {}

    fn unstage(&self, take: &mut dyn FnMut(&[u8])) {
        take(&std::mem::take(&mut *self.0.lock().unwrap()));
    }
}

impl Reconnecting for Keeper {
    fn reconnecting(&self, _: u32, _: Option<Duration>) {}
}

struct Writer {
    stream: Stream,
    keeper: Arc<Keeper>,
    reactor: Arc<Reactor>,
    peer: UnixStream,
}

impl Writer {
    fn new() -> Self {
        let (ours, peer) = UnixStream::pair().unwrap();
        peer.set_nonblocking(true).unwrap();
        let (stream, keeper, reactor) = (Stream::new(), Arc::<Keeper>::default(), reactor());
        stream.attach(keeper.clone());
        stream.adopt(Ok(ours.into()), State::Connected, Ok(reactor.clone()));
        Self { stream, keeper, reactor, peer }
    }

    fn write(&self, data: &[u8]) -> Option<usize> {
        if self.stream.gauges().is_staging() {
            let mut kept = self.keeper.0.lock().unwrap();
            if kept.len() + data.len() <= STAGE {
                kept.extend_from_slice(data);
                return Some(data.len());
            }
        }
        self.stream.write_staged(data)
    }

    fn write_three(&self) {
        for data in [b"a", b"b", b"c"] {
            self.write(data);
        }
        assert_eq!(self.kept(), b"c");
    }

    fn kept(&self) -> Vec<u8> {
        self.keeper.0.lock().unwrap().clone()
    }

    fn at_peer(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        let _ = self.peer.read_to_end(&mut all);
        all
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.stream.detach();
    }
}

#[test]
fn second_write_of_turn_starts_staging() {
    let writer = Writer::new();
    writer.write(b"a");
    assert!(!writer.stream.gauges().is_staging());
    writer.write(b"b");
    assert!(writer.stream.gauges().is_staging());
    settle(&writer.reactor);
    assert!(!writer.stream.gauges().is_staging());
}

#[test]
fn plain_write_never_stages() {
    let writer = Writer::new();
    for _ in 0..3 {
        writer.stream.write(b"a");
    }
    assert!(!writer.stream.gauges().is_staging());
}

#[test]
fn end_of_turn_takes_staged_bytes() {
    let mut writer = Writer::new();
    writer.write_three();
    settle(&writer.reactor);
    assert_eq!(writer.at_peer(), b"abc");
}

#[test]
fn flush_takes_staged_bytes() {
    let mut writer = Writer::new();
    writer.write_three();
    assert!(writer.stream.flush());
    assert_eq!(writer.at_peer(), b"abc");
    assert_eq!(writer.stream.sent(), 3);
}

#[test]
fn disconnect_sends_staged_bytes_first() {
    let mut writer = Writer::new();
    writer.write_three();
    writer.stream.disconnect();
    settle(&writer.reactor);
    assert_eq!(writer.stream.state(), State::Unconnected);
    assert_eq!(writer.at_peer(), b"abc");
}

#[test]
fn abort_discards_staged_bytes() {
    let mut writer = Writer::new();
    writer.write_three();
    writer.stream.abort();
    assert_eq!(writer.write(b"d"), None);
    assert_eq!((writer.at_peer(), writer.kept()), (vec![], vec![]));
}

#[test]
fn queries_leave_staged_bytes() {
    let mut writer = Writer::new();
    writer.write_three();
    assert_eq!(writer.stream.state(), State::Connected);
    assert_eq!(writer.stream.last_error(), None);
    assert!(writer.stream.gauges().is_staging());
    settle(&writer.reactor);
    assert_eq!(writer.at_peer(), b"abc");
}

#[test]
fn moved_stream_sends_staged_bytes() {
    let mut writer = Writer::new();
    writer.write_three();
    writer.stream.leave_thread();
    assert_eq!(writer.kept(), b"");
    writer.write(b"d");
    writer.write(b"e");
    assert!(!writer.stream.gauges().is_staging(), "no turn ends until it has a thread");
    let next = reactor();
    writer.stream.join_thread(Ok(next.clone()));
    settle(&next);
    assert_eq!(writer.at_peer(), b"abcde");
}

#[test]
fn limit_is_asked_about_each_write() {
    let writer = Writer::new();
    writer.write_three();
    writer.stream.set_limits(Limits { max_queued: 4, ..Limits::default() });
    assert_eq!(writer.write(b"de"), Some(1));
    assert_eq!(writer.write(b"f"), Some(0));
    assert!(!writer.stream.gauges().is_staging());
}

#[test]
fn end_of_peer_ends_staging() {
    let mut writer = Writer::new();
    writer.write_three();
    writer.peer = UnixStream::pair().unwrap().0;
    settle(&writer.reactor);
    assert!(!writer.stream.gauges().is_staging());
    assert_eq!(writer.write(b"d"), None);
}

/// A kept connection with a full queue and three more writes, whose peer ends it. Returns how many bytes were written,
/// and what the next peer receives.
fn staged_over_two_connections(unsent: Unsent) -> (usize, usize, Vec<u8>) {
    let folder = Folder::new();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    let (stream, keeper, reactor) = (Stream::new(), Arc::<Keeper>::default(), reactor());
    stream.attach(keeper.clone());
    let policy = Reconnect { initial: Duration::from_millis(1), unsent, ..Reconnect::default() };
    stream.keep_connected(policy, keeper.clone());
    stream.connect(Ok(folder.address("s")), Ok(reactor.clone()), None);
    let peer = server.accept().unwrap().0;
    let writer = Writer { stream, keeper, reactor, peer };
    let large = vec![b'x'; 1 << 20];
    writer.write(&large);
    writer.stream.flush();
    assert!(writer.stream.bytes_to_write() > 0);
    for data in [b"a", b"b", b"c"] {
        writer.write(data);
    }
    assert!(writer.stream.gauges().is_staging());
    assert_eq!(writer.kept(), b"bc");
    writer.peer.shutdown(Shutdown::Write).unwrap();
    turn_until(&writer.reactor, || writer.stream.is_reconnecting());
    assert_eq!(writer.write(b"d"), None);
    assert_eq!(writer.kept(), b"");
    let sent = writer.stream.sent() as usize;
    turn_until(&writer.reactor, || writer.stream.state() == State::Connected);
    let mut peer = server.accept().unwrap().0;
    let reading = std::thread::spawn(move || {
        let mut all = vec![];
        peer.read_to_end(&mut all).unwrap();
        all
    });
    turn_until(&writer.reactor, || writer.stream.bytes_to_write() == 0);
    writer.stream.disconnect();
    (large.len() + 3, sent, reading.join().unwrap())
}

#[test]
fn kept_connection_keeps_staged_bytes_once() {
    let _dog = watchdog();
    let (written, sent, second) = staged_over_two_connections(Unsent::Keep);
    assert_eq!(sent + second.len(), written);
    assert!(second.ends_with(b"xabc"));
}

#[test]
fn kept_connection_drops_staged_bytes_by_default() {
    let _dog = watchdog();
    let (_, _, second) = staged_over_two_connections(Unsent::Drop);
    assert_eq!(second, b"");
}

#[test]
fn drained_mark_lasts_until_more_arrives() {
    let mut wire = Wire::new();
    let gauges = wire.stream.gauges();
    wire.peer.write_all(b"ab").unwrap();
    wire.turn_until(|| gauges.available() == 2);
    assert_eq!(wire.stream.skip(1), Read::Bytes(1));
    assert!(!gauges.is_drained());
    assert_eq!(wire.stream.skip(1), Read::Bytes(1));
    assert!(gauges.is_drained());
    assert_eq!(gauges.available(), 0);
    wire.peer.write_all(b"c").unwrap();
    wire.turn_until(|| gauges.available() == 1);
    assert!(!gauges.is_drained());
}

#[test]
fn paused_or_ended_stream_is_not_drained() {
    let mut wire = Wire::new();
    wire.stream.set_read_limit(1);
    wire.peer.write_all(b"abc").unwrap();
    wire.settle();
    assert_eq!(wire.stream.skip(1), Read::Bytes(1));
    assert!(!wire.stream.gauges().is_drained(), "reading again resumes it");
    wire.settle();
    wire.stream.set_read_limit(0);
    wire.peer = UnixStream::pair().unwrap().0;
    wire.settle();
    wire.stream.skip(10);
    assert_eq!(wire.stream.skip(10), Read::End);
    assert!(!wire.stream.gauges().is_drained());
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Write(usize),
    Flush,
    Turn,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn bytes_arrive_in_order_of_writes(steps in vec(
        prop_oneof![
            8 => (0_usize..20).prop_map(Step::Write),
            1 => Just(Step::Flush),
            1 => Just(Step::Turn),
        ],
        1..80,
    )) {
        let mut writer = Writer::new();
        let mut next = 0_u8;
        let mut written = Vec::new();
        for step in steps {
            match step {
                Step::Write(size) => {
                    let data: Vec<u8> = (0..size).map(|_| { next = next.wrapping_add(1); next }).collect();
                    prop_assert_eq!(writer.write(&data), Some(size));
                    written.extend(data);
                }
                Step::Flush => { writer.stream.flush(); }
                Step::Turn => settle(&writer.reactor),
            }
            let counted = writer.stream.sent() as usize + writer.stream.bytes_to_write();
            prop_assert!(counted >= written.len(), "asking for the sent bytes takes those kept");
        }
        settle(&writer.reactor);
        prop_assert_eq!(writer.at_peer(), written);
    }
}

#[test]
fn unneeded_announcement_of_output_is_left_out() {
    let _watchdog = watchdog();
    let wire = Wire::new();
    wire.record.hears_bytes_written.store(false, Relaxed);
    wire.stream.write(b"one");
    assert!(wire.stream.flush());
    assert_eq!((wire.stream.bytes_to_write(), wire.stream.sent()), (0, 3));
    wire.stream.write(b"two");
    assert!(wire.stream.wait_for_bytes_written(deadline()));
    assert_eq!(wire.words(), [""; 0]);
    // It is asked each time.
    wire.record.hears_bytes_written.store(true, Relaxed);
    wire.stream.write(b"three");
    wire.settle();
    assert_eq!(wire.words(), ["written 5 @Connected"]);
}

#[test]
fn end_follows_unneeded_announcement_of_output() {
    let _watchdog = watchdog();
    let mut wire = Wire::new();
    wire.record.hears_bytes_written.store(false, Relaxed);
    wire.record.once(Effect::ReadyRead, |stream| {
        stream.write(b"last");
        stream.disconnect();
    });
    wire.peer.write_all(b"x").unwrap();
    wire.settle();
    assert_eq!(wire.stream.state(), State::Unconnected);
    let mut got = String::new();
    wire.peer.read_to_string(&mut got).unwrap();
    assert_eq!(got, "last");
}
