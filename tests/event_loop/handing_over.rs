// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Large transfers, which pass on memory instead of copying it.

use std::io;

use qlocal::{ErrorKind, Limits, LocalServer, LocalStream};

use crate::pair::{connect, run};
use crate::Application;

crate::tests![
    relay_echoes_received_memory,
    queued_memory_is_taken,
    memory_beyond_limit_is_kept,
    owned_write_after_end_is_error,
];

const LARGE: usize = 100_000;

fn relay_echoes_received_memory(mut application: Application) {
    let server = LocalServer::listen("echo").unwrap();
    server.on_connection(|stream| {
        stream.on_ready_read(|stream| {
            let mut bytes = stream.read_to_vec();
            stream.write_owned(&mut bytes).unwrap();
            assert!(bytes.is_empty());
        });
        stream.detach();
    });
    let client = LocalStream::connect("echo").unwrap();
    let (mut rounds, mut received) = (5, Vec::new());
    client.on_ready_read(move |stream| {
        received.extend(stream.read_to_vec());
        if received.len() == LARGE {
            assert!(received.iter().all(|byte| *byte == rounds));
            received.clear();
            rounds -= 1;
            if rounds == 0 {
                return qlocal::quit();
            }
            stream.write_owned(&mut vec![rounds; LARGE]).unwrap();
        }
    });
    client.write_owned(&mut vec![5; LARGE]).unwrap();
    run(&mut application);
}

fn queued_memory_is_taken(mut application: Application) {
    let (client, accepted) = connect(&mut application);
    for size in [0, 10, LARGE] {
        let mut bytes = vec![1; size];
        assert_eq!(client.write_owned(&mut bytes).unwrap(), size);
        assert!(bytes.is_empty());
    }
    assert_eq!(client.bytes_to_write(), LARGE + 10);
    accepted.on_ready_read(|stream| {
        if stream.bytes_available() == LARGE + 10 {
            qlocal::quit();
        }
    });
    run(&mut application);
    assert!(accepted.read_to_vec() == vec![1; LARGE + 10]);
}

fn memory_beyond_limit_is_kept(mut application: Application) {
    let (client, _accepted) = connect(&mut application);
    client.set_limits(Limits { max_queued: LARGE, ..client.limits() });
    let mut bytes = vec![1; LARGE + 1];
    assert_eq!(client.write_owned(&mut bytes).unwrap(), LARGE);
    assert_eq!(bytes.len(), LARGE + 1);
    let refused = client.write_owned(&mut bytes).unwrap_err();
    assert_eq!((refused.kind(), bytes.len()), (io::ErrorKind::WouldBlock, LARGE + 1));
}

fn owned_write_after_end_is_error(mut application: Application) {
    let (client, _accepted) = connect(&mut application);
    client.abort();
    let mut bytes = vec![1; LARGE];
    let error = client.write_owned(&mut bytes).unwrap_err();
    assert_eq!((error.kind(), bytes.len()), (io::ErrorKind::NotConnected, LARGE));
    let error: qlocal::Error = error.downcast().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}
