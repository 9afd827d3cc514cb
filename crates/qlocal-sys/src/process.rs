// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Distinguishes a process from the one that it was forked from, without a system call.
//!
//! The number of the process is in a page that the kernel clears in each child (`MADV_WIPEONFORK`, since Linux
//! 4.14). So it does not matter how the child was made (`fork`, `_Fork`, `clone`), and no handler
//! is registered that could outlive this library when it is unloaded.

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// A process. Values are comparable only within a process and its ancestors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process(usize);

impl Process {
    /// The calling process.
    pub fn current() -> Self {
        Self(generation())
    }

    /// Whether this is the calling process and not an ancestor.
    #[inline]
    pub fn is_current(self) -> bool {
        self.0 == generation()
    }
}

/// The number of the calling process; 0 if it has none yet. Null until first used.
static NUMBER: AtomicPtr<AtomicUsize> = AtomicPtr::new(ptr::null_mut());

/// Used instead of the page if the kernel does not support it. Always 0.
static UNSUPPORTED: AtomicUsize = AtomicUsize::new(0);

#[inline]
fn generation() -> usize {
    let number = NUMBER.load(Ordering::Acquire);
    // SAFETY: the pointer is null or points to a number that is never freed.
    match unsafe { number.as_ref() } {
        Some(number) => match number.load(Ordering::Relaxed) {
            0 => new_generation(number),
            generation => generation,
        },
        None => new_generation(publish(new_page().unwrap_or(&UNSUPPORTED))),
    }
}

/// Assigns a number to the calling process that differs from those of its ancestors.
#[cold]
fn new_generation(number: &AtomicUsize) -> usize {
    // Copied by fork, so it counts generations.
    static LAST: AtomicUsize = AtomicUsize::new(0);
    if ptr::eq(number, &UNSUPPORTED) {
        return std::process::id() as usize;
    }
    let next = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    // Another thread may have set it first.
    number
        .compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed)
        .map_or_else(|present| present, |_| next)
}

/// Sets the number that all threads use, unless another thread has, and returns it.
fn publish(number: &'static AtomicUsize) -> &'static AtomicUsize {
    let ours = ptr::from_ref(number).cast_mut();
    match NUMBER.compare_exchange(ptr::null_mut(), ours, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => number,
        Err(theirs) => {
            if !ptr::eq(number, &UNSUPPORTED) {
                // SAFETY: `new_page` created the page, and this is the only reference to it.
                unsafe { libc::munmap(ours.cast(), size_of::<AtomicUsize>()) };
            }
            // SAFETY: a pointer that is not null points to a number that is never freed.
            unsafe { &*theirs }
        }
    }
}

/// A page that is zero now and in each child, or `None` if the kernel does not support that.
fn new_page() -> Option<&'static AtomicUsize> {
    let size = size_of::<AtomicUsize>();
    // SAFETY: the mapping is new and private, at an address chosen by the kernel, with no other
    // references. The kernel rounds the size up to a page in all of these calls.
    unsafe {
        let page = libc::mmap(
            ptr::null_mut(),
            size,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return None;
        }
        // Emulators that ignore advice accept any value; the kernel rejects -1.
        let is_real = libc::madvise(page, size, -1) != 0;
        if !is_real || libc::madvise(page, size, libc::MADV_WIPEONFORK) != 0 {
            libc::munmap(page, size);
            return None;
        }
        // The page is aligned, zero is a valid number, and only `publish` unmaps it, before it is
        // shared.
        Some(&*page.cast())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Runs a function in a child of this process, and returns its result.
    pub(crate) fn in_child(question: impl Fn() -> bool) -> bool {
        // SAFETY: the child only uses memory and system calls, and exits without cleaning up.
        let child = unsafe { libc::fork() };
        if child == 0 {
            // SAFETY: as above.
            unsafe { libc::_exit(question().into()) };
        }
        let mut status = 0;
        // SAFETY: the status is written to a local variable.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 1
    }

    #[test]
    fn process_is_itself_from_any_thread() {
        let here = Process::current();
        assert!(here.is_current());
        assert_eq!(std::thread::spawn(Process::current).join().unwrap(), here);
    }

    #[test]
    fn child_and_grandchild_differ() {
        let parent = Process::current();
        assert!(in_child(|| {
            let child = Process::current();
            let differs = !parent.is_current() && child.is_current() && child != parent;
            differs && in_child(|| !parent.is_current() && !child.is_current())
        }));
        assert!(parent.is_current());
    }
}
