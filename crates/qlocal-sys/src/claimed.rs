// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors with a mark that shows, in the whole process, whether a number still stands for the
//! descriptor that its owner has opened. Programs close descriptors behind their owner's back, and
//! closing such a number again would close a descriptor that has it by then.
//!
//! The marks are in a lock-free table: fork(2) copies it in a valid state, whatever other threads do, so
//! a child finds its copies of the descriptors there.

use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// A descriptor claimed by one owner. Dropping it closes the descriptor, unless another owner has
/// claimed the number since.
#[derive(Debug)]
pub struct Claimed {
    descriptor: ManuallyDrop<OwnedFd>,
    mark: NonZeroU64,
}

impl Claimed {
    /// Claims a descriptor, under a mark. This ends an earlier claim to its number: that descriptor has
    /// been closed.
    pub fn new(descriptor: OwnedFd, mark: NonZeroU64) -> Self {
        if let Some(entry) = entry(descriptor.as_raw_fd(), true) {
            entry.store(mark.get(), Ordering::Release);
        }
        Self { descriptor: ManuallyDrop::new(descriptor), mark }
    }

    /// Whether no other owner has claimed the number since.
    #[inline]
    pub fn is_current(&self) -> bool {
        claim(self.as_raw_fd()) == Some(self.mark)
    }
}

/// The mark under which a number is claimed in this process.
#[inline]
pub fn claim(number: RawFd) -> Option<NonZeroU64> {
    NonZeroU64::new(entry(number, false)?.load(Ordering::Acquire))
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let Some(entry) = entry(self.as_raw_fd(), false) else { return };
        let mark = self.mark.get();
        if entry.compare_exchange(mark, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            // SAFETY: it is dropped only here, and not used again.
            unsafe { ManuallyDrop::drop(&mut self.descriptor) };
        }
    }
}

impl AsFd for Claimed {
    #[inline]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl AsRawFd for Claimed {
    #[inline]
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

/// The number of entries in the first part of the table. Each further part has as many as all parts
/// before it together, so the table grows without moving entries.
const FIRST: usize = 64;

/// The maximum number of parts: one for each power of two up to the greatest number.
const PARTS: usize = (RawFd::BITS - 1 - FIRST.trailing_zeros()) as usize + 1;

static TABLE: [AtomicPtr<AtomicU64>; PARTS] = [const { AtomicPtr::new(ptr::null_mut()) }; PARTS];

/// The entry of a number in the table, which grows for it if `makes_room`. None for no descriptor.
#[inline]
fn entry(number: RawFd, makes_room: bool) -> Option<&'static AtomicU64> {
    let number = usize::try_from(number).ok()?;
    let part = (number / FIRST).checked_ilog2().map_or(0, |power| power as usize + 1);
    let (first, len) = if part == 0 {
        (0, FIRST)
    } else {
        let first = FIRST << (part - 1);
        (first, first)
    };
    let place = TABLE.get(part)?;
    let mut entries = place.load(Ordering::Acquire);
    if entries.is_null() {
        if !makes_room {
            return None;
        }
        entries = publish(place, len);
    }
    // SAFETY: a part is never freed and has `len` entries, and the number is at least `first` and
    // below `first + len`.
    Some(unsafe { &*entries.add(number - first) })
}

/// Publishes a new part of the table, unless another thread is first.
#[cold]
fn publish(place: &AtomicPtr<AtomicU64>, len: usize) -> *mut AtomicU64 {
    let entries: Box<[AtomicU64]> = (0..len).map(|_| AtomicU64::new(0)).collect();
    let ours = Box::into_raw(entries);
    let first = ours.cast::<AtomicU64>();
    match place.compare_exchange(ptr::null_mut(), first, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => first,
        Err(theirs) => {
            // SAFETY: it was allocated above and not shared with another thread.
            drop(unsafe { Box::from_raw(ours) });
            theirs
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::FromRawFd as _;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::process::tests::in_child;

    fn open() -> OwnedFd {
        File::open("/dev/null").unwrap().into()
    }

    fn mark(number: u64) -> NonZeroU64 {
        NonZeroU64::new(number).unwrap()
    }

    #[test]
    fn claim_ends_with_its_owner() {
        let claimed = Claimed::new(open(), mark(7));
        let number = claimed.as_raw_fd();
        assert_eq!(claim(number), Some(mark(7)));
        assert!(claimed.is_current());
        drop(claimed);
        assert_ne!(claim(number), Some(mark(7)));
    }

    #[test]
    fn reclaimed_number_stays_open() {
        let first = Claimed::new(open(), mark(1_000_001));
        let number = first.as_raw_fd();
        // SAFETY: the number has no other owner, since the first one no longer closes it.
        let second = Claimed::new(unsafe { OwnedFd::from_raw_fd(number) }, mark(1_000_002));
        assert!(!first.is_current() && second.is_current());
        drop(first);
        assert!(second.is_current());
        assert!(second.as_fd().try_clone_to_owned().is_ok());
    }

    #[test]
    fn each_number_has_own_entry() {
        let numbers = (0..300).chain([1023, 1024, 65_535, 65_536]);
        // These are not open, so no other test claims them.
        let numbers: Vec<RawFd> = numbers.map(|number| number + 500_000).collect();
        for &number in &numbers {
            entry(number, true).unwrap().store(number as u64, Ordering::Relaxed);
        }
        for &number in &numbers {
            assert_eq!(claim(number), NonZeroU64::new(number as u64));
            entry(number, true).unwrap().store(0, Ordering::Relaxed);
        }
    }

    #[test]
    fn invalid_number_is_not_claimed() {
        for number in [-1, RawFd::MIN, RawFd::MAX] {
            assert_eq!(claim(number), None);
        }
    }

    #[test]
    fn concurrent_claims_share_table() {
        let number = 3_000_000;
        std::thread::scope(|scope| {
            for at in 0..4 {
                scope.spawn(move || {
                    entry(number + at, true).unwrap().store(9, Ordering::Relaxed);
                });
            }
        });
        assert!((0..4).all(|at| claim(number + at) == Some(mark(9))));
    }

    #[test]
    fn child_can_claim_after_fork_among_threads() {
        let ends = AtomicBool::new(false);
        let inherited = Claimed::new(open(), mark(4_000_001));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !ends.load(Ordering::Relaxed) {
                        drop(Claimed::new(open(), mark(4_000_002)));
                    }
                });
            }
            let forked = (0..100).all(|_| {
                in_child(|| {
                    let own = Claimed::new(open(), mark(4_000_003));
                    own.is_current() && inherited.is_current()
                })
            });
            ends.store(true, Ordering::Relaxed);
            assert!(forked);
        });
    }

    #[test]
    fn descriptor_is_closed_with_its_owner() {
        // A high number, which no other test gets meanwhile.
        // SAFETY: the kernel makes a new descriptor, or says that it cannot.
        let number = unsafe { libc::fcntl(open().as_raw_fd(), libc::F_DUPFD_CLOEXEC, 900) };
        assert!(number >= 900);
        // SAFETY: the descriptor was just created by this test.
        let claimed = Claimed::new(unsafe { OwnedFd::from_raw_fd(number) }, mark(2_000_001));
        drop(claimed);
        // SAFETY: the call takes only numbers.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_GETFD) }, -1);
        assert_eq!(claim(number), None);
    }
}
