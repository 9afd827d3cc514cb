// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! No process takes a name from a live server, and no name is lost, whatever happens meanwhile to
//! starting servers and to the folder.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::{symlink, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use qlocal_core::{random_name, remove_server, ErrorKind, Listener, Operation};
use rustix::fs::{FlockOperation, Mode, OFlags, CWD};

mod util;
use util::*;

fn bind(path: &Path) -> qlocal_core::Result<Listener> {
    Listener::bind(file_address(path), None, 50)
}

/// Whether a connection to the path arrives at this listener.
fn answers(path: &Path, listener: &Listener) -> bool {
    UnixStream::connect(path).is_ok() && matches!(listener.accept(), Ok(Some(_)))
}

/// Leaves a file, like a server that was killed.
fn leave_stale_file(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
    while UnixStream::connect(path).is_ok() {
        std::thread::yield_now();
    }
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Runs this test again in a process of `nobody`, if this one may start it; otherwise in one of
/// this user, who then has no privileges.
///
/// The program is copied, since another user may not be able to read the folder it was built in.
fn child_as_nobody(folder: &Folder, test: &str, argument: &Path) -> Child {
    let argument = argument.to_str().unwrap();
    let mut command = child(test, argument);
    if rustix::process::geteuid().is_root() {
        let program = folder.join("program");
        if !program.exists() {
            std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
            set_mode(folder.path(), 0o755);
        }
        let as_nobody = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        let mut run = Command::new("setpriv");
        run.args(as_nobody).arg(program).args(command.get_args());
        run.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        run.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
        command = run;
    }
    command.spawn().unwrap()
}

/// A child's answer to one line.
fn say(text: &str) {
    println!("\nanswer {text}");
}

#[track_caller]
fn answer(child: &mut Child) -> String {
    let mut line = String::new();
    let mut output = BufReader::with_capacity(1, child.stdout.as_mut().unwrap());
    while !line.starts_with("answer ") {
        line.clear();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "the child does not answer");
    }
    line["answer ".len()..].trim().to_owned()
}

fn go(child: &mut Child) {
    child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
}

fn wait_for_go() {
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// Kills it without letting it clean up.
fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn one_of_hundred_processes_gets_name() {
    let _watchdog = watchdog_for(3 * TIMEOUT);
    if let Some(path) = child_argument() {
        wait_for_go();
        let outcome = bind(Path::new(&path));
        say(if outcome.is_ok() { "won" } else { "lost" });
        return wait_for_go();
    }
    let folder = Folder::new();
    let path = folder.join("a");
    // The first time the name is free; later the winner has been killed, and its file is left.
    for round in 0..2 {
        let test = "one_of_hundred_processes_gets_name";
        let mut starters: Vec<Child> =
            (0..100).map(|_| child(test, path.to_str().unwrap()).spawn().unwrap()).collect();
        starters.iter_mut().for_each(go);
        let outcomes: Vec<String> = starters.iter_mut().map(answer).collect();
        let winners = outcomes.iter().filter(|outcome| *outcome == "won").count();
        assert_eq!(winners, 1, "round {round}");
        assert!(UnixStream::connect(&path).is_ok());
        starters.into_iter().for_each(kill);
    }
    assert!(bind(&path).is_ok());
}

#[test]
fn killed_servers_never_lose_or_steal_names() {
    let _watchdog = watchdog_for(3 * TIMEOUT);
    if let Some(path) = child_argument() {
        return serve_again_and_again(Path::new(&path));
    }
    let folder = Folder::new();
    let path = folder.join("a");
    let start = || {
        let test = "killed_servers_never_lose_or_steal_names";
        child(test, path.to_str().unwrap()).spawn().unwrap()
    };
    let mut servers: Vec<Child> = (0..8).map(|_| start()).collect();
    let until = Instant::now() + Duration::from_secs(4);
    let mut killed = 0;
    // A slow machine takes longer for the same number.
    while killed < 50 || Instant::now() < until {
        for server in &mut servers {
            std::thread::sleep(Duration::from_micros(u64::from(random(5000))));
            assert_eq!(server.try_wait().unwrap(), None, "a live server was displaced");
            kill(std::mem::replace(server, start()));
            killed += 1;
        }
    }
    servers.into_iter().for_each(kill);
    let listener = bind(&path).unwrap();
    assert!(answers(&path, &listener));
}

/// Ends only once another process has the name of a live server.
fn serve_again_and_again(path: &Path) {
    loop {
        let Ok(listener) = bind(path) else { continue };
        let until = Instant::now() + Duration::from_micros(u64::from(random(3000)));
        while Instant::now() < until {
            if !answers(path, &listener) {
                std::process::abort();
            }
        }
    }
}

fn random(below: u32) -> u32 {
    let name = random_name().unwrap();
    name.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % below
}

#[test]
fn other_users_lock_does_not_block() {
    let _watchdog = watchdog();
    let test = "other_users_lock_does_not_block";
    if let Some(path) = child_argument() {
        let _lock = lock_folder(Path::new(&path));
        say("locked");
        return wait_for_go();
    }
    let folder = Folder::new();
    let mut holder = child_as_nobody(&folder, test, folder.path());
    assert_eq!(answer(&mut holder), "locked");
    let path = folder.join("a");
    leave_stale_file(&path);
    // The second lock still prevents them from taking the name from each other.
    let outcomes = race(&path, 4);
    kill(holder);
    let winners: Vec<&Listener> = outcomes.iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    assert!(answers(&path, winners[0]));
}

fn lock_folder(path: &Path) -> impl Sized {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let folder = rustix::fs::openat(CWD, path, flags, Mode::empty()).unwrap();
    rustix::fs::flock(&folder, FlockOperation::LockExclusive).unwrap();
    folder
}

fn race(path: &Path, count: usize) -> Vec<qlocal_core::Result<Listener>> {
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..count).map(|_| scope.spawn(|| bind(path))).collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    })
}

/// The second lock: a name derived from the folder's identity.
fn lock_name(path: &Path) -> impl Sized {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::fs::MetadataExt as _;
    let folder = std::fs::metadata(path).unwrap();
    let name = format!("qlocal folder {}:{}", folder.dev(), folder.ino());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
    std::os::unix::net::UnixDatagram::bind_addr(&address).unwrap()
}

#[test]
fn without_locks_only_free_names_are_bound() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (_folder, _name) = (lock_folder(folder.path()), lock_name(folder.path()));
    let path = folder.join("stale");
    leave_stale_file(&path);
    let error = bind(&path).map(drop).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::AddressInUse, Operation::Lock));
    assert!(path.exists());
    let free = bind(&folder.join("free")).unwrap();
    assert!(answers(&folder.join("free"), &free));
}

#[test]
fn name_in_unreadable_folder_is_reclaimed() {
    let _watchdog = watchdog();
    if let Some(path) = child_argument() {
        let path = PathBuf::from(path).join("a");
        leave_stale_file(&path);
        set_mode(path.parent().unwrap(), 0o300);
        assert!(std::fs::read_dir(path.parent().unwrap()).is_err());
        let outcomes = race(&path, 4);
        assert_eq!(outcomes.iter().flatten().count(), 1, "{outcomes:?}");
        set_mode(path.parent().unwrap(), 0o700);
        return say("one");
    }
    let folder = Folder::new();
    let inner = folder.join("inner");
    std::fs::create_dir(&inner).unwrap();
    set_mode(&inner, 0o777);
    let test = "name_in_unreadable_folder_is_reclaimed";
    // The child must own it: no other user may change its mode.
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&inner, Some(65534), Some(65534)).unwrap();
    }
    let mut child = child_as_nobody(&folder, test, &inner);
    assert_eq!(answer(&mut child), "one");
    assert!(child.wait().unwrap().success());
}

#[test]
fn sticky_stale_file_is_access_denied() {
    let _watchdog = watchdog();
    if let Some(path) = child_argument() {
        let error = bind(Path::new(&path)).map(drop).unwrap_err();
        return say(&format!("{error}"));
    }
    if !rustix::process::geteuid().is_root() {
        // One user cannot leave a file of another.
        return;
    }
    let folder = Folder::new();
    let sticky = folder.join("sticky");
    std::fs::create_dir(&sticky).unwrap();
    set_mode(&sticky, 0o1777);
    leave_stale_file(&sticky.join("a"));
    set_mode(&sticky.join("a"), 0o777);
    let test = "sticky_stale_file_is_access_denied";
    let mut child = child_as_nobody(&folder, test, &sticky.join("a"));
    let error = answer(&mut child);
    child.wait().unwrap();
    assert!(error.starts_with("unlink: EPERM"), "{error}");
    assert!(sticky.join("a").exists());
}

#[test]
fn restricted_socket_is_never_open() {
    let _watchdog = watchdog();
    if let Some(path) = child_argument() {
        say("tries");
        let mut connected = 0;
        while !Path::new(&path).with_extension("end").exists() {
            connected += usize::from(UnixStream::connect(&path).is_ok());
        }
        return say(&connected.to_string());
    }
    let folder = Folder::new();
    let test = "restricted_socket_is_never_open";
    let path = folder.join("a");
    let mut child = child_as_nobody(&folder, test, &path);
    assert_eq!(answer(&mut child), "tries");
    // Without privileges the child runs as the same user: then neither has permission.
    let mode = if rustix::process::geteuid().is_root() { 0o700 } else { 0o077 };
    for _ in 0..2000 {
        drop(Listener::bind(file_address(&path), Some(mode), 50).unwrap());
    }
    std::fs::write(path.with_extension("end"), "").unwrap();
    assert_eq!(answer(&mut child), "0");
    child.wait().unwrap();
}

#[test]
fn setting_mode_keeps_process_umask() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let done = AtomicBool::new(false);
    let (file, socket) = (folder.join("file"), folder.join("a"));
    std::fs::write(&file, "").unwrap();
    let usual = std::fs::metadata(&file).unwrap().permissions().mode();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for mode in [0o777, 0o000].repeat(500) {
                drop(Listener::bind(file_address(&socket), Some(mode), 50).unwrap());
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            std::fs::remove_file(&file).unwrap();
            std::fs::write(&file, "").unwrap();
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode(), usual);
        }
    });
}

#[test]
fn file_created_before_removal_is_kept() {
    let _watchdog = watchdog();
    let folder = Folder::new();
    let (name, file, socket) = (folder.join("a"), folder.join("file"), folder.join("socket"));
    std::fs::write(&file, "precious").unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                remove_server(&file_address(&name));
            }
        });
        for _ in 0..2000 {
            drop(UnixListener::bind(&socket).unwrap());
            let _ = std::fs::rename(&socket, &name);
            std::fs::rename(&file, &name).unwrap();
            let until = Instant::now() + Duration::from_secs(5);
            // It may be renamed for a moment.
            while std::fs::rename(&name, &file).is_err() && Instant::now() < until {}
            if !file.exists() {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
}

#[test]
fn bind_during_removal_keeps_name() {
    if child_argument().is_none() {
        // It counts descriptors of the process.
        return run_child("bind_during_removal_keeps_name", "alone");
    }
    let _watchdog = watchdog();
    let folder = Folder::new();
    let name = folder.join("a");
    let opened = || {
        let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        all.filter(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to == folder.path())).count()
    };
    leave_stale_file(&name);
    let locks = (lock_folder(folder.path()), lock_name(folder.path()));
    let before = opened();
    std::thread::scope(|scope| {
        let removal = scope.spawn(|| remove_server(&file_address(&name)));
        // It has chosen the file to remove once it has opened the folder a second time, to lock it.
        while opened() < before + 2 {
            std::thread::yield_now();
        }
        std::fs::remove_file(&name).unwrap();
        let _server = UnixListener::bind(&name).unwrap();
        drop(locks);
        assert!(removal.join().unwrap(), "the file to remove is gone");
        UnixStream::connect(&name).unwrap();
    });
}

#[test]
fn only_own_empty_file_is_removed() {
    let folder = Folder::new();
    let (own, other) = (folder.join("own"), folder.join("other"));
    std::fs::write(&own, "").unwrap();
    assert!(remove_server(&file_address(&own)));
    assert!(!own.exists());
    if !is_root() {
        return;
    }
    std::fs::write(&other, "").unwrap();
    std::os::unix::fs::chown(&other, Some(OTHER_UID), None).unwrap();
    assert!(!remove_server(&file_address(&other)));
    assert!(other.exists());
}

#[test]
fn symlink_to_live_socket_is_not_stale() {
    let folder = Folder::new();
    let theirs = folder.join("theirs");
    leave_stale_file(&theirs);
    symlink(&theirs, folder.join("a")).unwrap();
    assert_eq!(bind(&folder.join("a")).map(drop).unwrap_err().kind(), ErrorKind::AddressInUse);
    assert!(theirs.exists() && folder.join("a").is_symlink());
}

#[test]
fn replaced_folder_keeps_files_of_others() {
    let folder = Folder::new();
    let (first, second, link) = (folder.join("first"), folder.join("second"), folder.join("link"));
    std::fs::create_dir(&first).unwrap();
    std::fs::create_dir(&second).unwrap();
    symlink(&first, &link).unwrap();
    let mine = bind(&link.join("a")).unwrap();
    std::fs::remove_file(&link).unwrap();
    symlink(&second, &link).unwrap();
    let theirs = bind(&link.join("a")).unwrap();
    drop(mine);
    assert!(answers(&link.join("a"), &theirs));
}

#[test]
fn recreated_folder_has_another_lock() {
    let folder = Folder::new();
    let inner = folder.join("inner");
    std::fs::create_dir(&inner).unwrap();
    let old = bind(&inner.join("a")).unwrap();
    std::fs::remove_dir_all(&inner).unwrap();
    std::fs::create_dir(&inner).unwrap();
    let new = bind(&inner.join("a")).unwrap();
    drop(old);
    assert!(answers(&inner.join("a"), &new));
    std::fs::remove_dir_all(&inner).unwrap();
    drop(new);
    assert!(!inner.exists());
}
