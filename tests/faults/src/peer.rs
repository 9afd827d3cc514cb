// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Workloads against an independent peer: plain calls on the other descriptor.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::end::{pattern, End, Role};
use crate::workload::{check_ends, read_limit};
use crate::world::{is_over, time_on_processor, Finding, World};

/// The key of bytes sent by a peer.
const KEY: u8 = 200;

/// How long one blocking call may wait for available data.
const WAIT: Duration = Duration::from_millis(200);

struct Peer {
    socket: UnixStream,
    written: u64,
    read: u64,
    /// The key of bytes that it receives.
    key: u8,
    is_wrong: bool,
}

/// The peer sends, and shuts down its side.
pub fn half_close(world: &mut World) -> Result<(), Finding> {
    let (end, mut peer) = pair(world)?;
    let total = world.random.magnitude(1, 300_000);
    end.write(world.random.within(0, 2) * world.random.magnitude(1, 5000));
    send_all(world, &end, &mut peer, total)?;
    let _ = peer.socket.shutdown(Shutdown::Write);
    expect_all(world, &end, &peer)
}

/// The peer disconnects in the middle of everything, with bytes unread and unsent.
pub fn goes(world: &mut World) -> Result<(), Finding> {
    let (end, mut peer) = pair(world)?;
    for _ in 0..world.random.within(0, 6) {
        match world.random.within(0, 4) {
            0 => end.write(world.random.magnitude(1, 300_000)),
            1 => peer.write(world.random.magnitude(1, 100_000)),
            2 => peer.read(),
            _ => world.turn_a_little(),
        }
    }
    let has_unread = world.random.one_in(2);
    if !has_unread {
        peer.read();
    }
    let (written, is_wrong) = (peer.written, peer.is_wrong);
    drop(peer.socket);
    if world.random.one_in(2) {
        end.write(world.random.magnitude(1, 1000));
    }
    world.until("the peer is gone", |_| is_over(&end) || end.look().entry.closed)?;
    end.read();
    let seen = end.look();
    if is_wrong {
        return Err("the peer got a wrong byte".into());
    }
    // Without a failed call or bytes left unread by the peer, nothing is lost.
    let is_clean = !seen.entry.failed && !seen.entry.closed && seen.errors.len() == 1;
    if is_clean && seen.read != seen.entry.received {
        return Err(format!("{written} bytes were sent: {seen:?}"));
    }
    check_ends(world)
}

/// No event loop: everything happens in waits.
pub fn waits(world: &mut World) -> Result<(), Finding> {
    let (end, mut peer) = pair(world)?;
    for _ in 0..world.random.within(1, 6) {
        let count = world.random.magnitude(1, 60_000);
        if world.random.one_in(2) {
            let before = end.look().read;
            peer.write(count);
            wait(
                "waitForReadyRead",
                &end,
                || end.look().read > before,
                |end| end.stream.wait_for_ready_read(deadline()),
            )?;
        } else {
            end.write(count);
            let is_sent = || end.look().entry.sent == end.look().written;
            wait("waitForBytesWritten", &end, is_sent, |end| {
                // Many short sends fill the kernel's buffer with few bytes.
                peer.read();
                end.stream.wait_for_bytes_written(deadline())
            })?;
        }
    }
    drop(peer.socket);
    wait(
        "waitForDisconnected",
        &end,
        || false,
        |end| end.stream.wait_for_disconnected(deadline()),
    )?;
    if peer.is_wrong {
        return Err("the peer got a wrong byte".into());
    }
    check_ends(world)
}

/// Retries the wait while faults make it fail; they run out before the retries do.
fn wait(
    what: &str,
    end: &Arc<End>,
    done: impl Fn() -> bool,
    mut wait: impl FnMut(&End) -> bool,
) -> Result<(), Finding> {
    let started = time_on_processor();
    let mut tries = 0;
    while !done() && !is_over(end) && !end.look().entry.closed {
        let before = Instant::now();
        wait(end);
        if before.elapsed() > WAIT + Duration::from_secs(10) {
            return Err(format!("{what} exceeds its time-out"));
        }
        tries += 1;
        if tries > 5000 || time_on_processor() - started > Duration::from_secs(3) {
            return Err(format!("{what} never detects available data"));
        }
    }
    Ok(())
}

fn deadline() -> Option<Instant> {
    Some(Instant::now() + WAIT)
}

fn pair(world: &mut World) -> Result<(Arc<End>, Peer), Finding> {
    let (ours, socket) = UnixStream::pair().map_err(|error| error.to_string())?;
    socket.set_nonblocking(true).map_err(|error| error.to_string())?;
    let end = world.add_client(Role::Sink);
    end.stream.set_read_limit(read_limit(world, &[0, 0, 0, 500, 4000, 65_536]));
    end.adopt(ours.into(), &world.reactor);
    let key = end.look().key;
    Ok((end, Peer { socket, written: 0, read: 0, key, is_wrong: false }))
}

/// Sends as the end makes room.
fn send_all(world: &World, end: &Arc<End>, peer: &mut Peer, total: u64) -> Result<(), Finding> {
    while peer.written < total && !is_over(end) && !end.look().entry.closed {
        let before = peer.written;
        peer.write((total - before).min(30_000));
        peer.read();
        if peer.written == before && !world.turn(1000) && !is_over(end) {
            return Err(format!("the end receives nothing any more: {:?}", end.look()));
        }
    }
    Ok(())
}

fn expect_all(world: &World, end: &Arc<End>, peer: &Peer) -> Result<(), Finding> {
    world.until("the peer has ended its direction", |_| is_over(end) || end.look().entry.closed)?;
    end.read();
    let seen = end.look();
    let is_clean = !seen.entry.failed && !seen.entry.closed && seen.errors.len() == 1;
    let by_peer = seen.errors.first() == Some(&qlocal_core::ErrorKind::PeerClosed);
    if is_clean && by_peer && seen.read != peer.written {
        return Err(format!("the peer has sent {}: {seen:?}", peer.written));
    }
    if peer.is_wrong {
        return Err("the peer got a wrong byte".into());
    }
    check_ends(world)
}

impl Peer {
    fn write(&mut self, count: u64) {
        let bytes: Vec<u8> =
            (self.written..self.written + count).map(|at| pattern(KEY, at)).collect();
        self.written += self.socket.write(&bytes).unwrap_or(0) as u64;
    }

    fn read(&mut self) {
        let mut room = [0; 5000];
        while let Ok(count @ 1..) = self.socket.read(&mut room) {
            for &byte in &room[..count] {
                self.is_wrong |= byte != pattern(self.key, self.read);
                self.read += 1;
            }
        }
    }
}
