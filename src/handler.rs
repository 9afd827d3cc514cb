// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Shared by the objects of the Rust API: handlers that may do anything, and a registry of a
//! thread's objects.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::LocalKey;

/// Holds a user's handler. Nothing is borrowed while the handler runs or is dropped, so it may
/// replace itself, and drop the object that owns it.
pub struct Handler<F: ?Sized>(RefCell<Option<Box<F>>>);

impl<F: ?Sized> Handler<F> {
    pub fn set(&self, handler: Box<F>) {
        let before = self.0.replace(Some(handler));
        drop(before);
    }

    pub fn clear(&self) {
        drop(self.take());
    }

    pub fn take(&self) -> Option<Box<F>> {
        self.0.take()
    }

    /// Puts a handler back after it has run, unless it has set another one.
    pub fn put_back(&self, handler: Box<F>) {
        let mut place = self.0.borrow_mut();
        if place.is_none() {
            *place = Some(handler);
        } else {
            drop(place);
            drop(handler);
        }
    }
}

impl<F: ?Sized> Default for Handler<F> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}

/// The id of an object, unique in the process. Unlike the object it may be sent to other threads,
/// as the engine requires of its hosts; it finds nothing there.
pub type Id = u64;

/// The objects of a thread by id. Keeps them alive.
pub type Registry<T> = RefCell<HashMap<Id, Rc<T>>>;

static LAST: AtomicU64 = AtomicU64::new(0);

/// Adds the object that `make` creates for the new id.
pub fn register<T>(registry: &'static LocalKey<Registry<T>>, make: impl FnOnce(Id) -> T) -> Rc<T> {
    let id = LAST.fetch_add(1, Ordering::Relaxed);
    let object = Rc::new(make(id));
    // An exiting thread no longer has a registry: an object created then is never called.
    let _ = registry.try_with(|registry| registry.borrow_mut().insert(id, object.clone()));
    object
}

/// The object with this id, unless it has ended. An exiting thread has none.
pub fn find<T>(registry: &'static LocalKey<Registry<T>>, id: Id) -> Option<Rc<T>> {
    registry.try_with(|registry| registry.borrow().get(&id).cloned()).ok()?
}

/// Removes an object. The caller drops it, since that may end other objects.
pub fn deregister<T>(registry: &'static LocalKey<Registry<T>>, id: Id) -> Option<Rc<T>> {
    registry.try_with(|registry| registry.borrow_mut().remove(&id)).ok()?
}
