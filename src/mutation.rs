// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Injected faults, in decorators between the bridge and the engine: `script/differential --mutation
//! NAME` shows that the comparison with stock Qt finds each of them. They exist only with the feature
//! `mutations`, which no normal build has.

use std::fs;
use std::ops::Deref;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use qlocal_core::{
    AcceptorHost, Address, Effect, Error, ErrorKind, Host, Operation, PeerCredentials, Refusal,
    State, Wait,
};

/// The faults and their effects. `script/differential --mutations` reads this table.
const MUTATIONS: &[(&str, &str)] = &[
    ("abort-sends", "abort sends the written bytes first"),
    ("announced-in-write", "write emits bytesWritten"),
    ("byte-lost-at-end", "an unread byte is lost when the peer closes"),
    ("closing-skipped", "stateChanged(Closing) is not emitted"),
    ("error-swapped", "a closing peer is reported as a refused connection"),
    ("file-left", "the socket file remains after the server closes"),
    ("finished-twice", "readChannelFinished is emitted twice"),
    ("flush-always-true", "flush returns true when nothing was sent"),
    ("input-dropped", "unread input is dropped when the peer closes"),
    ("limit-off-by-one", "accepting pauses one connection too early"),
    ("name-left", "the server name remains after the connection has ended"),
    ("nested-ready-read", "readyRead is emitted inside its own handler"),
    ("signals-swapped", "disconnected is emitted before readChannelFinished"),
    ("silent-time-out", "a wait that times out reports no error"),
];

/// Whether this fault was requested.
fn is(name: &str) -> bool {
    static CHOSEN: OnceLock<String> = OnceLock::new();
    debug_assert!(MUTATIONS.iter().any(|(known, _)| *known == name));
    CHOSEN.get_or_init(|| std::env::var("QLOCAL_MUTATION").unwrap_or_default()) == name
}

/// A stream with faults in its functions and in its effects.
#[derive(Clone, Default)]
pub(crate) struct Stream {
    inner: qlocal_core::Stream,
    memory: Arc<Memory>,
}

/// What the clones of a stream share with its host.
#[derive(Default)]
struct Memory {
    host: Mutex<Option<Arc<dyn Host>>>,
    name: Mutex<String>,
    address: Mutex<Option<Address>>,
    /// A handler of `ReadyRead` runs that no nested one was called in.
    in_ready_read: AtomicBool,
}

impl Stream {
    pub fn attach(&self, host: Arc<dyn Host>) {
        *lock(&self.memory.host) = Some(host);
        self.inner.attach(Arc::new(SocketHost(self.clone())));
    }

    pub fn detach(&self) {
        self.inner.detach();
        *lock(&self.memory.host) = None;
    }

    pub fn write_staged(&self, data: &[u8]) -> Option<usize> {
        let taken = self.inner.write_staged(data);
        if taken.is_some() && is("announced-in-write") {
            self.inner.flush();
        }
        taken
    }

    pub fn flush(&self) -> bool {
        self.inner.flush() || is("flush-always-true")
    }

    pub fn abort(&self) {
        if is("abort-sends") {
            self.inner.flush();
        }
        self.inner.abort();
    }

    pub fn name(&self) -> String {
        let name = self.inner.name();
        let mut last = lock(&self.memory.name);
        if !name.is_empty() || !is("name-left") {
            last.clone_from(&name);
        }
        last.clone()
    }

    pub fn address(&self) -> Address {
        let address = self.inner.address();
        let mut last = lock(&self.memory.address);
        match last.as_ref() {
            Some(last) if address == Address::Unnamed && is("name-left") => last.clone(),
            _ => last.insert(address).clone(),
        }
    }

    pub fn disconnected_wait(&self, deadline: Option<Instant>) -> Wait {
        self.nest();
        self.inner.disconnected_wait(deadline)
    }

    pub fn ready_read_wait(&self, deadline: Option<Instant>) -> Wait {
        self.nest();
        self.inner.ready_read_wait(deadline)
    }

    pub fn bytes_written_wait(&self, deadline: Option<Instant>) -> Wait {
        self.nest();
        self.inner.bytes_written_wait(deadline)
    }

    fn nest(&self) {
        if is("nested-ready-read") && self.memory.in_ready_read.swap(false, Relaxed) {
            self.pass_on(Effect::ReadyRead);
        }
    }

    /// Passes an effect to the host, unless a handler has destroyed that.
    fn pass_on(&self, effect: Effect) {
        let host = lock(&self.memory.host).clone();
        host.into_iter().for_each(|host| host.carry_out(effect));
    }
}

impl Deref for Stream {
    type Target = qlocal_core::Stream;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

/// The host of a stream, with faults. The stream that it holds lets go of it in `detach`.
struct SocketHost(Stream);

impl Host for SocketHost {
    fn carry_out(&self, effect: Effect) {
        let Self(stream) = self;
        match effect {
            Effect::StateChanged(State::Closing) if is("closing-skipped") => {}
            Effect::ReadChannelFinished if is("finished-twice") => {
                stream.pass_on(effect);
                stream.pass_on(effect);
            }
            Effect::ReadChannelFinished if is("signals-swapped") => {
                stream.pass_on(Effect::Disconnected);
            }
            Effect::Disconnected if is("signals-swapped") => {
                stream.pass_on(Effect::ReadChannelFinished);
            }
            Effect::ReadyRead if is("nested-ready-read") => {
                stream.memory.in_ready_read.store(true, Relaxed);
                stream.pass_on(effect);
                stream.memory.in_ready_read.store(false, Relaxed);
            }
            Effect::ErrorOccurred(error) => self.announce(error),
            _ => stream.pass_on(effect),
        }
    }

    fn unstage(&self, take: &mut dyn FnMut(&[u8])) {
        let host = lock(&self.0.memory.host).clone();
        if let Some(host) = host {
            host.unstage(take);
        }
    }
}

impl SocketHost {
    fn announce(&self, error: Error) {
        let Self(stream) = self;
        let mut announced = error;
        match error.kind() {
            ErrorKind::TimedOut
                if error.operation() == Operation::Wait && is("silent-time-out") =>
            {
                return
            }
            ErrorKind::PeerClosed if is("error-swapped") => {
                announced = Error::new(ErrorKind::ConnectionRefused, Operation::Recv);
            }
            ErrorKind::PeerClosed if is("input-dropped") => {
                stream.skip(stream.bytes_available());
            }
            ErrorKind::PeerClosed if is("byte-lost-at-end") => {
                stream.skip(1);
            }
            _ => {}
        }
        stream.pass_on(Effect::ErrorOccurred(announced));
    }
}

/// An acceptor with faults.
#[derive(Clone, Default)]
pub(crate) struct Acceptor(qlocal_core::Acceptor);

impl Acceptor {
    pub fn attach(&self, host: Arc<dyn AcceptorHost>) {
        self.0.attach(Arc::new(ServerHost(host)));
    }

    pub fn detach(&self) {
        self.keep_file(qlocal_core::Acceptor::detach);
    }

    pub fn close(&self) {
        self.keep_file(qlocal_core::Acceptor::close);
    }

    /// Closes, but keeps the file of the server.
    fn keep_file(&self, close: impl Fn(&qlocal_core::Acceptor)) {
        let listener = self.0.listener().filter(|_| is("file-left"));
        let address = listener.map(|listener| listener.address().clone());
        let path = address.as_ref().and_then(Address::path).map(String::from_utf8_lossy);
        let kept = path.as_ref().map(|path| format!("{path}.kept"));
        if let (Some(path), Some(kept)) = (&path, &kept) {
            let _ = fs::hard_link(&**path, kept);
        }
        close(&self.0);
        if let (Some(path), Some(kept)) = (path, kept) {
            let _ = fs::rename(kept, &*path);
        }
    }
}

impl Deref for Acceptor {
    type Target = qlocal_core::Acceptor;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// The host of an acceptor, with a fault.
struct ServerHost(Arc<dyn AcceptorHost>);

impl AcceptorHost for ServerHost {
    fn deliver(&self, connection: OwnedFd) {
        self.0.deliver(connection);
    }

    fn pending(&self) -> usize {
        match self.0.pending() {
            pending @ 1.. if is("limit-off-by-one") => pending + 1,
            pending => pending,
        }
    }

    fn is_accepting(&self) -> bool {
        self.0.is_accepting()
    }

    fn set_accepting(&self, accepting: bool) {
        self.0.set_accepting(accepting);
    }

    fn accept_later(&self, after: Duration) {
        self.0.accept_later(after);
    }

    fn loop_found(&self) {
        self.0.loop_found();
    }

    fn allows(&self, peer: &PeerCredentials) -> bool {
        self.0.allows(peer)
    }

    fn refused(&self, refusal: Refusal) {
        self.0.refused(refusal);
    }

    fn accept_failed(&self, error: Error) {
        self.0.accept_failed(error);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
