// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Socket activation. Each test that takes a descriptor restarts itself with it.

use std::env;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use qlocal::{ErrorKind, LocalServer};

use crate::pair::run;
use crate::Application;

crate::tests![
    missing_service_manager_is_error,
    earlier_clients_are_served,
    dropped_server_keeps_inherited_file,
    unknown_name_is_error,
];

fn path() -> PathBuf {
    env::temp_dir().join("given")
}

/// Whether this process was given the descriptor `chat`. If not, starts one that is, and waits
/// until that has succeeded.
fn is_activated() -> bool {
    if env::var_os("LISTEN_FDS").is_some() {
        return true;
    }
    let listener = UnixListener::bind(path()).unwrap();
    assert!(service(&listener).status().unwrap().success());
    false
}

/// This test in a process that was given a descriptor.
fn service(listener: &UnixListener) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "LISTEN_PID=$$ exec \"$0\" 3<&0 </dev/null"]);
    command.arg(env::current_exe().unwrap());
    command.stdin(Stdio::from(std::os::fd::OwnedFd::from(listener.try_clone().unwrap())));
    command.env("LISTEN_FDS", "1").env("LISTEN_FDNAMES", "chat");
    command
}

fn missing_service_manager_is_error(_application: Application) {
    assert!(LocalServer::activation_names().is_empty());
    let error = LocalServer::activated(None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotActivated);
    assert!(error.to_string().contains("LISTEN_FDS is not set"), "{error}");
    assert!(error.to_string().contains("socket unit"), "{error}");
}

fn earlier_clients_are_served(mut application: Application) {
    if env::var_os("LISTEN_FDS").is_some() {
        assert_eq!(LocalServer::activation_names(), ["chat"]);
        let server = LocalServer::activated("chat").unwrap();
        assert_eq!(server.address().path(), Some(path().as_os_str().as_encoded_bytes()));
        server.on_connection(|stream| {
            stream.on_ready_read(|stream| {
                stream.write(&stream.read_to_vec()).unwrap();
                stream.disconnect();
            });
            stream.on_disconnected(|_| qlocal::quit());
            stream.detach();
        });
        return run(&mut application);
    }
    let listener = UnixListener::bind(path()).unwrap();
    let mut client = UnixStream::connect(path()).unwrap();
    client.write_all(b"early").unwrap();
    assert!(service(&listener).status().unwrap().success());
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "early");
}

fn dropped_server_keeps_inherited_file(_application: Application) {
    if is_activated() {
        drop(LocalServer::activated(None).unwrap());
        assert!(path().exists());
        assert_eq!(LocalServer::activated(None).unwrap_err().kind(), ErrorKind::NotActivated);
    }
}

fn unknown_name_is_error(_application: Application) {
    if is_activated() {
        let error = LocalServer::activated("other").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotActivated);
        assert!(error.to_string().starts_with("other: LISTEN_FDNAMES"), "{error}");
        assert!(LocalServer::activated("chat").is_ok());
    }
}
