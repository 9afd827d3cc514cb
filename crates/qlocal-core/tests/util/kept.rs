// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A stream that keeps its connection, for its tests.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use qlocal_core::{Address, Reactor, Reconnect, Reconnecting, State, Stream};

use super::{reactor, turn_for, turn_until, Folder, Recorder};

pub const HOUR: Duration = Duration::from_secs(3600);
pub const CONNECTED: [&str; 4] =
    ["Connecting @Connecting", "Connected @Connected", "open @Connected", "connected @Connected"];

pub const SHORT: Duration = Duration::from_millis(5);

type Action = Box<dyn FnMut(&Stream) + Send>;

/// A stream that keeps its connection, and what it has announced.
pub struct Kept {
    pub reactor: Arc<Reactor>,
    pub stream: Stream,
    pub record: Arc<Recorder>,
    pub attempts: Arc<Attempts>,
}

pub struct Attempts {
    stream: Stream,
    announced: Mutex<Vec<(u32, Option<Duration>)>>,
    action: Mutex<Option<Action>>,
}

impl Reconnecting for Attempts {
    fn reconnecting(&self, attempt: u32, delay: Option<Duration>) {
        assert!(self.stream.is_reconnecting());
        self.announced.lock().unwrap().push((attempt, delay));
        let action = self.action.lock().unwrap().take();
        if let Some(mut action) = action {
            action(&self.stream);
        }
    }
}

impl Kept {
    #[track_caller]
    pub fn new(policy: Reconnect) -> Self {
        Self::on(&reactor(), policy)
    }

    pub fn on(reactor: &Arc<Reactor>, policy: Reconnect) -> Self {
        let stream = Stream::new();
        let record = Recorder::attach(&stream);
        let attempts = Arc::new(Attempts {
            stream: stream.clone(),
            announced: Mutex::default(),
            action: Mutex::default(),
        });
        stream.keep_connected(policy, attempts.clone());
        Self { reactor: reactor.clone(), stream, record, attempts }
    }

    /// Lets this thread have its inotify instance, which it keeps.
    pub fn warm_up() {
        let folder = Folder::new();
        let kept = Self::new(hourly());
        kept.connect(&folder.address("s"));
        kept.until_waiting();
    }

    pub fn connect(&self, address: &Address) {
        self.stream.connect(Ok(address.clone()), Ok(self.reactor.clone()), Some(HOUR));
    }

    pub fn on_attempt(&self, action: impl FnMut(&Stream) + Send + 'static) {
        *self.attempts.action.lock().unwrap() = Some(Box::new(action));
    }

    pub fn announced(&self) -> Vec<(u32, Option<Duration>)> {
        self.attempts.announced.lock().unwrap().clone()
    }

    #[track_caller]
    pub fn until(&self, mut done: impl FnMut(&Self) -> bool) {
        turn_until(&self.reactor, || done(self));
    }

    #[track_caller]
    pub fn until_announced(&self, count: usize) {
        self.until(|kept| kept.announced().len() >= count);
    }

    /// Turns until it waits, and has made the attempt that follows the announcement.
    #[track_caller]
    pub fn until_waiting(&self) {
        self.until_announced(1);
        self.until(|kept| {
            kept.reactor
                .next_tick()
                .is_none_or(|tick| tick > Instant::now() + Duration::from_secs(10))
        });
    }

    /// Lets a connection live for longer than an interval of [`SHORT`]: it is not a short one.
    pub fn let_live(&self) {
        turn_for(&self.reactor, 2 * SHORT);
    }

    #[track_caller]
    pub fn until_connected(&self) {
        self.until(|kept| kept.stream.state() == State::Connected);
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.stream.detach();
    }
}

/// Without the watch, nothing happens while a test runs.
pub fn hourly() -> Reconnect {
    Reconnect { initial: HOUR, max: HOUR, jitter: 0, ..Reconnect::default() }
}

/// Attempts follow at short intervals.
pub fn often() -> Reconnect {
    Reconnect { initial: SHORT, max: SHORT, jitter: 0, ..Reconnect::default() }
}
