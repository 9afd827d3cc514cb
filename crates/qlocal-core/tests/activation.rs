// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Socket activation: the variables, and the fate of the descriptors.
//!
//! A process gets descriptors when it starts. A test that takes some therefore starts itself again:
//! its second half runs in a process whose id is `LISTEN_PID`, with descriptors from 3 on.

use std::env;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::sync::Barrier;

use qlocal_core::{Activation, ErrorKind, Listener, Result};
use qlocal_sys::inherited::{self, Inherited};

mod util;
use util::*;

/// The activation of process 7 with these variables.
fn for_process_7(pid: &str, count: &str, names: Option<&str>) -> Activation {
    let bytes = |text: &str| text.as_bytes().to_vec();
    Activation {
        pid: Some(bytes(pid)),
        count: Some(bytes(count)),
        names: names.map(bytes),
        process: 7,
    }
}

#[track_caller]
fn assert_none(activation: &Activation, why: &str) {
    let error = activation.names().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotActivated);
    assert!(error.to_string().contains(why), "{error}");
    assert!(error.to_string().contains("socket unit"), "{error}");
}

#[test]
fn each_descriptor_has_its_name() {
    let activation = for_process_7("7", "2", Some("a:b c"));
    assert_eq!(activation.names().unwrap(), [&b"a"[..], b"b c"]);
}

#[test]
fn descriptor_without_name_is_unknown() {
    let activation = for_process_7("7", "2", None);
    assert_eq!(activation.names().unwrap(), [b"unknown"; 2]);
}

#[test]
fn name_may_be_empty_or_no_text() {
    let activation = Activation { names: Some(b":\xff".to_vec()), ..for_process_7("7", "2", None) };
    assert_eq!(activation.names().unwrap(), [&b""[..], b"\xff"]);
}

#[test]
fn unset_variables_mean_no_activation() {
    let activation = for_process_7("7", "1", None);
    assert_none(&Activation { count: None, ..activation.clone() }, "LISTEN_FDS is not set");
    assert_none(&Activation { pid: None, ..activation }, "LISTEN_PID is not set");
}

#[test]
fn other_process_descriptors_are_not_taken() {
    assert_none(&for_process_7("8", "1", None), "LISTEN_PID is the ID of another process");
    // Its low bits are 7.
    assert_none(&for_process_7("4294967303", "1", None), "LISTEN_PID is the ID of another process");
}

#[test]
fn zero_descriptors_mean_no_activation() {
    assert_none(&for_process_7("7", "0", None), "LISTEN_FDS is 0");
}

#[test]
fn process_that_is_no_number_is_error() {
    for pid in ["", "x", "-7", "+7", " 7", "7 ", "7\n", "0x7", "99999999999999999999"] {
        assert_none(&for_process_7(pid, "1", None), "LISTEN_PID is not");
    }
}

#[test]
fn count_that_makes_no_sense_is_error() {
    for count in ["", "x", "-1", "+1", " 1", "1 ", "1.5", "2147483647", "18446744073709551617"] {
        assert_none(&for_process_7("7", count, None), "LISTEN_FDS is not");
    }
}

#[test]
fn wrong_number_of_names_fails() {
    for names in ["a", "a:b:c", "a:b:", "::::::::"] {
        assert_none(&for_process_7("7", "2", Some(names)), "LISTEN_FDNAMES");
    }
}

/// The descriptors that a process is started with, by name, in order.
type Given = Vec<(&'static str, OwnedFd)>;

/// Written by a second half that has succeeded: a run of no test succeeds, too.
const DONE: &str = "done";

/// Runs `second` in a separate process, with the descriptors that `first` creates there; `first`
/// also returns a value to keep until that process has ended.
#[track_caller]
fn in_activated_process<T>(test: &str, first: impl FnOnce(&Folder) -> (Given, T), second: fn()) {
    let _dog = watchdog();
    if env::var_os("LISTEN_FDS").is_some() {
        second();
        std::fs::write(DONE, test).unwrap();
        return;
    }
    let folder = Folder::new();
    let (given, _stays) = first(&folder);
    let names: Vec<_> = given.iter().map(|(name, _)| *name).collect();
    // exec keeps the shell's process id; two descriptors are passed as its input and output. Its
    // success is not reported separately: it is not a test of its own.
    let (count, names) = (given.len(), names.join(":"));
    let moved = ["", "3<&0", "3<&0 4<&1"][count];
    let script = format!("LISTEN_PID=$$ exec \"$0\" \"$@\" {moved} </dev/null >/dev/null");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).current_dir(folder.path());
    command.env("LISTEN_FDS", count.to_string()).env("LISTEN_FDNAMES", names);
    let mut descriptors = given.into_iter().map(|(_, descriptor)| Stdio::from(descriptor));
    command.stdin(descriptors.next().unwrap());
    if let Some(other) = descriptors.next() {
        command.stdout(other);
    }
    assert!(command.status().unwrap().success(), "{test}");
    assert_eq!(std::fs::read_to_string(folder.join(DONE)).unwrap(), test);
}

fn take(name: &str) -> Result<Listener> {
    Activation::new(variable).take(Some(name.as_bytes()))
}

fn take_any() -> Result<Listener> {
    Activation::new(variable).take(None)
}

#[track_caller]
fn assert_nothing(outcome: Result<Listener>, why: &str) {
    let error = outcome.map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotActivated);
    assert!(error.to_string().contains(why), "{error}");
}

/// Whether a descriptor is closed on exec, like one that was taken.
#[track_caller]
fn is_closed_on_exec(number: RawFd) -> bool {
    let about = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}")).unwrap();
    let flags = about.lines().find_map(|line| line.strip_prefix("flags:")).unwrap();
    i64::from_str_radix(flags.trim(), 8).unwrap() & 0o2_000_000 != 0
}

fn one(folder: &Folder) -> (Given, ()) {
    let listener = UnixListener::bind(folder.join("one")).unwrap();
    (vec![("one", listener.into())], ())
}

fn two(folder: &Folder) -> (Given, ()) {
    let (mut given, ()) = one(folder);
    given.push(("two", UnixListener::bind(folder.join("two")).unwrap().into()));
    (given, ())
}

#[test]
fn inherited_descriptor_keeps_its_name() {
    in_activated_process("inherited_descriptor_keeps_its_name", one, || {
        let listener = take("one").unwrap();
        assert_eq!(listener.address(), &file_address(&env::current_dir().unwrap().join("one")));
        let _client = UnixStream::connect("one").unwrap();
        assert!(listener.accept().unwrap().is_some());
        assert!(listener.accept().unwrap().is_none());
    });
}

#[test]
fn connection_from_before_is_accepted() {
    let early = |folder: &Folder| {
        let (given, ()) = one(folder);
        let mut client = UnixStream::connect(folder.join("one")).unwrap();
        client.write_all(b"early").unwrap();
        (given, client)
    };
    in_activated_process("connection_from_before_is_accepted", early, || {
        let connection = take("one").unwrap().accept().unwrap().unwrap();
        let mut bytes = [0; 5];
        let connection = UnixStream::from(connection);
        connection.set_nonblocking(false).unwrap();
        (&connection).read_exact(&mut bytes).unwrap();
        assert_eq!(&bytes, b"early");
    });
}

#[test]
fn inherited_file_stays_after_drop() {
    in_activated_process("inherited_file_stays_after_drop", one, || {
        drop(take("one").unwrap());
        assert!(std::fs::exists("one").unwrap());
    });
}

#[test]
fn taken_descriptor_is_closed_on_exec() {
    in_activated_process("taken_descriptor_is_closed_on_exec", two, || {
        // As soon as it is taken, before it becomes a listener.
        let taken = inherited::take(3).unwrap();
        assert!(matches!(taken, Inherited::Ours(_)));
        assert!(is_closed_on_exec(3));
        assert!(!is_closed_on_exec(4));
    });
}

#[test]
fn descriptor_is_taken_once() {
    in_activated_process("descriptor_is_taken_once", one, || {
        let listener = take("one").unwrap();
        assert_nothing(take("one"), "already taken");
        assert_nothing(take_any(), "already taken");
        drop(listener);
        assert_nothing(take("one"), "already taken");
    });
}

#[test]
fn reused_number_is_not_taken() {
    in_activated_process("reused_number_is_not_taken", one, || {
        let other = UnixListener::bind("other").unwrap();
        drop(take("one").unwrap());
        // The lowest number, and not closed on exec.
        let again = rustix::io::dup(&other).unwrap();
        assert_eq!(again.as_raw_fd(), 3);
        assert_nothing(take("one"), "already taken");
    });
}

#[test]
fn own_descriptor_is_not_taken() {
    in_activated_process("own_descriptor_is_not_taken", one, || {
        let own = UnixListener::bind("own").unwrap();
        let count = own.as_raw_fd() - 2;
        let names = format!("{}own", "x:".repeat(count as usize - 1));
        let activation = Activation {
            count: Some(count.to_string().into()),
            names: Some(names.into()),
            ..Activation::new(variable)
        };
        assert_nothing(activation.take(Some(b"own")), "already taken");
    });
}

#[test]
fn threads_never_share_one() {
    in_activated_process("threads_never_share_one", one, || {
        const THREADS: usize = 8;
        let start = Barrier::new(THREADS);
        let take = || {
            start.wait();
            take_any()
        };
        let outcomes: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(take)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    });
}

#[test]
fn names_are_taken_in_any_order() {
    in_activated_process("names_are_taken_in_any_order", two, || {
        let second = take("two").unwrap();
        let first = take("one").unwrap();
        assert_eq!(first.address().short_name(), b"one");
        assert_eq!(second.address().short_name(), b"two");
    });
}

#[test]
fn unnamed_descriptors_are_taken_in_order() {
    in_activated_process("unnamed_descriptors_are_taken_in_order", two, || {
        assert_eq!(take_any().unwrap().address().short_name(), b"one");
        assert_eq!(take_any().unwrap().address().short_name(), b"two");
        assert_nothing(take_any(), "already taken");
    });
}

#[test]
fn same_name_is_taken_in_order() {
    let same = |folder: &Folder| {
        let (given, ()) = two(folder);
        (given.into_iter().map(|(_, descriptor)| ("same", descriptor)).collect(), ())
    };
    in_activated_process("same_name_is_taken_in_order", same, || {
        assert_eq!(take("same").unwrap().address().short_name(), b"one");
        assert_eq!(take("same").unwrap().address().short_name(), b"two");
    });
}

#[test]
fn unknown_name_takes_nothing() {
    in_activated_process("unknown_name_takes_nothing", one, || {
        assert_nothing(take("On"), "LISTEN_FDNAMES does not contain this name");
        assert!(take("one").is_ok());
    });
}

#[test]
fn abstract_name_matches_kernel() {
    let bind = |_: &Folder| {
        use std::os::linux::net::SocketAddrExt;
        let name = format!("qlocal-activation-{}", std::process::id());
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name).unwrap();
        (vec![("one", UnixListener::bind_addr(&address).unwrap().into())], ())
    };
    in_activated_process("abstract_name_matches_kernel", bind, || {
        let listener = take("one").unwrap();
        assert!(listener.address().full_name().starts_with(b"qlocal-activation-"));
    });
}

/// A descriptor of this name cannot be taken and stays unchanged, and the next one can be taken.
#[track_caller]
fn is_refused_and_untouched() {
    for outcome in [take("wrong"), take_any()] {
        let error = outcome.map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.to_string().contains("local stream socket"), "{error}");
    }
    assert!(!is_closed_on_exec(3));
    assert!(take("two").is_ok());
}

fn before_valid(wrong: OwnedFd, folder: &Folder) -> (Given, ()) {
    let listener = UnixListener::bind(folder.join("two")).unwrap();
    (vec![("wrong", wrong), ("two", listener.into())], ())
}

#[test]
fn socket_of_network_is_refused() {
    let tcp =
        |folder: &Folder| before_valid(TcpListener::bind("127.0.0.1:0").unwrap().into(), folder);
    in_activated_process("socket_of_network_is_refused", tcp, is_refused_and_untouched);
}

#[test]
fn datagram_socket_is_refused() {
    let datagram = |folder: &Folder| {
        before_valid(UnixDatagram::bind(folder.join("one")).unwrap().into(), folder)
    };
    in_activated_process("datagram_socket_is_refused", datagram, is_refused_and_untouched);
}

#[test]
fn pipe_is_refused() {
    let pipe = |folder: &Folder| {
        let (reader, writer) = util::pipe();
        let (given, ()) = before_valid(reader.into(), folder);
        (given, writer)
    };
    in_activated_process("pipe_is_refused", pipe, is_refused_and_untouched);
}

#[test]
fn connection_is_refused() {
    // As passed by a unit with Accept=yes.
    let connection = |folder: &Folder| {
        let listener = UnixListener::bind(folder.join("one")).unwrap();
        let client = UnixStream::connect(folder.join("one")).unwrap();
        let (given, ()) = before_valid(listener.accept().unwrap().0.into(), folder);
        (given, client)
    };
    in_activated_process("connection_is_refused", connection, is_refused_and_untouched);
}

#[test]
fn socket_that_does_not_listen_is_refused() {
    use rustix::net::{bind, socket, AddressFamily, SocketAddrUnix, SocketType};
    let bound = |folder: &Folder| {
        let bound = socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap();
        bind(&bound, &SocketAddrUnix::new(folder.join("one")).unwrap()).unwrap();
        before_valid(bound, folder)
    };
    in_activated_process("socket_that_does_not_listen_is_refused", bound, is_refused_and_untouched);
}

#[test]
fn descriptor_that_is_closed_is_error() {
    in_activated_process("descriptor_that_is_closed_is_error", one, || {
        // Some of these are open, but only the first was passed.
        let many = Some(b"500".to_vec());
        let activation = Activation { count: many, names: None, ..Activation::new(variable) };
        let _first = activation.take(None).unwrap();
        let error = activation.take(None).unwrap_err();
        assert_eq!((error.kind(), error.errno_name()), (ErrorKind::Unsupported, Some("EBADF")));
    });
}

#[test]
fn child_is_another_process() {
    in_activated_process("child_is_another_process", one, || {
        // The same half in a child that has inherited the variables and the descriptor.
        if Activation::new(variable).names().is_err() {
            return assert_nothing(take("one"), "the ID of another process");
        }
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "child_is_another_process", "--nocapture"]);
        assert!(child.status().unwrap().success());
        assert!(take("one").is_ok());
    });
}
