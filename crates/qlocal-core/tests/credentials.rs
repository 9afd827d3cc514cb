// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Peer credentials.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use qlocal_core::{ErrorKind, Listener, PeerCredentials, Stream};
use qlocal_sys::Errno;

mod util;
use util::*;

/// Inspects the server's end of a connection.
#[track_caller]
fn accepted<T>(listener: &Listener, look: impl FnOnce(&Stream) -> T) -> T {
    assert!(listener.wait(deadline()).unwrap());
    let (stream, _record) = adopted(&reactor(), listener.accept().unwrap().unwrap());
    let seen = look(&stream);
    stream.detach();
    seen
}

/// A server that any user may connect to.
#[track_caller]
fn open_listener(folder: &Folder) -> Listener {
    Listener::bind(folder.address("a"), Some(0o777), 10).unwrap()
}

fn own_groups() -> Vec<u32> {
    let groups = rustix::process::getgroups().unwrap();
    groups.into_iter().map(rustix::process::Gid::as_raw).collect()
}

#[track_caller]
fn check_own(peer: &PeerCredentials) {
    assert_eq!(peer.uid, rustix::process::geteuid().as_raw());
    assert_eq!(peer.gid, rustix::process::getegid().as_raw());
    assert_eq!(peer.groups, own_groups());
    assert_eq!(peer.pid, Some(std::process::id()));
}

#[test]
fn server_reads_credentials_of_its_client() {
    let folder = Folder::new();
    let listener = open_listener(&folder);
    let _client = UnixStream::connect(folder.join("a")).unwrap();
    check_own(&accepted(&listener, Stream::peer_credentials).unwrap());
}

#[test]
fn client_reads_credentials_of_its_server() {
    let folder = Folder::new();
    let _listener = open_listener(&folder);
    let client = Stream::new();
    let _record = Recorder::attach(&client);
    client.connect(Ok(folder.address("a")), Ok(reactor()), None);
    check_own(&client.peer_credentials().unwrap());
    client.detach();
}

#[test]
fn another_user_has_all_groups() {
    let folder = Folder::new();
    let listener = open_listener(&folder);
    // More than fit into the first buffer.
    let groups: Vec<u32> = (70_000..70_100).collect();
    let _client = connect_as(&folder.join("a"), OTHER_UID, 77, &groups);
    let peer = accepted(&listener, Stream::peer_credentials).unwrap();
    if is_root() {
        assert_eq!((peer.uid, peer.gid), (OTHER_UID, 77));
        assert_eq!(peer.groups, groups);
        assert!(peer.is_in_group(77) && peer.is_in_group(70_099) && !peer.is_in_group(70_100));
    } else {
        check_own(&peer);
    }
}

#[test]
fn credentials_are_from_connect_time() {
    let folder = Folder::new();
    let listener = open_listener(&folder);
    let client = connect_as(&folder.join("a"), OTHER_UID, 77, &[]);
    // Root writes and closes, instead of the user who connected.
    (&client).write_all(b"x").unwrap();
    drop(client);
    let peer = accepted(&listener, Stream::peer_credentials).unwrap();
    assert_eq!(peer.uid, if is_root() { OTHER_UID } else { rustix::process::geteuid().as_raw() });
}

#[test]
fn unconnected_stream_has_no_peer() {
    let stream = Stream::new();
    assert_eq!(stream.peer_credentials().unwrap_err().kind(), ErrorKind::NotConnected);
    assert_eq!(stream.peer_process().unwrap_err().kind(), ErrorKind::NotConnected);
    let wire = Wire::new();
    wire.stream.abort();
    assert_eq!(wire.stream.peer_credentials().unwrap_err().kind(), ErrorKind::NotConnected);
}

#[test]
fn process_descriptor_reports_exit() {
    let _watchdog = watchdog();
    if let Some(path) = child_argument() {
        let _client = UnixStream::connect(path).unwrap();
        let _ = std::io::stdin().read(&mut [0]);
        return;
    }
    let folder = Folder::new();
    let listener = open_listener(&folder);
    let path = folder.join("a");
    let mut client = child(
        "process_descriptor_reports_exit",
        path.to_str().expect("the folder for temporary files has a name in UTF-8"),
    )
    .spawn()
    .unwrap();
    let (peer, process) =
        accepted(&listener, |stream| (stream.peer_credentials(), stream.peer_process()));
    assert_eq!(peer.unwrap().pid, Some(client.id()));
    match process {
        Ok(process) => {
            client.kill().unwrap();
            wait_readable(&process);
        }
        // An older kernel reports that.
        Err(error) => {
            assert_eq!(error.raw_os_error(), Some(Errno::NOPROTOOPT.raw_os_error()));
            client.kill().unwrap();
        }
    }
    client.wait().unwrap();
}
