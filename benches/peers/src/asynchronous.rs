// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Alternatives: tokio's streams, and those of the interprocess crate on tokio.
//!
//! Server and clients have a thread and a current-thread runtime each; every connection is a task.

use std::future::Future;
use std::io::Result;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use interprocess::local_socket::tokio::prelude::*;
use interprocess::local_socket::{GenericFilePath, ListenerOptions};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufWriter};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::{self, JoinHandle};

use crate::holder::Holder;
use crate::memory;
use crate::pattern::Pattern;
use crate::server::{Duty, Progress};
use crate::workload::{Kind, Outcome, Workload, SLOW_SHARE, SMALL_WRITES_PER_TURN};

/// Where streams come from.
pub trait Transport: 'static {
    type Listener: Send;
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn bind(path: &Path) -> Result<Self::Listener>;
    fn accept(listener: &Self::Listener) -> impl Future<Output = Result<Self::Stream>> + Send;
    fn connect(path: &Path) -> impl Future<Output = Result<Self::Stream>> + Send;
}

pub struct Tokio;

impl Transport for Tokio {
    type Listener = UnixListener;
    type Stream = UnixStream;

    fn bind(path: &Path) -> Result<UnixListener> {
        UnixListener::bind(path)
    }

    async fn accept(listener: &UnixListener) -> Result<UnixStream> {
        Ok(listener.accept().await?.0)
    }

    async fn connect(path: &Path) -> Result<UnixStream> {
        UnixStream::connect(path).await
    }
}

pub struct Interprocess;

impl Transport for Interprocess {
    type Listener = LocalSocketListener;
    type Stream = LocalSocketStream;

    fn bind(path: &Path) -> Result<LocalSocketListener> {
        ListenerOptions::new().name(path.to_fs_name::<GenericFilePath>()?).create_tokio()
    }

    async fn accept(listener: &LocalSocketListener) -> Result<LocalSocketStream> {
        listener.accept().await
    }

    async fn connect(path: &Path) -> Result<LocalSocketStream> {
        LocalSocketStream::connect(path.to_fs_name::<GenericFilePath>()?).await
    }
}

pub fn run<T: Transport>(workload: &Workload, path: &Path) -> Option<Outcome> {
    if workload.kind == Kind::BusyPoll {
        return None;
    }
    let server = Server::start::<T>(workload, path);
    let clients = async {
        match workload.kind {
            Kind::OneWaySmall | Kind::OneWayLarge | Kind::SlowReader => {
                one_way::<T>(workload, path, &server).await
            }
            Kind::Storm => storm::<T>(workload, path, &server).await,
            Kind::Held => held::<T>(workload, path, &server).await,
            Kind::Weight => weight(workload, path, &server),
            _ => bounce::<T>(workload, path, &server).await,
        }
    };
    Some(runtime().block_on(clients))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

struct Server {
    accepted: Progress,
    received: Progress,
}

impl Server {
    fn start<T: Transport>(workload: &Workload, path: &Path) -> Self {
        let server = Server { accepted: Progress::default(), received: Progress::default() };
        let (accepted, received) = (server.accepted.clone(), server.received.clone());
        let duty = Duty::of(workload);
        let path = path.to_owned();
        let is_bound = Progress::default();
        let bound = is_bound.clone();
        thread::spawn(move || {
            runtime().block_on(async {
                let listener = T::bind(&path).expect("a listener");
                bound.add(1);
                loop {
                    let stream = T::accept(&listener).await.expect("a connection");
                    match duty {
                        Duty::Echo => task::spawn(echo(stream)),
                        _ => task::spawn(receive(stream, duty, received.clone())),
                    };
                    accepted.add(1);
                }
            });
        });
        is_bound.wait_for(1);
        server
    }
}

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let size = stream.read(&mut buffer).await.expect("bytes");
        if size == 0 {
            return;
        }
        stream.write_all(&buffer[..size]).await.expect("the client reads");
    }
}

async fn receive(mut stream: impl AsyncRead + Unpin, duty: Duty, received: Progress) {
    let pattern = Pattern::new();
    let mut buffer = vec![0; 256 * 1024];
    let mut position = 0;
    let mut share = 0;
    loop {
        let size = stream.read(&mut buffer).await.expect("bytes");
        if size == 0 {
            return;
        }
        pattern.check(position, &buffer[..size]);
        position += size;
        share += size;
        received.add(size);
        if duty == Duty::ReceiveSlowly && share >= SLOW_SHARE {
            share = 0;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// A client that bounces chunks.
struct Client<S> {
    stream: S,
    pattern: Arc<Pattern>,
    /// Where in the pattern the next chunk begins.
    position: usize,
    buffer: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Client<S> {
    fn new(stream: S, number: usize, workload: &Workload, pattern: &Arc<Pattern>) -> Self {
        let buffer = vec![0; workload.size];
        Client { stream, pattern: pattern.clone(), position: number, buffer }
    }

    /// Returns itself, with the latency of each chunk.
    async fn bounce(mut self, number: usize, workload: Workload) -> (Self, Vec<Duration>) {
        let mut share = workload.share_of(number);
        let mut latencies = Vec::new();
        while share.start_another() {
            let start = Instant::now();
            let chunk = self.pattern.at(self.position, workload.size);
            self.stream.write_all(chunk).await.expect("the server reads");
            self.stream.read_exact(&mut self.buffer).await.expect("bytes");
            assert!(self.buffer == chunk, "other bytes came back than were sent");
            self.position += 1;
            latencies.push(start.elapsed());
        }
        (self, latencies)
    }
}

/// Returns when the server has accepted all of them; `connected` counts those of earlier calls too.
async fn connect_many<T: Transport>(
    connections: usize,
    path: &Path,
    server: &Server,
    connected: &mut usize,
) -> Vec<T::Stream> {
    // Below every backlog: a connect that finds it full is an error.
    const BATCH: usize = 25;
    let mut streams = Vec::new();
    for number in 1..=connections {
        streams.push(T::connect(path).await.expect("a connection"));
        *connected += 1;
        if number % BATCH == 0 || number == connections {
            server.accepted.wait_for(*connected);
        }
    }
    streams
}

type Clients<T> = Vec<Client<<T as Transport>::Stream>>;

async fn bounce<T: Transport>(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let pattern = Arc::new(Pattern::new());
    let mut clients = Clients::<T>::new();
    let mut connected = 0;
    for stream in connect_many::<T>(workload.active(), path, server, &mut connected).await {
        clients.push(Client::new(stream, clients.len(), workload, &pattern));
    }
    let _idle = connect_many::<T>(workload.idle(), path, server, &mut connected).await;

    if workload.warm_up {
        bounce_all::<T>(&mut clients, &workload.tenth()).await;
    }
    let start = Instant::now();
    let latencies = bounce_all::<T>(&mut clients, workload).await;
    let took = start.elapsed();
    match workload.kind {
        Kind::PingPong | Kind::DataExchange => Outcome::of_bounce(workload, latencies.len(), took),
        _ => Outcome::of_latencies(latencies),
    }
}

/// All clients at once; returns the latency of each chunk.
async fn bounce_all<T: Transport>(clients: &mut Clients<T>, workload: &Workload) -> Vec<Duration> {
    let tasks: Vec<JoinHandle<_>> = clients
        .drain(..)
        .enumerate()
        .map(|(number, client)| task::spawn(client.bounce(number, workload.clone())))
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        let (client, latencies) = task.await.expect("no task continues after a panic");
        clients.push(client);
        all.extend(latencies);
    }
    all
}

async fn one_way<T: Transport>(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let stream = T::connect(path).await.expect("a connection");
    let pattern = Pattern::new();
    // It must hold the small pieces of a turn; large ones bypass it.
    let mut writer = BufWriter::with_capacity(64 * 1024, stream);
    let mut position = 0;
    let is_slow = workload.kind == Kind::SlowReader;
    if workload.warm_up && !is_slow {
        write(&workload.tenth(), &mut writer, &pattern, &mut position).await;
        server.received.wait_for(position);
    }
    memory::reset_peak();
    let before = memory::resident();
    let start = Instant::now();
    write(workload, &mut writer, &pattern, &mut position).await;
    server.received.wait_for(position);
    if is_slow {
        return Outcome::of_memory(memory::peak().saturating_sub(before), workload.count);
    }
    Outcome::of_bytes(workload.count * workload.size, workload.count, start.elapsed())
}

async fn write(
    workload: &Workload,
    writer: &mut (impl AsyncWrite + Unpin),
    pattern: &Pattern,
    position: &mut usize,
) {
    for number in 1..=workload.count {
        writer.write_all(pattern.at(*position, workload.size)).await.expect("the server reads");
        *position += workload.size;
        if workload.kind == Kind::OneWaySmall && number % SMALL_WRITES_PER_TURN == 0 {
            writer.flush().await.expect("the server reads");
            task::yield_now().await;
        }
    }
    writer.flush().await.expect("the server reads");
}

async fn storm<T: Transport>(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let mut begun = 0;
    if workload.warm_up {
        repeat::<T>(workload.tenth().count, path, &mut begun).await;
    }
    let start = Instant::now();
    repeat::<T>(workload.count, path, &mut begun).await;
    let took = start.elapsed();
    server.accepted.wait_for(begun);
    Outcome::of_storm(workload.count, took)
}

async fn repeat<T: Transport>(connections: usize, path: &Path, begun: &mut usize) {
    for _ in 0..connections {
        *begun += 1;
        let mut stream = T::connect(path).await.expect("a connection");
        stream.write_all(&[*begun as u8]).await.expect("the server reads");
        let mut byte = [0; 2];
        assert_eq!(stream.read(&mut byte).await.expect("bytes"), 1);
        assert_eq!(byte[0], *begun as u8, "another byte came back than was sent");
    }
}

async fn held<T: Transport>(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let pattern = Arc::new(Pattern::new());
    let mut clients = Clients::<T>::new();
    let mut took = Duration::ZERO;
    let mut connected = 0;
    for (timed, untimed) in workload.parts() {
        let start = Instant::now();
        let mut streams = connect_many::<T>(timed, path, server, &mut connected).await;
        took += start.elapsed();
        streams.extend(connect_many::<T>(untimed, path, server, &mut connected).await);
        for stream in streams {
            clients.push(Client::new(stream, clients.len(), workload, &pattern));
        }
    }
    let one_each = Workload { count: workload.connections, ..workload.clone() };
    let latencies = bounce_all::<T>(&mut clients, &one_each).await;
    assert_eq!(latencies.len(), workload.connections);
    Outcome::of_connections(workload.count.min(workload.connections), took)
}

fn weight(workload: &Workload, path: &Path, server: &Server) -> Outcome {
    let mut holder = Holder::start(path, workload.connections);
    let before = memory::resident();
    holder.connect();
    server.accepted.wait_for(workload.connections);
    let grown = memory::resident().saturating_sub(before);
    holder.exchange();
    Outcome::of_weight(grown, workload.connections)
}
