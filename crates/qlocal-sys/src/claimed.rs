// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Descriptors with a mark that tells, in the whole process, whether a number still stands for the
//! descriptor that its owner has opened. Programs close descriptors behind their owner's back, and
//! closing such a number would close what has it by then.
//!
//! The marks are in a table without a lock: fork(2) copies it as it is, whatever other threads do, so
//! a child finds its copies of the descriptors there.

use std::mem::ManuallyDrop;
use std::num::NonZeroU64;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

/// A descriptor that is claimed by one owner. Dropping it closes it, unless its number has been
/// claimed by another owner since.
#[derive(Debug)]
pub struct Claimed {
    descriptor: ManuallyDrop<OwnedFd>,
    mark: NonZeroU64,
}

impl Claimed {
    /// Claims a descriptor, under a mark. An earlier claim to its number ends: what that was for has
    /// been closed.
    pub fn new(descriptor: OwnedFd, mark: NonZeroU64) -> Self {
        if let Some(entry) = entry(descriptor.as_raw_fd(), true) {
            entry.store(mark.get(), Ordering::Release);
        }
        Self { descriptor: ManuallyDrop::new(descriptor), mark }
    }

    /// Whether no other owner has claimed the number since.
    pub fn is_current(&self) -> bool {
        claim(self.as_raw_fd()) == Some(self.mark)
    }
}

/// The mark under which a number is claimed in this process.
pub fn claim(number: RawFd) -> Option<NonZeroU64> {
    NonZeroU64::new(entry(number, false)?.load(Ordering::Acquire))
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let Some(entry) = entry(self.as_raw_fd(), false) else { return };
        let mark = self.mark.get();
        if entry.compare_exchange(mark, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            // SAFETY: it is dropped here alone, and not used again.
            unsafe { ManuallyDrop::drop(&mut self.descriptor) };
        }
    }
}

impl AsFd for Claimed {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl AsRawFd for Claimed {
    fn as_raw_fd(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }
}

/// How many entries the first part of the table has. Each other one has as many as all before it
/// together, so parts never move.
const FIRST: usize = 64;

/// How many parts there are room for: one for each power of two up to the greatest number.
const PARTS: usize = (RawFd::BITS - 1 - FIRST.trailing_zeros()) as usize + 1;

static TABLE: [AtomicPtr<AtomicU64>; PARTS] = [const { AtomicPtr::new(ptr::null_mut()) }; PARTS];

/// Where a number is in the table, which gets room for it if it is to. None for no descriptor.
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
    // SAFETY: a part is never freed, and has `len` entries: the number is from `first` on and below
    // `first + len`.
    Some(unsafe { &*entries.add(number - first) })
}

/// Makes a part of the table, unless another thread is first.
#[cold]
fn publish(place: &AtomicPtr<AtomicU64>, len: usize) -> *mut AtomicU64 {
    let entries: Box<[AtomicU64]> = (0..len).map(|_| AtomicU64::new(0)).collect();
    let ours = Box::into_raw(entries);
    let first = ours.cast::<AtomicU64>();
    match place.compare_exchange(ptr::null_mut(), first, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => first,
        Err(theirs) => {
            // SAFETY: it was made above, and no other thread has seen it.
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
    fn a_claim_ends_with_its_owner() {
        let claimed = Claimed::new(open(), mark(7));
        let number = claimed.as_raw_fd();
        assert_eq!(claim(number), Some(mark(7)));
        assert!(claimed.is_current());
        drop(claimed);
        assert_ne!(claim(number), Some(mark(7)));
    }

    #[test]
    fn a_number_that_is_claimed_again_is_left_open() {
        let first = Claimed::new(open(), mark(1_000_001));
        let number = first.as_raw_fd();
        // SAFETY: nothing else has this number, as the first owner does not close it any more.
        let second = Claimed::new(unsafe { OwnedFd::from_raw_fd(number) }, mark(1_000_002));
        assert!(!first.is_current() && second.is_current());
        drop(first);
        assert!(second.is_current());
        assert!(second.as_fd().try_clone_to_owned().is_ok());
    }

    #[test]
    fn each_number_has_an_entry_of_its_own() {
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
    fn what_is_no_descriptor_is_not_claimed() {
        for number in [-1, RawFd::MIN, RawFd::MAX] {
            assert_eq!(claim(number), None);
        }
    }

    #[test]
    fn threads_that_claim_at_once_share_a_table() {
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
    fn a_child_claims_whatever_other_threads_did_at_the_fork() {
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
    fn the_descriptor_is_closed_with_its_owner() {
        // A high number, which no other test gets meanwhile.
        // SAFETY: the kernel makes a new descriptor, or says that it cannot.
        let number = unsafe { libc::fcntl(open().as_raw_fd(), libc::F_DUPFD_CLOEXEC, 900) };
        assert!(number >= 900);
        // SAFETY: it was made just now, for this test alone.
        let claimed = Claimed::new(unsafe { OwnedFd::from_raw_fd(number) }, mark(2_000_001));
        drop(claimed);
        // SAFETY: the call takes numbers only.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_GETFD) }, -1);
        assert_eq!(claim(number), None);
    }
}
