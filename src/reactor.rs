// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The object that connects a thread's reactor to the thread's Qt event loop.

use std::cell::{Cell, RefCell};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::ptr;
use std::sync::{Arc, Once, Weak};
use std::time::Duration;

use cxx_qt::CxxQtType;
use qlocal_core::{always_writable, EventLoop, Reactor, Result};
use qlocal_sys::poller::Poller;
use qlocal_sys::Process;

use crate::logging;

#[cxx_qt::bridge(namespace = "_QLocal")]
mod ffi {
    unsafe extern "C++" {
        include!("qlocal/reactor_base.h");
        type ReactorBase;

        #[Self = "ReactorBase"]
        #[cxx_name = "addPreRoutine"]
        fn add_pre_routine();

        #[Self = "ReactorBase"]
        #[cxx_name = "hasLoop"]
        fn has_loop() -> bool;
    }

    extern "Rust" {
        /// Returns false if there is no reactor for this thread.
        #[cxx_name = "setBusyPoll"]
        fn set_busy_poll_for(microseconds: i64) -> bool;

        /// In nanoseconds; -1 while it is unknown.
        #[cxx_name = "wakeUpCost"]
        fn wake_up_nanoseconds() -> i64;

        #[cxx_name = "loopFound"]
        fn loop_found();
    }

    unsafe extern "RustQt" {
        #[qobject]
        #[base = ReactorBase]
        type ThreadReactor = super::ThreadReactorRust;

        #[cxx_override]
        #[cxx_name = "joinLoop"]
        fn join_loop(self: Pin<&mut Self>);

        #[cxx_override]
        fn dispatch(self: Pin<&mut Self>);

        #[cxx_override]
        fn tick(self: Pin<&mut Self>);

        #[cxx_override]
        #[cxx_name = "endTurn"]
        fn end_turn(self: Pin<&mut Self>);

        #[cxx_override]
        fn interrupt(self: Pin<&mut Self>);

        #[cxx_override]
        #[cxx_name = "startTurn"]
        fn start_turn(self: Pin<&mut Self>);

        #[inherit]
        #[cxx_name = "tieToThread"]
        fn tie_to_thread(self: Pin<&mut Self>);

        #[inherit]
        #[cxx_name = "awaitLoop"]
        fn await_loop(self: Pin<&mut Self>);

        #[inherit]
        #[cxx_name = "endsTurns"]
        fn ends_turns(&self) -> bool;

        #[inherit]
        fn watch(self: Pin<&mut Self>, descriptor: i32);

        #[inherit]
        #[cxx_name = "endTurns"]
        fn end_turns(self: Pin<&mut Self>, writable: i32) -> bool;

        #[inherit]
        #[cxx_name = "mayBlock"]
        fn may_block(self: Pin<&mut Self>) -> bool;

        #[inherit]
        #[cxx_name = "openTurn"]
        fn open_turn(self: Pin<&mut Self>);

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

/// Holds the reactor while the thread's event loop can call it.
#[derive(Default)]
pub struct ThreadReactorRust {
    reactor: Option<Arc<Reactor>>,
    watched: Option<Watched>,
}

/// The poller watched by the event loop.
struct Watched {
    process: Process,
    /// Kept open until the loop watches another one.
    _poller: Arc<Poller>,
}

thread_local! {
    /// This thread's object.
    static CURRENT: Cell<*mut ffi::ThreadReactor> = const { Cell::new(ptr::null_mut()) };
    /// The reactor of the previous object: destroying the application deletes the main thread's
    /// object, and remaining sockets continue with the next application.
    static LAST: RefCell<Weak<Reactor>> = const { RefCell::new(Weak::new()) };
}

/// The reactor of the current thread.
///
/// # Errors
/// When the first call in a thread finds no free descriptor.
pub fn current() -> Result<Arc<Reactor>> {
    if let Some(mut object) = object() {
        object.as_mut().watch_poller();
        if let Some(reactor) = object.rust().reactor.clone() {
            return Ok(reactor);
        }
    }
    logging::start();
    always_writable()?;
    let reactor = match last() {
        Some(reactor) => reactor,
        None => Arc::new(Reactor::with_event_loop(Arc::new(ThreadLoop))?),
    };
    make_object(&reactor);
    Ok(reactor)
}

fn make_object(reactor: &Arc<Reactor>) {
    static ONCE: Once = Once::new();
    let object = ffi::new_thread_reactor().into_raw();
    CURRENT.set(object);
    let _ = LAST.try_with(|last| last.replace(Arc::downgrade(reactor)));
    // SAFETY: the object was created above, and is owned by the thread's storage from now on.
    let mut object = unsafe { Pin::new_unchecked(&mut *object) };
    object.as_mut().rust_mut().reactor = Some(reactor.clone());
    object.as_mut().tie_to_thread();
    object.join_loop();
    ONCE.call_once(ffi::ReactorBase::add_pre_routine);
}

/// The thread's object, if any.
fn object() -> Option<Pin<&'static mut ffi::ThreadReactor>> {
    let object = CURRENT.try_with(Cell::get).unwrap_or(ptr::null_mut());
    // SAFETY: `CURRENT` is cleared when the object is deleted, which happens on this thread. No
    // call through the pointer deletes or stores it.
    (!object.is_null()).then(|| unsafe { Pin::new_unchecked(&mut *object) })
}

/// The previous reactor of this thread, if it is still in use.
fn last() -> Option<Arc<Reactor>> {
    LAST.try_with(|last| last.borrow().upgrade()).ok().flatten()
}

/// A QCoreApplication has been created in this thread.
fn loop_found() {
    match (object(), last()) {
        (Some(object), _) => object.join_loop(),
        (None, Some(reactor)) => make_object(&reactor),
        (None, None) => {}
    }
}

/// The event loop of the calling thread, which has ended if there is no object.
struct ThreadLoop;

impl EventLoop for ThreadLoop {
    fn tick_after(&self, after: Duration) {
        if let Some(object) = object() {
            // Rounded up: a tick that comes too early finds nothing to do.
            let msecs = after.as_micros().div_ceil(1000);
            object.tick_after(i32::try_from(msecs).unwrap_or(i32::MAX));
        }
    }

    fn open_turn(&self, reactor: &Reactor) {
        let Some(object) = object() else { return };
        // A handler still running after its socket has moved opens no turn in its own thread.
        if object.rust().reactor.as_deref().is_some_and(|mine| ptr::eq(mine, reactor)) {
            object.open_turn();
        }
    }

    fn may_block(&self) -> bool {
        object().is_none_or(|object| object.may_block())
    }
}

/// Makes the current thread poll for this long after each turn, before its event loop may block; at
/// most ten milliseconds.
///
/// Its streams respond sooner, since the thread need not be woken, but it keeps the processor busy.
/// Timers and other sources of the event loop wait meanwhile. With zero, the default, it polls for
/// up to fifty microseconds where that pays off; see [`set_lingering`].
///
/// # Errors
/// When the first call in a thread finds no free descriptor.
pub fn set_busy_poll(limit: Duration) -> Result<()> {
    current()?.set_busy_poll(limit);
    Ok(())
}

/// Makes the current thread go to sleep at once when it has nothing to do, or poll before, for up to
/// fifty microseconds depending on what waking it costs. Polling is the default: it makes
/// conversations faster, and takes some energy. A limit of [`set_busy_poll`] takes precedence.
///
/// # Errors
/// As [`set_busy_poll`].
pub fn set_lingering(lingers: bool) -> Result<()> {
    current()?.set_lingering(lingers);
    Ok(())
}

/// What waking the current thread costs, as its own traffic has shown so far: the time by which an
/// answer comes sooner if the thread has not gone to sleep. None while that is unknown.
pub fn wake_up_cost() -> Option<Duration> {
    current().ok()?.wake_up_cost()
}

fn set_busy_poll_for(microseconds: i64) -> bool {
    let limit = Duration::from_micros(u64::try_from(microseconds).unwrap_or(0));
    set_lingering(microseconds >= 0).and_then(|()| set_busy_poll(limit)).is_ok()
}

fn wake_up_nanoseconds() -> i64 {
    wake_up_cost().map_or(-1, |cost| i64::try_from(cost.as_nanos()).unwrap_or(i64::MAX))
}

impl Drop for ThreadReactorRust {
    fn drop(&mut self) {
        // Thread-locals may be destroyed already; then nothing can read the pointer.
        let _ = CURRENT.try_with(|current| current.set(ptr::null_mut()));
    }
}

impl ffi::ThreadReactor {
    fn join_loop(mut self: Pin<&mut Self>) {
        if !ffi::ReactorBase::has_loop() {
            // Blocking calls work without it.
            self.await_loop();
            return;
        }
        if self.ends_turns() {
            return;
        }
        let Some(reactor) = self.rust().reactor.clone() else { return };
        // It exists since the reactor was created.
        let Ok(writable) = always_writable() else { return };
        let is_nesting_seen = self.as_mut().end_turns(writable.as_raw_fd());
        reactor.set_nesting_unseen(!is_nesting_seen);
        self.watch_poller();
        reactor.join_event_loop();
    }

    fn dispatch(self: Pin<&mut Self>) {
        self.call(|reactor| {
            reactor.dispatch();
        });
    }

    fn tick(self: Pin<&mut Self>) {
        self.call(Reactor::tick);
    }

    fn end_turn(self: Pin<&mut Self>) {
        self.call(|reactor| {
            reactor.end_turn();
        });
    }

    fn interrupt(self: Pin<&mut Self>) {
        self.call(Reactor::interrupt);
    }

    fn start_turn(self: Pin<&mut Self>) {
        self.watch_poller();
    }

    /// Calls `function`; a handler may delete this object, with the application.
    fn call(self: Pin<&mut Self>, function: fn(&Reactor)) {
        if let Some(reactor) = self.rust().reactor.clone() {
            function(&reactor);
        }
        if let Some(object) = object() {
            object.watch_poller();
        }
    }

    /// Makes the event loop, if any, watch the poller of this process.
    ///
    /// Each process created by fork(2) has a different poller.
    fn watch_poller(self: Pin<&mut Self>) {
        let is_watched =
            self.rust().watched.as_ref().is_some_and(|watched| watched.process.is_current());
        if !is_watched && self.ends_turns() {
            self.watch_new_poller();
        }
    }

    #[cold]
    fn watch_new_poller(mut self: Pin<&mut Self>) {
        // Without a free descriptor the next turn retries.
        let Some(Ok(poller)) = self.rust().reactor.as_ref().map(|reactor| reactor.poller()) else {
            return;
        };
        self.as_mut().watch(poller.as_fd().as_raw_fd());
        let watched = Watched { process: Process::current(), _poller: poller };
        self.rust_mut().watched = Some(watched);
    }
}
