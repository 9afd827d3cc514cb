// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the engine's users do with names that are lost, or handed over.

use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::{self, TryRecvError};
use std::time::{Duration, Instant};

use qlocal_core::{AcceptorHost as _, Address, KeepName, Listener};
use qlocal_sys::fault::Call;

use crate::end::Role;
use crate::workload::{finish, join, leave_stale_file};
use crate::world::{Finding, World};

/// How often something stirs while a server tries to regain its name. Faults run out before that.
const TRIES: usize = 200;

/// How long the older server may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server loses its name, and binds it again while its connections live on.
pub fn name(world: &mut World) -> Result<(), Finding> {
    let (address, path) = new_path(world);
    world.server.set_role(Role::Echo, 0);
    world.listen(&address, 50, true)?;
    let touch = Some(Duration::ZERO).filter(|_| world.random.one_in(2));
    world.server.acceptor.keep_name(KeepName { touch, ..KeepName::default() });
    for _ in 0..world.random.within(1, 3) {
        let client = join(world)?;
        client.write(world.random.magnitude(1, 1000));
        world.turn_a_little();
        let _ = std::fs::remove_file(&path);
        let mut tries = 0;
        while UnixStream::connect(&path).is_err() {
            tries += 1;
            if tries > TRIES {
                return Err("a name is never regained".into());
            }
            // Soon after this it tries again, however often it has failed.
            let _ = std::fs::remove_file(&path);
            leave_stale_file(path.as_os_str().as_bytes());
            for _ in 0..10 {
                world.turn(5);
            }
        }
    }
    let outcome = finish(world);
    world.server.acceptor.stop_keeping_name();
    outcome
}

/// A newer server takes the name over, or the older one keeps it.
pub fn hand_over(world: &mut World) -> Result<(), Finding> {
    let (path, _) = new_path(world);
    let address = if world.random.one_in(3) { world.new_address() } else { path };
    world.server.set_role(Role::Echo, 0);
    world.server.acceptor.set_hands_over(true);
    world.listen(&address, 50, true)?;
    for _ in 0..world.random.within(1, 4) {
        let client = join(world)?;
        client.write(world.random.magnitude(1, 1000));
        world.turn_a_little();
        take_over(world, &address)?;
    }
    // Those where newer servers connect are no error of this server.
    world.injector.forget_failed_accepts();
    let outcome = finish(world);
    world.server.acceptor.set_hands_over(false);
    outcome
}

fn take_over(world: &mut World, address: &Address) -> Result<(), Finding> {
    let (done, outcome) = mpsc::channel();
    let wanted = address.clone();
    let started = Instant::now();
    let take = move || {
        let _ = done.send(Listener::bind_or_take_over(wanted, None, 50, PATIENCE));
    };
    let is_in_thread = world.random.one_in(3);
    let newer = if is_in_thread {
        take();
        None
    } else {
        Some(std::thread::spawn(take))
    };
    let taken = loop {
        match outcome.try_recv() {
            Ok(taken) => break taken,
            Err(TryRecvError::Empty) => world.turn(1),
            Err(TryRecvError::Disconnected) => return Err("the newer server panicked".into()),
        };
    };
    newer.map(|newer| newer.join());
    // What the other one has sent is on its way.
    for _ in 0..4 {
        world.turn(1);
    }
    // It may have lost its descriptor.
    let listener = world.server.acceptor.listener();
    let is_listening = listener.is_some_and(|one| is_socket(&*one));
    match taken {
        Ok(_) if is_listening && !world.injector.has_called(Call::Unlink) => {
            Err("both servers have the listener".into())
        }
        Ok(listener) => {
            world.server.close();
            // It fails when the reactor cannot register it.
            match world.server.listen_with(Ok(listener)) {
                Ok(()) => world.server.set_accepting(true),
                Err(_) => world.listen(address, 50, true)?,
            }
            Ok(())
        }
        Err(_) if started.elapsed() >= PATIENCE => Err("the older server does not answer".into()),
        Err(_) if is_listening || world.injector.has_called(Call::Shutdown) => {
            if !is_listening {
                world.listen(address, 50, true)?;
            }
            Ok(())
        }
        Err(error) => Err(format!("no server has the listener: {error}")),
    }
}

/// Whether a descriptor was not closed behind the engine's back. The engine is not asked.
fn is_socket(descriptor: impl AsFd) -> bool {
    let stat = rustix::fs::fstat(descriptor);
    stat.is_ok_and(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode).is_socket())
}

fn new_path(world: &mut World) -> (Address, PathBuf) {
    loop {
        let address = world.new_address();
        if let Some(path) = address.path() {
            let path = PathBuf::from(OsStr::from_bytes(path));
            return (address, path);
        }
    }
}
