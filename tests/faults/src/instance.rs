// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Single instances: a primary in the world's reactor, and secondaries that start in another thread. So
//! the order of calls, and what a plan meets, may differ between runs.

use std::sync::Arc;
use std::time::Duration;

use qlocal_core::instance::{
    claim, start, HandOver, InstanceHost, InstanceLimits, Primary, Reply, Started,
};
use qlocal_core::Address;

use crate::world::{Finding, World};

const CODE: i32 = 7;

/// How often a claim is repeated while a fault makes it fail.
const TRIES: usize = 200;

/// Answers with the message.
struct Echo;

impl InstanceHost for Echo {
    fn handed_over(&self, hand_over: HandOver, reply: Reply) {
        // The secondary may have failed meanwhile.
        let _ = reply.answer(CODE, &hand_over.message);
    }
}

/// Some starts, one after the other; in the end without faults, and with a new primary.
pub fn play(world: &mut World) -> Result<(), Finding> {
    let address = world.new_file_address();
    let primary = lead(world, &address)?;
    for _ in 0..world.random.within(1, 5) {
        let len = world.random.magnitude(1, 300_000);
        hand_over(world, &address, len as usize, Duration::from_secs(1))?;
    }
    world.injector.stop();
    drop(primary);
    let primary = lead(world, &address)?;
    hand_over(world, &address, 1000, Duration::from_secs(60))?;
    drop(primary);
    // The lock stays for the next start.
    let lock = String::from_utf8_lossy(address.full_name()).into_owned() + ".lock";
    std::fs::remove_file(lock).map_err(|error| format!("the lock file: {error}"))
}

/// Makes this process the primary.
fn lead(world: &World, address: &Address) -> Result<Primary, Finding> {
    let limits = InstanceLimits { timeout: Duration::from_secs(1), ..InstanceLimits::default() };
    for _ in 0..TRIES {
        match claim(address, &limits) {
            Ok(Some(seat)) => {
                let reactor = world.reactor.clone();
                if let Ok(primary) = Primary::new(seat, reactor, Arc::new(Echo), limits) {
                    return Ok(primary);
                }
            }
            Ok(None) => return Err("there is a primary before the first one".into()),
            Err(_) => {}
        }
    }
    Err("a claim keeps failing".into())
}

/// Starts in another thread, while this one serves the primary.
fn hand_over(
    world: &World,
    address: &Address,
    len: usize,
    timeout: Duration,
) -> Result<(), Finding> {
    let message = vec![len as u8; len];
    let limits = InstanceLimits { timeout, answer_timeout: timeout, ..InstanceLimits::default() };
    let thread = std::thread::spawn({
        let (address, message) = (address.clone(), message.clone());
        move || start(&address, &HandOver { message, ..HandOver::default() }, &limits)
    });
    while !thread.is_finished() {
        world.turn(5);
    }
    match thread.join().map_err(|_| "a panic in the secondary")? {
        Ok(Started::Answered { code: CODE, bytes }) if bytes == message => Ok(()),
        Ok(Started::Answered { code, bytes }) => {
            Err(format!("the answer is {code} and {} bytes", bytes.len()))
        }
        Ok(Started::Primary(_)) => Err("two primaries".into()),
        Err(_) if world.injector.met() > 0 && timeout < Duration::from_secs(60) => Ok(()),
        Err(error) => Err(format!("a start without faults: {error}")),
    }
}
