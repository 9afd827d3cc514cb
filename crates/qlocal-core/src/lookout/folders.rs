// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which folders are watched, for whom, and for which names in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use qlocal_sys::watcher::{Change, Names, Watched, Watcher};
use qlocal_sys::{file, Errno};

use super::spare;

/// The id of one that waits.
pub(super) type Id = u64;

/// Watches the folder of each path, or while there is none the nearest one above it that exists.
#[derive(Default)]
pub(super) struct Folders {
    /// Shared with the registration.
    watcher: Option<Arc<Watcher>>,
    /// The names that are awaited in each watched folder.
    awaited: BTreeMap<Watched, BTreeMap<Box<[u8]>, BTreeSet<Id>>>,
    places: BTreeMap<Id, Place>,
}

impl Drop for Folders {
    fn drop(&mut self) {
        spare::give(self.watcher.take());
    }
}

/// What is awaited for one path.
#[derive(PartialEq, Eq)]
struct Place {
    folder: Watched,
    name: Box<[u8]>,
    /// Which changes of the name are reported.
    names: Names,
    /// The folder is that of the path itself.
    is_final: bool,
}

impl Folders {
    /// The watcher, while any folder is watched.
    pub fn watcher(&self) -> Option<&Arc<Watcher>> {
        self.watcher.as_ref()
    }

    pub fn is_watched(&self, id: Id) -> bool {
        self.places.contains_key(&id)
    }

    /// In a fork(2) child, forgets what the parent has watched: reports go to either process. Returns those
    /// that are no longer watched.
    pub fn leave_parent(&mut self) -> BTreeSet<Id> {
        match &self.watcher {
            Some(watcher) if !watcher.is_of_this_process() => {
                self.watcher = None;
                self.awaited.clear();
                std::mem::take(&mut self.places).into_keys().collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// Whether the folder of the path itself is watched.
    pub fn is_watching(&self, id: Id) -> bool {
        self.places.get(&id).is_some_and(|place| place.is_final)
    }

    /// Watches for a path. What changed before this is not reported.
    ///
    /// # Errors
    /// When the kernel watches nothing more, or the folder may not be read. Nothing is watched then.
    pub fn watch(&mut self, id: Id, path: &[u8], names: Names) -> qlocal_sys::Result<()> {
        if self.is_watching(id) {
            return Ok(());
        }
        self.forget(id);
        let watcher = match self.watcher.take() {
            Some(watcher) => watcher,
            None => spare::take()?,
        };
        let placed = self.place(&watcher, path, names);
        let outcome = placed.map(|place| {
            let names = self.awaited.entry(place.folder).or_default();
            names.entry(place.name.clone()).or_default().insert(id);
            self.places.insert(id, place);
        });
        self.watcher = Some(watcher);
        self.release();
        outcome
    }

    /// As [`Folders::watch`], and also when the path leads to another folder by now. Returns whether another
    /// one is watched than before.
    ///
    /// # Errors
    /// As [`Folders::watch`].
    pub fn renew(&mut self, id: Id, path: &[u8], names: Names) -> qlocal_sys::Result<bool> {
        if let (Some(watcher), Some(place)) = (&self.watcher, self.places.get(&id)) {
            if self.leads_to(watcher, path, place) {
                return Ok(false);
            }
        }
        self.forget(id);
        self.watch(id, path, names).map(|()| true)
    }

    /// Watches for a path in the folder that is nearest to it.
    fn place(&self, watcher: &Watcher, path: &[u8], names: Names) -> qlocal_sys::Result<Place> {
        let mut last: Option<Watched> = None;
        loop {
            let next = nearest(watcher, path, names);
            let is_same = next.as_ref().is_ok_and(|next| last == Some(next.folder));
            if let Some(folder) =
                last.filter(|folder| !is_same && !self.awaited.contains_key(folder))
            {
                watcher.remove(folder);
            }
            let next = next?;
            if next.is_final || is_same {
                return Ok(next);
            }
            // The folder below it may have been created before this watch began.
            last = Some(next.folder);
        }
    }

    /// Ends the watch for a path.
    pub fn forget(&mut self, id: Id) {
        let Some(Place { folder, name, .. }) = self.places.remove(&id) else { return };
        let Some(names) = self.awaited.get_mut(&folder) else { return };
        if let Some(ids) = names.get_mut(&name) {
            ids.remove(&id);
            if ids.is_empty() {
                names.remove(&name);
            }
        }
        if names.is_empty() {
            self.awaited.remove(&folder);
            self.watcher.iter().for_each(|watcher| watcher.remove(folder));
        }
        self.release();
    }

    /// Gives up the watcher while no folder is watched.
    fn release(&mut self) {
        if self.places.is_empty() {
            spare::give(self.watcher.take());
        }
    }

    /// Those whose name has appeared, or has vanished if they asked for that, or for whom a folder was
    /// replaced. Each that waited for a folder has to [watch](Self::watch) again.
    pub fn read(&mut self) -> BTreeSet<Id> {
        let mut found = self.leave_parent();
        let Some(watcher) = self.watcher.clone() else { return found };
        let mut gone = BTreeSet::new();
        let mut overflows = false;
        let read = watcher.read(|change| match change {
            Change::Appeared(folder, name) => {
                let ids = self.awaited.get(&folder).and_then(|names| names.get(name));
                found.extend(ids.into_iter().flatten());
            }
            Change::Vanished(folder, name) => {
                let ids = self.awaited.get(&folder).and_then(|names| names.get(name));
                let asks = |id: &&Id| self.places.get(id).is_some_and(|at| at.names == Names::All);
                found.extend(ids.into_iter().flatten().filter(asks));
            }
            Change::Gone(folder) => {
                gone.insert(folder);
            }
            Change::Overflow => overflows = true,
        });
        if read.is_err() || overflows {
            // Anything may have happened.
            gone.extend(self.awaited.keys());
        }
        for folder in gone {
            let names = self.awaited.get(&folder);
            let ids: Vec<_> =
                names.into_iter().flat_map(|names| names.values()).flatten().collect();
            let ids: Vec<Id> = ids.into_iter().copied().collect();
            ids.iter().for_each(|&id| self.forget(id));
            found.extend(ids);
        }
        found
    }

    /// Those of these paths that exist, or lead to another folder than the watched one by now. Each has to
    /// [watch](Self::watch) again.
    pub fn check<'a>(&mut self, paths: impl Iterator<Item = (Id, &'a [u8])>) -> BTreeSet<Id> {
        let mut found = self.leave_parent();
        // Many may wait for the same path.
        let mut known = BTreeMap::<(&[u8], Watched), bool>::new();
        for (id, path) in paths {
            let (Some(watcher), Some(place)) = (&self.watcher, self.places.get(&id)) else {
                continue;
            };
            let has_changed = *known
                .entry((path, place.folder))
                .or_insert_with(|| file::exists(path) || !self.leads_to(watcher, path, place));
            if has_changed {
                self.forget(id);
                found.insert(id);
            }
        }
        found
    }

    /// Whether a path is still watched in this place.
    fn leads_to(&self, watcher: &Watcher, path: &[u8], place: &Place) -> bool {
        match nearest(watcher, path, place.names) {
            Ok(now) if now != *place => {
                if !self.awaited.contains_key(&now.folder) {
                    watcher.remove(now.folder);
                }
                false
            }
            outcome => outcome.is_ok(),
        }
    }
}

/// Watches the nearest folder above a path that exists.
fn nearest(watcher: &Watcher, path: &[u8], names: Names) -> qlocal_sys::Result<Place> {
    let (mut folder, mut name) = split(path).ok_or(Errno::INVAL)?;
    let mut is_final = true;
    loop {
        match watcher.add(if folder.is_empty() { b"/" } else { folder }, names) {
            Ok(watched) => {
                return Ok(Place { folder: watched, name: name.into(), names, is_final })
            }
            Err(Errno::NOENT | Errno::NOTDIR) => {}
            Err(errno) => return Err(errno),
        }
        (folder, name) = split(folder).ok_or(Errno::NOENT)?;
        is_final = false;
    }
}

/// The folder of a path, without a slash at its end, and the name in it.
fn split(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = path.iter().rposition(|&byte| byte != b'/')?;
    let slash = path[..end].iter().rposition(|&byte| byte == b'/')?;
    let folder = &path[..slash];
    let length = folder.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last + 1);
    Some((&folder[..length], &path[slash + 1..=end]))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::ffi::OsStrExt as _;
    use std::path::{Path, PathBuf};

    use super::*;

    struct Root(PathBuf);

    impl Root {
        fn new(test: &str) -> Self {
            let path =
                std::env::temp_dir().join(format!("qlocal-folders-{test}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(path.join("a/b")).unwrap();
            Self(path)
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn check(folders: &mut Folders, path: &Path) -> Vec<Id> {
        folders.check([(1, path.as_os_str().as_bytes())].into_iter()).into_iter().collect()
    }

    #[test]
    fn check_finds_what_is_not_reported() {
        let root = Root::new("check");
        let path = root.0.join("a/b/s");
        let mut folders = Folders::default();
        let watch = |folders: &mut Folders| {
            folders.watch(1, path.as_os_str().as_bytes(), Names::Appearing).unwrap();
        };
        watch(&mut folders);
        assert_eq!(check(&mut folders, &path), []);
        // The folder itself stays what it was.
        fs::rename(root.0.join("a"), root.0.join("old")).unwrap();
        fs::create_dir_all(root.0.join("a/b")).unwrap();
        assert_eq!(folders.read(), BTreeSet::new());
        assert_eq!(check(&mut folders, &path), [1]);
        assert!(!folders.is_watched(1));
        watch(&mut folders);
        assert_eq!(check(&mut folders, &path), []);
        fs::write(&path, "").unwrap();
        assert_eq!(check(&mut folders, &path), [1]);
    }

    #[test]
    fn check_finds_folders_that_have_gone() {
        let root = Root::new("gone");
        let path = root.0.join("a/b/s");
        let mut folders = Folders::default();
        folders.watch(1, path.as_os_str().as_bytes(), Names::Appearing).unwrap();
        fs::remove_dir_all(root.0.join("a")).unwrap();
        assert_eq!(check(&mut folders, &path), [1]);
    }

    #[test]
    fn paths_split_at_last_slash() {
        for (path, folder, name) in [
            ("/run/user/chat", "/run/user", "chat"),
            ("/run//chat/", "/run", "chat"),
            ("/chat", "", "chat"),
            ("//chat", "", "chat"),
        ] {
            assert_eq!(
                split(path.as_bytes()),
                Some((folder.as_bytes(), name.as_bytes())),
                "{path}"
            );
        }
        assert_eq!(split(b"/"), None);
        assert_eq!(split(b""), None);
        assert_eq!(split(b"chat"), None);
    }
}
