// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Watches folders for names that appear in them or vanish: inotify(7).

use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::inotify::{self, CreateFlags, Event, ReadFlags, Reader, WatchFlags};

use crate::defect;
use crate::errno::{Errno, Result};
use crate::fault::{self, Call};
use crate::process::Process;

/// Reports names that appear in watched folders, or vanish. Its descriptor becomes readable when there is a report.
///
/// A fork(2) child shares the reports with this process and would take them away, so it must not read
/// them: see [`Watcher::is_of_this_process`].
#[derive(Debug)]
pub struct Watcher {
    inotify: OwnedFd,
    process: Process,
}

/// The id of a watched folder. It is not reused while the watcher exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched(i32);

/// Which names are reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// Those that appear.
    Appearing,
    /// Those that vanish as well.
    All,
}

/// A report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// There is a file of this name, new or in place of another one.
    Appeared(Watched, &'a [u8]),
    /// There is no file of this name any more, or another one.
    Vanished(Watched, &'a [u8]),
    /// The folder was removed, or has another name now. It is reported once or twice.
    Gone(Watched),
    /// The kernel has dropped reports.
    Overflow,
}

/// Room for several reports with names of usual length; the kernel needs room for one of the maximum.
const ROOM: usize = 4096;

impl Watcher {
    /// # Errors
    /// `EMFILE` when the user has too many watchers (`fs.inotify.max_user_instances`) or the process too
    /// many descriptors, `ENFILE` and `ENOMEM` when the system is short of resources.
    pub fn new() -> Result<Self> {
        fault::check(Call::InotifyCreate)?;
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        Ok(Self { inotify, process: Process::current() })
    }

    /// False in a child of the process that has created it.
    pub fn is_of_this_process(&self) -> bool {
        self.process.is_current()
    }

    /// Starts to watch a folder. Paths to the same folder give the same id; once all names are reported, they
    /// are until the watch ends.
    ///
    /// # Errors
    /// `ENOENT` and `ENOTDIR` when there is no such folder, `EACCES` when it may not be read, `ENOSPC`
    /// when the user watches too many (`fs.inotify.max_user_watches`).
    pub fn add(&self, folder: &[u8], names: Names) -> Result<Watched> {
        fault::check(Call::InotifyAdd)?;
        let mut flags = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::DELETE_SELF
            | WatchFlags::MOVE_SELF
            | WatchFlags::MASK_ADD
            | WatchFlags::ONLYDIR;
        if names == Names::All {
            flags |= WatchFlags::DELETE | WatchFlags::MOVED_FROM;
        }
        inotify::add_watch(&self.inotify, folder, flags).map(Watched)
    }

    /// Stops watching a folder. Reports about it may still follow. In a fork(2) child nothing happens, since
    /// the parent would lose its watch.
    pub fn remove(&self, folder: Watched) {
        if !self.is_of_this_process() {
            return;
        }
        // It fails only if the folder is gone, and then the kernel has stopped by itself.
        let _ = inotify::remove_watch(&self.inotify, folder.0);
    }

    /// Passes reports to `each`: at least one if there is any. The descriptor stays readable while there
    /// are more.
    ///
    /// # Errors
    /// `ENOMEM` when the system is short of resources.
    pub fn read(&self, mut each: impl FnMut(Change<'_>)) -> Result<()> {
        let mut room = [const { MaybeUninit::uninit() }; ROOM];
        let mut reader = Reader::new(&self.inotify, &mut room);
        let first = defect::repeated(|| {
            fault::check_on(Call::InotifyRead, &self.inotify)?;
            reader.next().map(|event| report(&event, &mut each))
        });
        match first {
            Err(Errno::AGAIN) => return Ok(()),
            outcome => outcome?,
        }
        while !reader.is_buffer_empty() {
            report(&reader.next()?, &mut each);
        }
        Ok(())
    }
}

fn report(event: &Event<'_>, each: &mut impl FnMut(Change<'_>)) {
    let folder = Watched(event.wd());
    if event.events().contains(ReadFlags::QUEUE_OVERFLOW) {
        each(Change::Overflow);
    } else if let Some(name) = event.file_name() {
        let vanished = ReadFlags::DELETE | ReadFlags::MOVED_FROM;
        each(match event.events().intersects(vanished) {
            true => Change::Vanished(folder, name.to_bytes()),
            false => Change::Appeared(folder, name.to_bytes()),
        });
    } else {
        // DELETE_SELF, MOVE_SELF, UNMOUNT or IGNORED.
        each(Change::Gone(folder));
    }
}

impl AsFd for Watcher {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt;
    use std::path::{Path, PathBuf};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let name = format!("qlocal-watcher-{test}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            let _ = fs::remove_dir_all(&path);
            fs::create_dir(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn add(watcher: &Watcher, path: &Path) -> Result<Watched> {
        watcher.add(path.as_os_str().as_bytes(), Names::Appearing)
    }

    fn changes(watcher: &Watcher) -> Vec<(Watched, Option<String>)> {
        let mut changes = vec![];
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        loop {
            let before = changes.len();
            let read = watcher.read(|change| match change {
                Change::Appeared(folder, name) => changes.push((folder, Some(text(name)))),
                Change::Vanished(..) => panic!("a name that was not asked for"),
                Change::Gone(folder) => changes.push((folder, None)),
                Change::Overflow => panic!("an overflow"),
            });
            read.unwrap();
            if changes.len() == before {
                return changes;
            }
        }
    }

    #[test]
    fn created_and_renamed_names_are_reported() {
        let folder = Folder::new("names");
        let watcher = Watcher::new().unwrap();
        let watched = add(&watcher, &folder.0).unwrap();
        assert_eq!(changes(&watcher), []);
        fs::write(folder.0.join("a"), "").unwrap();
        fs::rename(folder.0.join("a"), folder.0.join("b")).unwrap();
        fs::remove_file(folder.0.join("b")).unwrap();
        let name = |name: &str| (watched, Some(name.to_owned()));
        assert_eq!(changes(&watcher), [name("a"), name("b")]);
    }

    #[test]
    fn vanished_names_are_reported_on_request() {
        let folder = Folder::new("vanished");
        let watcher = Watcher::new().unwrap();
        let path = folder.0.as_os_str().as_bytes();
        let watched = watcher.add(path, Names::All).unwrap();
        // It goes on for one, whatever another asks for.
        assert_eq!(add(&watcher, &folder.0), Ok(watched));
        fs::write(folder.0.join("a"), "").unwrap();
        fs::rename(folder.0.join("a"), folder.0.join("b")).unwrap();
        fs::remove_file(folder.0.join("b")).unwrap();
        let mut changes = vec![];
        let read = watcher.read(|change| match change {
            Change::Appeared(at, name) => changes.push((at, "+", name.to_vec())),
            Change::Vanished(at, name) => changes.push((at, "-", name.to_vec())),
            other => panic!("{other:?}"),
        });
        read.unwrap();
        let expected = [("+", "a"), ("-", "a"), ("+", "b"), ("-", "b")];
        assert_eq!(changes, expected.map(|(sign, name)| (watched, sign, name.into())));
    }

    #[test]
    fn long_and_many_names_are_reported() {
        let folder = Folder::new("many");
        let watcher = Watcher::new().unwrap();
        add(&watcher, &folder.0).unwrap();
        let names: Vec<_> = (0..100).map(|number| format!("{number:0255}")).collect();
        names.iter().for_each(|name| fs::write(folder.0.join(name), "").unwrap());
        let seen: Vec<_> = changes(&watcher).into_iter().filter_map(|(_, name)| name).collect();
        assert_eq!(seen, names);
    }

    #[test]
    fn removed_and_renamed_folders_are_gone() {
        let folder = Folder::new("gone");
        let watcher = Watcher::new().unwrap();
        let paths = ["a", "b"].map(|name| folder.0.join(name));
        for path in &paths {
            fs::create_dir(path).unwrap();
        }
        let watched = paths.each_ref().map(|path| add(&watcher, path).unwrap());
        fs::remove_dir(&paths[0]).unwrap();
        fs::rename(&paths[1], folder.0.join("c")).unwrap();
        let gone = changes(&watcher);
        assert!(watched.iter().all(|watched| gone.contains(&(*watched, None))), "{gone:?}");
    }

    #[test]
    fn same_folder_has_same_id() {
        let folder = Folder::new("same");
        let watcher = Watcher::new().unwrap();
        let watched = add(&watcher, &folder.0).unwrap();
        assert_eq!(add(&watcher, &folder.0.join(".")), Ok(watched));
        watcher.remove(watched);
        assert_eq!(changes(&watcher), [(watched, None)]);
        assert_ne!(add(&watcher, &folder.0), Ok(watched));
    }

    #[test]
    fn only_folders_are_watched() {
        let folder = Folder::new("file");
        let watcher = Watcher::new().unwrap();
        let file = folder.0.join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(add(&watcher, &file), Err(Errno::NOTDIR));
        assert_eq!(add(&watcher, &folder.0.join("none")), Err(Errno::NOENT));
    }
}
