// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The inotify instance of a thread while no folder is watched.
//!
//! To close one takes some ten milliseconds, because the kernel waits for readers of its watches. So the one of a
//! connection that has just been established is not closed but kept, until the thread ends.

use std::cell::RefCell;
use std::sync::Arc;

use qlocal_sys::watcher::Watcher;

thread_local! {
    static SPARE: RefCell<Option<Arc<Watcher>>> = const { RefCell::new(None) };
}

/// The kept one, or a new one.
pub(super) fn take() -> qlocal_sys::Result<Arc<Watcher>> {
    let spare = SPARE.try_with(|spare| spare.borrow_mut().take()).ok().flatten();
    match spare.filter(|watcher| watcher.is_of_this_process()) {
        Some(watcher) => Ok(watcher),
        None => Watcher::new().map(Arc::new),
    }
}

/// Keeps one that watches nothing any more.
pub(super) fn give(watcher: Option<Arc<Watcher>>) {
    if let Some(watcher) = watcher.filter(|watcher| watcher.is_of_this_process()) {
        // It is closed if the thread is ending.
        let _ = SPARE.try_with(|spare| spare.borrow_mut().replace(watcher));
    }
}
