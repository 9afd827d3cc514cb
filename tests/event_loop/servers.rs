// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Listening, accepting, and names.

use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::rc::Rc;
use std::{env, process};

use qlocal::{Address, ErrorKind, LocalServer, LocalStream, ServerName};

use crate::pair::{echo_server, run};
use crate::Application;

crate::tests![
    missing_server_has_hint,
    impossible_name_is_error,
    live_name_is_in_use,
    regular_file_stays,
    plain_name_is_private,
    relative_path_is_in_temp_folder,
    private_name_has_no_slash,
    random_name_accepts_connections,
    error_has_call_number_path_and_hint,
    abstract_name_has_no_file,
    dropped_server_removes_its_file,
    server_dropped_in_its_handler,
    connections_wait_for_handler,
    connections_wait_during_handlers_loop,
    lack_of_descriptors_is_reported,
];

fn missing_server_has_hint(_application: Application) {
    let error = LocalStream::connect("missing").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("start the server"), "{error}");
}

fn impossible_name_is_error(_application: Application) {
    for (name, kind) in [
        ("", ErrorKind::InvalidName),
        ("a\0b", ErrorKind::InvalidName),
        (&format!("/{}", "x".repeat(200)), ErrorKind::NameTooLong),
    ] {
        assert_eq!(LocalServer::listen(name).unwrap_err().kind(), kind, "{name:?}");
        assert_eq!(LocalStream::connect(name).unwrap_err().kind(), kind, "{name:?}");
    }
}

fn live_name_is_in_use(_application: Application) {
    let _server = echo_server("taken");
    let error = LocalServer::listen("taken").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddressInUse);
    assert!(LocalStream::connect("taken").is_ok());
}

fn regular_file_stays(_application: Application) {
    let path = env::temp_dir().join("file");
    fs::write(&path, "precious").unwrap();
    assert_eq!(LocalServer::listen("file").unwrap_err().kind(), ErrorKind::AddressInUse);
    assert_eq!(LocalStream::connect("file").unwrap_err().kind(), ErrorKind::ConnectionRefused);
    assert_eq!(fs::read(&path).unwrap(), b"precious");
}

fn plain_name_is_private(_application: Application) {
    // The session's folder, here inside the other one.
    let session = env::temp_dir().join("session");
    fs::DirBuilder::new().mode(0o700).create(&session).unwrap();
    env::set_var("XDG_RUNTIME_DIR", &session);
    let _server = echo_server("short");
    let mode = fs::metadata(session.join("short")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(LocalStream::connect("short").is_ok());
    assert!(LocalStream::connect(session.join("short").as_path()).is_ok());
    let public = LocalStream::connect(Path::new("short"));
    assert_eq!(public.unwrap_err().kind(), ErrorKind::NotFound);
}

fn relative_path_is_in_temp_folder(_application: Application) {
    env::set_var("XDG_RUNTIME_DIR", "/nowhere");
    let _server = LocalServer::listen(Path::new("short")).unwrap();
    let path = env::temp_dir().join("short");
    assert!(path.exists());
    assert!(LocalStream::connect(path.as_path()).is_ok());
}

fn private_name_has_no_slash(_application: Application) {
    let error = LocalServer::listen("a/b").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidName);
    let error = LocalStream::connect("../a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidName);
}

fn random_name_accepts_connections(_application: Application) {
    let server = LocalServer::listen_on_random_name().unwrap();
    let other = LocalServer::listen_on_random_name().unwrap();
    assert_ne!(server.address(), other.address());
    let path = String::from_utf8(server.address().full_name().to_vec()).unwrap();
    assert_eq!(Path::new(&path).parent(), Some(&*env::temp_dir()));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(LocalStream::connect(&path).is_ok());
    drop(server);
    assert!(!Path::new(&path).exists());
}

fn error_has_call_number_path_and_hint(_application: Application) {
    let path = env::temp_dir().join("none/a");
    let tried = [
        (LocalServer::listen(path.as_path()).map(drop), "bind"),
        (LocalStream::connect(path.as_path()).map(drop), "connect"),
    ];
    for (outcome, call) in tried {
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::NotFound, call));
        assert_eq!((error.errno_name(), error.raw_os_error()), (Some("ENOENT"), Some(2)));
        assert_eq!(error.address().path(), Some(path.as_os_str().as_bytes()));
        let text = error.to_string();
        for part in [path.to_str().unwrap(), call, "ENOENT (2)", &error.hint()] {
            assert!(text.contains(part), "{text}");
        }
    }
    let long = LocalStream::connect(Path::new(&"x".repeat(200))).unwrap_err();
    assert_eq!(long.kind(), ErrorKind::NameTooLong);
    assert!(long.address().path().unwrap().ends_with(b"xxx"));
}

fn abstract_name_has_no_file(_application: Application) {
    let name = format!("event_loop {}\0", process::id());
    let name = ServerName::Abstract(name.as_bytes());
    let server = LocalServer::listen(name).unwrap();
    assert!(matches!(server.address(), Address::Abstract(_)));
    assert_eq!(fs::read_dir(env::temp_dir()).unwrap().count(), 0);
    assert!(LocalStream::connect(name).is_ok());
    drop(server);
    assert_eq!(LocalStream::connect(name).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

fn dropped_server_removes_its_file(_application: Application) {
    let path = env::temp_dir().join("brief");
    let server = echo_server("brief");
    assert!(path.exists());
    drop(server);
    assert!(!path.exists());
    assert_eq!(LocalStream::connect("brief").unwrap_err().kind(), ErrorKind::NotFound);
}

fn server_dropped_in_its_handler(mut application: Application) {
    let server = Rc::new(RefCell::new(Some(LocalServer::listen("once").unwrap())));
    let own = server.clone();
    let count = Rc::new(Cell::new(0));
    let connections = count.clone();
    let accept = move |stream: LocalStream| {
        connections.set(connections.get() + 1);
        drop(own.take());
        stream.write(b"welcome").unwrap();
        stream.detach();
    };
    server.borrow().as_ref().unwrap().on_connection(accept);
    let client = LocalStream::connect("once").unwrap();
    let other = LocalStream::connect("once").unwrap();
    let ended = Rc::new(Cell::new(false));
    let mark = ended.clone();
    other.on_disconnected(move |_| mark.set(true));
    client.on_ready_read(|_| qlocal::quit());
    run(&mut application);
    assert_eq!(client.read_to_vec(), b"welcome");
    assert_eq!(count.get(), 1);
    assert!(!Path::new(&env::temp_dir().join("once")).exists());
    while !ended.get() {
        application.process_events();
    }
}

fn connections_wait_for_handler(mut application: Application) {
    let server = LocalServer::listen("late").unwrap();
    let _client = LocalStream::connect("late").unwrap();
    for _ in 0..10 {
        application.process_events();
    }
    server.on_connection(|_| qlocal::quit());
    run(&mut application);
}

fn connections_wait_during_handlers_loop(application: Application) {
    let application = Rc::new(application);
    let server = echo_server("nested");
    let (inner, depth, count) = (application.clone(), Cell::new(0), Rc::new(Cell::new(0)));
    let accepted = count.clone();
    server.on_connection(move |_| {
        depth.set(depth.get() + 1);
        assert_eq!(depth.get(), 1);
        for _ in 0..5 {
            inner.process_events();
        }
        depth.set(0);
        accepted.set(accepted.get() + 1);
    });
    let _clients: Vec<_> = (0..3).map(|_| LocalStream::connect("nested").unwrap()).collect();
    while count.get() < 3 {
        application.process_events();
    }
}

fn lack_of_descriptors_is_reported(mut application: Application) {
    let server = echo_server("full");
    let client = LocalStream::connect("full").unwrap();
    client.write(b"hello").unwrap();
    client.on_ready_read(|_| qlocal::quit());
    let files = Rc::new(RefCell::new(Vec::new()));
    while let Ok(file) = File::open("/dev/null") {
        files.borrow_mut().push(file);
    }
    let errors = Rc::new(RefCell::new(Vec::new()));
    let seen = errors.clone();
    server.on_error(move |error| {
        seen.borrow_mut().push(error.kind());
        files.borrow_mut().clear();
    });
    run(&mut application);
    assert_eq!(client.read_to_vec(), b"hello");
    assert_eq!(*errors.borrow(), [ErrorKind::ResourceExhausted]);
}
