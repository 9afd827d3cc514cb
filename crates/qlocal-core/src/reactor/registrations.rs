// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The registrations of a reactor, and the poller that watches them in this process.
//!
//! fork(2) copies memory, but the epoll instance is shared with the parent: a change by the child
//! would be one for the parent too. So a child never touches the inherited one. It creates its own
//! when it first needs one, from the registrations stored here.

use std::os::fd::AsFd;
use std::sync::Arc;

use qlocal_sys::poller::{Event, Interest, Poller, Readiness, Watch};

use crate::error::{Error, Operation, Result};

use super::source::Source;

/// The id of a registration. It is never reused for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    index: u32,
    generation: u32,
}

/// A descriptor that stays open at least as long as it is registered.
pub type SharedDescriptor = Arc<dyn AsFd + Send + Sync>;

pub(super) struct Registrations {
    /// In a child that has not needed one yet it is the inherited one.
    poller: Arc<Poller>,
    slots: Vec<Slot>,
    free: Vec<u32>,
}

#[derive(Default)]
struct Slot {
    generation: u32,
    entry: Option<Entry>,
}

pub(super) struct Entry {
    role: Role,
    descriptor: SharedDescriptor,
    watch: Watch,
}

/// The purpose of a registration.
pub(super) enum Role {
    Connection(Arc<dyn Source>),
    Listener(Arc<dyn Source>),
    /// Only ends lingering.
    WakeUp,
}

impl Registrations {
    /// # Errors
    /// When no descriptor is free.
    pub fn new() -> Result<Self> {
        Ok(Self { poller: new_poller()?, slots: Vec::new(), free: Vec::new() })
    }

    /// Whether the poller belongs to a parent process.
    #[inline]
    pub fn needs_poller(&self) -> bool {
        !self.poller.is_of_this_process()
    }

    /// Creates a poller that watches all registrations. Those that the kernel refuses are passed to
    /// `each`: their sources find out why when they try to use them. So are those of sources that have to be
    /// [called after a fork](Source::is_called_after_fork).
    ///
    /// # Errors
    /// When no descriptor is free.
    #[cold]
    pub fn renew_poller(&mut self, mut each: impl FnMut(Event)) -> Result<()> {
        self.poller = new_poller()?;
        for (slot, index) in self.slots.iter().zip(0..) {
            let Some(Entry { descriptor, watch, role }) = &slot.entry else { continue };
            let key = Token { index, generation: slot.generation }.key();
            let is_watched = self.poller.add(&**descriptor, key, *watch).is_ok();
            if !is_watched || role.source().is_some_and(|source| source.is_called_after_fork()) {
                each(Event { key, readiness: Readiness::UNKNOWN });
            }
        }
        Ok(())
    }

    pub fn poller(&self) -> &Arc<Poller> {
        &self.poller
    }

    /// # Errors
    /// When the kernel watches no more descriptors, or not this kind.
    pub fn register(
        &mut self,
        descriptor: SharedDescriptor,
        watch: Watch,
        role: Role,
    ) -> Result<Token> {
        let added = descriptor.clone();
        let token = self.insert(Entry { role, descriptor, watch });
        if !self.needs_poller() {
            if let Err(errno) = self.poller.add(&*added, token.key(), watch) {
                self.remove(token);
                return Err(Error::from_errno(errno, Operation::EpollCtl));
            }
        }
        Ok(token)
    }

    /// # Errors
    /// When the descriptor was closed behind the caller's back.
    pub fn reregister(&mut self, token: Token, interest: Interest) -> Result<()> {
        let is_inherited = self.needs_poller();
        let Some(entry) = self
            .slots
            .get_mut(token.index as usize)
            .and_then(|slot| slot.entry.as_mut().filter(|_| slot.generation == token.generation))
        else {
            return Ok(());
        };
        entry.watch = Watch::Level(interest);
        if is_inherited {
            return Ok(());
        }
        self.poller
            .modify(&*entry.descriptor, token.key(), interest)
            .map_err(|errno| Error::from_errno(errno, Operation::EpollCtl))
    }

    /// Returns the entry, which the caller must drop without a lock, since it may hold the last
    /// reference.
    pub fn deregister(&mut self, token: Token) -> Option<Entry> {
        let entry = self.remove(token)?;
        if !self.needs_poller() {
            // It fails only for a descriptor that was closed elsewhere, which the kernel watches no
            // longer.
            let _ = self.poller.delete(&*entry.descriptor);
        }
        Some(entry)
    }

    pub fn role(&self, token: Token) -> Option<&Role> {
        let slot = self.slots.get(token.index as usize)?;
        let entry = slot.entry.as_ref().filter(|_| slot.generation == token.generation)?;
        Some(&entry.role)
    }

    pub fn source(&self, token: Token) -> Option<Arc<dyn Source>> {
        self.role(token)?.source().cloned()
    }

    fn insert(&mut self, entry: Entry) -> Token {
        let index = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            // A process has fewer descriptors than that (fs.nr_open is a 32-bit number).
            (self.slots.len() - 1) as u32
        });
        let slot = &mut self.slots[index as usize];
        slot.entry = Some(entry);
        Token { index, generation: slot.generation }
    }

    /// Removes a registration without a system call.
    pub fn remove(&mut self, token: Token) -> Option<Entry> {
        let slot = self.slots.get_mut(token.index as usize)?;
        if slot.generation != token.generation {
            return None;
        }
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(token.index);
        slot.entry.take()
    }
}

impl Role {
    fn source(&self) -> Option<&Arc<dyn Source>> {
        match self {
            Self::Connection(source) | Self::Listener(source) => Some(source),
            Self::WakeUp => None,
        }
    }
}

impl Token {
    fn key(self) -> u64 {
        (u64::from(self.generation) << 32) | u64::from(self.index)
    }

    pub(super) fn from_key(key: u64) -> Self {
        Self { index: key as u32, generation: (key >> 32) as u32 }
    }
}

fn new_poller() -> Result<Arc<Poller>> {
    let poller = Poller::new().map_err(|errno| Error::from_errno(errno, Operation::EpollCreate))?;
    Ok(Arc::new(poller))
}

impl std::fmt::Debug for Registrations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registrations").field("poller", &self.poller).finish_non_exhaustive()
    }
}
