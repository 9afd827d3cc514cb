// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The object that joins a thread's reactor to the thread's Qt event loop.

use std::cell::Cell;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use cxx_qt::CxxQtType;
use qlocal_core::sys::poller::Poller;
use qlocal_core::sys::Process;
use qlocal_core::{Alarm, Reactor, Result};

use crate::logging;

#[cxx_qt::bridge(namespace = "_QLocal")]
mod ffi {
    unsafe extern "C++" {
        include!("qlocal/reactor_base.h");
        type ReactorBase;
    }

    extern "Rust" {
        /// False when there is no reactor for this thread.
        #[cxx_name = "setBusyPoll"]
        fn set_busy_poll_for(microseconds: i64) -> bool;
    }

    unsafe extern "RustQt" {
        #[qobject]
        #[base = ReactorBase]
        type ThreadReactor = super::ThreadReactorRust;

        #[cxx_override]
        fn dispatch(self: Pin<&mut Self>);

        #[cxx_override]
        fn tick(self: Pin<&mut Self>);

        #[cxx_override]
        #[cxx_name = "endTurn"]
        fn end_turn(self: Pin<&mut Self>) -> bool;

        #[cxx_override]
        #[cxx_name = "beforeBlocking"]
        fn before_blocking(self: Pin<&mut Self>) -> bool;

        #[cxx_override]
        #[cxx_name = "hasWork"]
        fn has_work(&self) -> bool;

        #[inherit]
        #[cxx_name = "tieToThread"]
        fn tie_to_thread(self: Pin<&mut Self>);

        #[inherit]
        fn watch(self: Pin<&mut Self>, descriptor: i32) -> bool;

        #[inherit]
        #[cxx_name = "tickAfter"]
        fn tick_after(self: Pin<&mut Self>, msecs: i32);
    }

    #[namespace = "rust::cxxqtlib1"]
    unsafe extern "C++" {
        include!("cxx-qt-lib/common.h");
        #[cxx_name = "make_unique"]
        fn new_thread_reactor() -> UniquePtr<ThreadReactor>;
    }
}

/// Holds the reactor for as long as the thread's event loop can call it.
#[derive(Default)]
pub struct ThreadReactorRust {
    reactor: Option<Arc<Reactor>>,
    watched: Option<Watched>,
}

/// What the event loop watches.
struct Watched {
    process: Process,
    /// It stays open until the loop watches another one.
    _poller: Arc<Poller>,
}

thread_local! {
    /// This thread's object, which is deleted before the thread's event dispatcher is.
    static CURRENT: Cell<*mut ffi::ThreadReactor> = const { Cell::new(ptr::null_mut()) };
}

/// The reactor of the present thread.
///
/// # Errors
/// When no descriptor is free for the first call of a thread.
pub fn current() -> Result<Arc<Reactor>> {
    if let Some(reactor) = watched() {
        return Ok(reactor);
    }
    logging::start();
    let reactor = Arc::new(Reactor::with_alarm(Box::new(LoopTimer))?);
    let object = ffi::new_thread_reactor().into_raw();
    CURRENT.set(object);
    // SAFETY: the object was made above, and its owner is the thread's storage from here on.
    let mut object = unsafe { Pin::new_unchecked(&mut *object) };
    object.as_mut().rust_mut().reactor = Some(reactor.clone());
    object.tie_to_thread();
    watched();
    Ok(reactor)
}

/// Lets the present thread look after each turn for what comes next, for so long before its event
/// loop may block; ten milliseconds at the most.
///
/// Its streams answer sooner then, since nobody has to wake it up, and its processor does not rest.
/// Timers and other sources of the event loop wait meanwhile. Zero, the default, looks only for a
/// moment, and only where that has been worth it.
///
/// # Errors
/// When no descriptor is free for the first call of a thread.
pub fn set_busy_poll(limit: Duration) -> Result<()> {
    current()?.set_busy_poll(limit);
    Ok(())
}

fn set_busy_poll_for(microseconds: i64) -> bool {
    // A negative time is none.
    let limit = Duration::from_micros(u64::try_from(microseconds).unwrap_or(0));
    set_busy_poll(limit).is_ok()
}

/// The timer of the present thread's event loop.
struct LoopTimer;

impl Alarm for LoopTimer {
    fn set(&self, after: Duration) {
        // A thread that ends has no event loop any more.
        if let Some(object) = object() {
            object.tick_after(i32::try_from(after.as_millis()).unwrap_or(i32::MAX));
        }
    }
}

/// The thread's object if there is one.
fn object() -> Option<Pin<&'static mut ffi::ThreadReactor>> {
    let object = CURRENT.try_with(Cell::get).unwrap_or(ptr::null_mut());
    // SAFETY: `CURRENT` is cleared when the object is deleted, which happens on this thread. Nothing
    // that is called through it deletes it or keeps it.
    (!object.is_null()).then(|| unsafe { Pin::new_unchecked(&mut *object) })
}

/// The thread's reactor if there is one. It may be older than the thread's event loop.
fn watched() -> Option<Arc<Reactor>> {
    let mut object = object()?;
    let is_watched =
        object.rust().watched.as_ref().is_some_and(|watched| watched.process.is_current());
    if !is_watched {
        object.as_mut().watch_poller();
    }
    object.rust().reactor.clone()
}

impl Drop for ThreadReactorRust {
    fn drop(&mut self) {
        // Thread-locals may be gone by now, and with them who could ask.
        let _ = CURRENT.try_with(|current| current.set(ptr::null_mut()));
    }
}

impl ffi::ThreadReactor {
    fn dispatch(self: Pin<&mut Self>) {
        self.call(Reactor::dispatch);
    }

    fn tick(self: Pin<&mut Self>) {
        self.call(|reactor| {
            reactor.tick();
            false
        });
    }

    fn end_turn(self: Pin<&mut Self>) -> bool {
        self.call(Reactor::end_turn)
    }

    fn before_blocking(self: Pin<&mut Self>) -> bool {
        self.call(Reactor::before_blocking)
    }

    fn call(self: Pin<&mut Self>, function: fn(&Reactor) -> bool) -> bool {
        let ThreadReactorRust { reactor: Some(reactor), watched: Some(watched) } = self.rust()
        else {
            return false;
        };
        let (reactor, process) = (reactor.clone(), watched.process);
        let called = function(&reactor);
        if process.is_current() {
            called
        } else {
            self.watch_poller() || called
        }
    }

    /// Lets the event loop watch the poller of this process; false when it can't yet.
    ///
    /// The poller is another one in each process that fork(2) makes.
    #[cold]
    fn watch_poller(mut self: Pin<&mut Self>) -> bool {
        // Without a descriptor for it the next turn tries again.
        let Some(Ok(poller)) = self.rust().reactor.as_ref().map(|reactor| reactor.poller()) else {
            return false;
        };
        let is_watched = self.as_mut().watch(poller.as_fd().as_raw_fd());
        if is_watched {
            let watched = Watched { process: Process::current(), _poller: poller };
            self.rust_mut().watched = Some(watched);
        }
        is_watched
    }

    fn has_work(&self) -> bool {
        self.rust().reactor.as_ref().is_some_and(|reactor| reactor.has_work())
    }
}
