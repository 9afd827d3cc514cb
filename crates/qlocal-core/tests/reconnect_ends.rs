// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The end of a wait for a server, by the user or because no attempt is left.

use std::fs;
use std::io::Read as _;
use std::os::unix::net::UnixListener;

use qlocal_core::{Address, Effect, Namespace, Reconnect, State, Stream};

mod util;
use util::kept::*;
use util::*;

#[test]
fn error_is_announced_when_no_attempt_is_left() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(Reconnect { attempts: 2, ..often() });
    kept.connect(&folder.address("s"));
    kept.until(|kept| !kept.stream.is_reconnecting());
    assert_eq!(kept.announced(), [(1, Some(SHORT)), (2, Some(SHORT))]);
    let failed = [
        "Connecting @Connecting",
        "error NotFound @Connecting",
        "close @Unconnected",
        "Unconnected @Unconnected",
    ];
    assert_eq!(kept.record.words(), failed);
    assert_eq!(kept.reactor.held(), 0);
    // Not even when the server appears.
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    settle(&kept.reactor);
    assert_eq!(kept.stream.state(), State::Unconnected);
}

#[test]
fn invalid_name_is_not_retried() {
    let kept = Kept::new(hourly());
    let invalid = Address::resolve(b"", Namespace::Abstract);
    kept.stream.connect(invalid, Ok(kept.reactor.clone()), None);
    assert!(kept.record.words().contains(&"error InvalidName @Connecting".to_owned()));
    assert!(!kept.stream.is_reconnecting());
}

/// Nothing is left of a wait: no timer, no watch, no attempt.
#[track_caller]
fn assert_over(kept: &Kept, folder: &Folder, descriptors: usize) {
    assert!(!kept.stream.is_reconnecting());
    assert_eq!(kept.reactor.held(), 0);
    assert_eq!(open_descriptors(), descriptors);
    let announced = kept.announced().len();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    server.set_nonblocking(true).unwrap();
    settle(&kept.reactor);
    assert!(server.accept().is_err());
    assert_eq!(kept.announced().len(), announced);
}

#[test]
fn each_end_cancels_the_wait() {
    if is_parent("each_end_cancels_the_wait") {
        return;
    }
    let _dog = watchdog();
    Kept::warm_up();
    let ends: [fn(&Stream); 5] =
        [Stream::disconnect, Stream::close, Stream::abort, Stream::detach, Stream::let_go];
    for end in ends {
        let folder = Folder::new();
        let kept = Kept::new(hourly());
        let descriptors = open_descriptors();
        kept.connect(&folder.address("s"));
        kept.until_waiting();
        end(&kept.stream);
        assert_over(&kept, &folder, descriptors);
    }
}

#[test]
fn each_end_cancels_in_handler_of_attempt() {
    if is_parent("each_end_cancels_in_handler_of_attempt") {
        return;
    }
    let _dog = watchdog();
    Kept::warm_up();
    let ends: [fn(&Stream); 5] =
        [Stream::disconnect, Stream::close, Stream::abort, Stream::detach, Stream::let_go];
    for end in ends {
        let folder = Folder::new();
        let kept = Kept::new(hourly());
        let descriptors = open_descriptors();
        kept.on_attempt(end);
        kept.connect(&folder.address("s"));
        kept.until_announced(1);
        assert_over(&kept, &folder, descriptors);
    }
}

#[test]
fn each_end_cancels_in_handler_of_disconnected() {
    if is_parent("each_end_cancels_in_handler_of_disconnected") {
        return;
    }
    let _dog = watchdog();
    Kept::warm_up();
    for end in [Stream::disconnect, Stream::close, Stream::abort] {
        let folder = Folder::new();
        let server = UnixListener::bind(folder.join("s")).unwrap();
        let kept = Kept::new(often());
        let descriptors = open_descriptors();
        kept.record.once(Effect::Disconnected, end);
        kept.connect(&folder.address("s"));
        drop(server.accept().unwrap());
        drop(server);
        fs::remove_file(folder.join("s")).unwrap();
        kept.until(|kept| kept.record.has(Effect::Disconnected));
        assert_over(&kept, &folder, descriptors - 1);
    }
}

#[test]
fn abort_in_handler_of_connecting_ends_attempt() {
    let _dog = watchdog();
    let folder = Folder::new();
    let kept = Kept::new(hourly());
    kept.record.once(Effect::StateChanged(State::Connecting), Stream::abort);
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    let server = UnixListener::bind(folder.join("s")).unwrap();
    kept.until(|kept| kept.record.has(Effect::ReadChannelFinished));
    assert_eq!(kept.stream.state(), State::Unconnected);
    assert!(!kept.stream.is_reconnecting());
    // The server sees a connection that ends at once.
    let mut bytes = vec![];
    assert_eq!(server.accept().unwrap().0.read_to_end(&mut bytes).unwrap(), 0);
}

#[test]
fn user_may_connect_elsewhere_while_waiting() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _server = UnixListener::bind(folder.join("other")).unwrap();
    let kept = Kept::new(hourly());
    kept.connect(&folder.address("s"));
    kept.until_waiting();
    kept.connect(&folder.address("other"));
    assert_eq!(kept.record.words(), CONNECTED);
    assert_eq!(kept.reactor.held(), 0);
}

#[test]
fn end_by_user_is_final() {
    let _dog = watchdog();
    let folder = Folder::new();
    let _server = UnixListener::bind(folder.join("s")).unwrap();
    for end in [Stream::disconnect, Stream::close, Stream::abort] {
        let kept = Kept::new(often());
        kept.connect(&folder.address("s"));
        end(&kept.stream);
        settle(&kept.reactor);
        assert_eq!(kept.stream.state(), State::Unconnected);
        assert!(!kept.stream.is_reconnecting());
        assert_eq!(kept.reactor.held(), 0);
    }
}
