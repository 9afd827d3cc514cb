// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The workloads. Each does what programs do, with random sizes and order, and reports what is
//! wrong if it cannot finish.

use std::sync::Arc;
use std::time::Duration;

use qlocal_core::{AcceptorHost as _, Reconnect};

use crate::end::{End, Left, Role};
use crate::instance;
use crate::naming;
use crate::peer;
use crate::plan::Workload;
use crate::world::{is_over, Finding, World};

pub fn play(world: &mut World, workload: Workload) -> Result<(), Finding> {
    match workload {
        Workload::Connect => connect(world),
        Workload::Echo => echo(world, 5, 20_000),
        Workload::Large => large(world),
        Workload::HalfClose => peer::half_close(world),
        Workload::PeerGone => peer::goes(world),
        Workload::FullBacklog => full_backlog(world),
        Workload::Storm => storm(world),
        Workload::Move => moves(world),
        Workload::Wait => peer::waits(world),
        Workload::Restart => restart(world),
        Workload::Late => late(world),
        Workload::Instance => instance::play(world),
        Workload::Name => naming::name(world),
        Workload::HandOver => naming::hand_over(world),
    }
}

/// Connections open and close, one after the other.
fn connect(world: &mut World) -> Result<(), Finding> {
    start(world, Role::Echo, 50, true)?;
    for _ in 0..world.random.within(1, 5) {
        let client = join(world)?;
        let count = world.random.magnitude(1, 200);
        client.write(count);
        finish(world)?;
    }
    Ok(())
}

/// Echo over some concurrent connections.
fn echo(world: &mut World, max_clients: u64, max_bytes: u64) -> Result<(), Finding> {
    start(world, Role::Echo, 50, true)?;
    let clients = join_some(world, max_clients)?;
    for _ in 0..world.random.within(1, 12) {
        let client = world.random.choose(&clients).clone();
        client.write(world.random.magnitude(1, max_bytes));
        if world.random.one_in(3) {
            client.stream.flush();
        }
        world.turn_a_little();
    }
    finish(world)
}

/// More than the kernel holds, in one direction or in both.
fn large(world: &mut World) -> Result<(), Finding> {
    let role = *world.random.choose(&[Role::Echo, Role::Sink]);
    start(world, role, 50, true)?;
    let limits = [0, 0, 4000, 65_536];
    let limit = read_limit(world, &limits);
    world.server.set_role(role, limit);
    let client = join(world)?;
    client.stream.set_read_limit(read_limit(world, &limits));
    for _ in 0..world.random.within(1, 5) {
        client.write(world.random.within(100_000, 300_000));
        world.turn_a_little();
    }
    finish(world)
}

/// More connections than the backlog holds, before any is accepted.
fn full_backlog(world: &mut World) -> Result<(), Finding> {
    let backlog = world.random.within(0, 3) as i32;
    start(world, Role::Echo, backlog, false)?;
    let address = world.server.acceptor.listener().map(|listener| listener.address().clone());
    let address = address.ok_or("nothing listens")?;
    for _ in 0..world.random.within(2, 9) {
        let client = world.add_client(Role::Sink);
        let timeout = *world.random.choose(&[None, Some(Duration::from_millis(12))]);
        world.connect(&client, &address, timeout);
    }
    world.turn_a_little();
    if world.random.one_in(2) {
        let client = world.random.choose(&world.clients).clone();
        client.leave_at_once();
    }
    world.server.set_accepting(true);
    let is_decided = |client: &Arc<End>| client.look().was_connected || is_over(client);
    world.until("connects wait for room", |world| world.clients.iter().all(is_decided))?;
    for client in &world.clients {
        client.write(10);
    }
    finish(world)
}

/// Many connections at the same time, each for a few bytes.
fn storm(world: &mut World) -> Result<(), Finding> {
    start(world, Role::Echo, 128, true)?;
    for _ in 0..world.random.within(10, 40) {
        let client = join(world)?;
        client.write(world.random.within(1, 10));
        if world.random.one_in(8) {
            world.turn(0);
        }
    }
    finish(world)
}

/// Sockets move between two threads while they exchange data.
fn moves(world: &mut World) -> Result<(), Finding> {
    world.start_other_thread()?;
    start(world, Role::Echo, 50, true)?;
    let clients = join_some(world, 3)?;
    for _ in 0..world.random.within(2, 12) {
        let client = world.random.choose(&clients).clone();
        let count = world.random.magnitude(1, 20_000);
        world.at(&client, move |end| end.write(count));
        world.turn_a_little();
        let ends = [clients.clone(), world.server.ends()].concat();
        let end = world.random.choose(&ends).clone();
        world.move_away(&end);
    }
    finish(world)
}

/// A server closes and listens again, under its name or another, while its connections live on.
fn restart(world: &mut World) -> Result<(), Finding> {
    let address = world.new_address();
    for _ in 0..world.random.within(1, 4) {
        if let (true, Some(path)) = (world.random.one_in(3), address.path()) {
            leave_stale_file(path);
        }
        world.listen(&address, 50, true)?;
        let client = join(world)?;
        client.write(world.random.magnitude(1, 1000));
        let is_met = |world: &World| is_over(&client) || world.partner(&client).is_some();
        world.until("a client comes after a restart", is_met)?;
        world.server.close();
    }
    finish(world)
}

/// Clients wait for a server that does not exist yet.
fn late(world: &mut World) -> Result<(), Finding> {
    let address = world.new_address();
    let interval = Duration::from_millis(world.random.within(1, 4));
    let policy = Reconnect { initial: interval, max: 4 * interval, ..Reconnect::default() };
    for _ in 0..world.random.within(1, 6) {
        let client = world.add_client(Role::Sink);
        client.stream.keep_connected(policy, client.clone());
        world.connect(&client, &address, None);
        world.turn_a_little();
    }
    let limit = read_limit(world, &[0, 100]);
    world.server.set_role(Role::Echo, limit);
    world.listen(&address, 50, true)?;
    let is_connected = |client: &Arc<End>| client.look().was_connected;
    world.until("clients wait for a server", |world| {
        world.server.is_lost() || world.clients.iter().all(is_connected)
    })?;
    if world.server.is_lost() {
        return Ok(());
    }
    for client in &world.clients {
        client.write(100);
    }
    finish(world)
}

/// Leaves the file of a killed server.
pub fn leave_stale_file(path: &[u8]) {
    use std::os::unix::ffi::OsStrExt as _;

    let _ = std::os::unix::net::UnixListener::bind(std::ffi::OsStr::from_bytes(path));
}

fn start(world: &mut World, role: Role, backlog: i32, accepts: bool) -> Result<(), Finding> {
    let limit = read_limit(world, &[0, 0, 0, 7, 100, 65_536]);
    world.server.set_role(role, limit);
    let address = world.new_address();
    world.listen(&address, backlog, accepts)
}

/// The read limit: a small one is for few bytes.
pub fn read_limit(world: &mut World, from: &[usize]) -> usize {
    *world.random.choose(from)
}

/// A new client that connects. A failed attempt must be reported.
pub fn join(world: &mut World) -> Result<Arc<End>, Finding> {
    let client = world.add_client(Role::Sink);
    let address = world.server.acceptor.listener().map(|listener| listener.address().clone());
    world.connect(&client, &address.ok_or("nothing listens")?, None);
    let is_decided = |_: &World| client.look().was_connected || is_over(&client);
    world.until("a connect waits for room", is_decided)?;
    Ok(client)
}

fn join_some(world: &mut World, max: u64) -> Result<Vec<Arc<End>>, Finding> {
    (0..world.random.within(1, max + 1)).map(|_| join(world)).collect()
}

/// Lets everything arrive, ends the connections, and checks that nothing is missing.
pub fn finish(world: &mut World) -> Result<(), Finding> {
    let is_echoed = |world: &World, client: &Arc<End>| {
        let seen = client.look();
        let partner = world.partner(client);
        if is_over(client) || seen.entry.closed {
            return partner.is_none_or(|end| is_over(&end) || end.look().entry.closed);
        }
        let partner = partner.map(|end| end.look()).unwrap_or_default();
        seen.was_connected && partner.read == seen.written && seen.read == partner.written
    };
    world.until("bytes are on their way", |world| {
        world.clients.iter().all(|client| is_echoed(world, client))
    })?;
    for client in &world.clients {
        if client.look().entry.closed {
            world.at(client, End::leave_at_once);
        } else if !is_over(client) {
            world.at(client, End::leave_in_order);
        }
    }
    world.until("connections end", |world| {
        let is_gone = |end: &Arc<End>| is_over(end) || end.look().entry.closed;
        world.clients.iter().all(is_gone) && world.server.ends().iter().all(is_gone)
    })?;
    let clients = world.clients.iter().try_for_each(|client| check_link(world, client));
    clients.and_then(|()| check_ends(world))
}

/// Without a failure on the way everything arrives.
fn check_link(world: &World, client: &Arc<End>) -> Result<(), Finding> {
    let seen = client.look();
    let Some(partner) = world.partner(client) else { return Ok(()) };
    let its = partner.look();
    let is_clean = seen.errors.is_empty() && seen.left == Left::InOrder && !its.entry.failed;
    if is_clean && !its.entry.closed && its.errors.len() == 1 && its.read != seen.written {
        return Err(format!("something is missing: {seen:?} {its:?}"));
    }
    Ok(())
}

/// The checks of each end, and of the server.
pub fn check_ends(world: &World) -> Result<(), Finding> {
    for end in world.clients.iter().chain(&world.server.ends()) {
        if let Some(failing) = end.failings().into_iter().next() {
            return Err(failing);
        }
    }
    let is_listening = world.server.acceptor.listener().is_some();
    let has_error = world.server.acceptor.last_error().is_some();
    if is_listening && world.injector.failed_accepts() > 0 && !has_error {
        return Err("a failed accept was not remembered".into());
    }
    Ok(())
}

/// Whatever happened, the objects work like new ones once no calls fail any more.
pub fn reuse(world: &mut World) -> Result<(), Finding> {
    world.server.forget_ends();
    world.server.close();
    world.server.set_role(Role::Echo, 0);
    let address = world.new_address();
    world.listen(&address, 50, true)?;
    for client in world.clients.split_off(world.clients.len().min(4)) {
        world.at(&client, |end| end.stream.detach());
    }
    if world.clients.is_empty() {
        world.add_client(Role::Sink);
    }
    for client in world.clients.clone() {
        if client.is_away() {
            world.move_away(&client);
        }
        client.stream.set_read_limit(0);
        client.stream.abort();
        client.renew();
        world.connect(&client, &address, None);
        client.write(300);
    }
    finish(world)?;
    let is_served = |client: &Arc<End>| client.look().read == 300;
    match world.clients.iter().all(is_served) {
        true => Ok(()),
        false => Err("an object can't be used again".into()),
    }
}
