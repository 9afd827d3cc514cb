// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is played, and which calls fail meanwhile. A plan is a line of text, which reproduces it.

use std::fmt;
use std::str::FromStr;

use qlocal_sys::fault::Call;
use qlocal_sys::Errno;

use crate::random::Random;

/// A workload with its faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub workload: Workload,
    /// Determines sizes and the order of actions.
    pub seed: u64,
    pub faults: Vec<Fault>,
}

/// The workload, see `workload`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    Connect,
    Echo,
    Large,
    HalfClose,
    PeerGone,
    FullBacklog,
    Storm,
    Move,
    Wait,
    Restart,
    Late,
    Instance,
    Name,
    HandOver,
}

/// The `count` calls from the `first` of this kind on get this fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    pub call: Call,
    pub first: u64,
    pub count: u64,
    pub what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The call fails.
    Errno(Errno),
    /// The kernel moves no more than this many bytes.
    Short(usize),
    /// The descriptor was closed behind the engine's back.
    Closed,
}

const WORKLOADS: &[(&str, Workload, u64)] = &[
    ("connect", Workload::Connect, 10),
    ("echo", Workload::Echo, 20),
    ("large", Workload::Large, 10),
    ("half-close", Workload::HalfClose, 12),
    ("peer-gone", Workload::PeerGone, 12),
    ("full-backlog", Workload::FullBacklog, 3),
    ("storm", Workload::Storm, 6),
    ("move", Workload::Move, 8),
    ("wait", Workload::Wait, 12),
    ("restart", Workload::Restart, 7),
    ("late", Workload::Late, 7),
    ("instance", Workload::Instance, 8),
    ("name", Workload::Name, 5),
    ("hand-over", Workload::HandOver, 7),
];

type Numbers = &'static [(&'static str, Errno)];

const NO_DESCRIPTOR: Numbers =
    &[("EMFILE", Errno::MFILE), ("ENFILE", Errno::NFILE), ("ENOMEM", Errno::NOMEM)];
const NO_FILE: Numbers = &[
    ("EACCES", Errno::ACCESS),
    ("EMFILE", Errno::MFILE),
    ("ENFILE", Errno::NFILE),
    ("ENOMEM", Errno::NOMEM),
    ("EPERM", Errno::PERM),
];
const NO_ANSWER: Numbers =
    &[("EBADF", Errno::BADF), ("ENOBUFS", Errno::NOBUFS), ("ENOMEM", Errno::NOMEM)];

/// The calls, with their weights and possible errors.
const CALLS: &[(&str, Call, u64, Numbers)] = &[
    (
        "accept",
        Call::Accept,
        10,
        &[
            ("EINTR", Errno::INTR),
            ("EAGAIN", Errno::AGAIN),
            ("ECONNABORTED", Errno::CONNABORTED),
            ("EMFILE", Errno::MFILE),
            ("ENFILE", Errno::NFILE),
            ("ENOBUFS", Errno::NOBUFS),
            ("ENOMEM", Errno::NOMEM),
            ("EPERM", Errno::PERM),
        ],
    ),
    ("bind", Call::Bind, 1, NO_FILE),
    ("chmod", Call::Chmod, 1, NO_FILE),
    (
        "connect",
        Call::Connect,
        8,
        &[
            ("EINTR", Errno::INTR),
            ("EAGAIN", Errno::AGAIN),
            ("ECONNABORTED", Errno::CONNABORTED),
            ("ECONNREFUSED", Errno::CONNREFUSED),
            ("ECONNRESET", Errno::CONNRESET),
            ("ENOMEM", Errno::NOMEM),
            ("EPERM", Errno::PERM),
        ],
    ),
    (
        "epoll_add",
        Call::EpollAdd,
        5,
        &[("ENOMEM", Errno::NOMEM), ("ENOSPC", Errno::NOSPC), ("EPERM", Errno::PERM)],
    ),
    ("epoll_create", Call::EpollCreate, 2, NO_DESCRIPTOR),
    ("event_create", Call::EventCreate, 1, NO_DESCRIPTOR),
    ("epoll_delete", Call::EpollDelete, 3, &[("ENOENT", Errno::NOENT), ("EBADF", Errno::BADF)]),
    ("epoll_modify", Call::EpollModify, 5, &[("ENOMEM", Errno::NOMEM), ("ENOENT", Errno::NOENT)]),
    ("epoll_wait", Call::EpollWait, 5, &[("EINTR", Errno::INTR), ("ENOMEM", Errno::NOMEM)]),
    ("fchmod", Call::Fchmod, 1, NO_FILE),
    ("fcntl", Call::Fcntl, 2, NO_ANSWER),
    (
        "flock",
        Call::Flock,
        1,
        &[("EINTR", Errno::INTR), ("EAGAIN", Errno::AGAIN), ("ENOLCK", Errno::NOLCK)],
    ),
    ("getaffinity", Call::GetAffinity, 1, &[("EINVAL", Errno::INVAL), ("EPERM", Errno::PERM)]),
    ("getpeername", Call::Getpeername, 1, NO_ANSWER),
    ("getsockname", Call::Getsockname, 1, NO_ANSWER),
    ("getsockopt", Call::Getsockopt, 1, NO_ANSWER),
    (
        "inotify_add",
        Call::InotifyAdd,
        3,
        &[
            ("EACCES", Errno::ACCESS),
            ("ENOENT", Errno::NOENT),
            ("ENOMEM", Errno::NOMEM),
            ("ENOSPC", Errno::NOSPC),
        ],
    ),
    (
        "inotify_create",
        Call::InotifyCreate,
        2,
        &[
            ("EMFILE", Errno::MFILE),
            ("ENFILE", Errno::NFILE),
            ("ENOMEM", Errno::NOMEM),
            ("ENOSYS", Errno::NOSYS),
        ],
    ),
    (
        "inotify_read",
        Call::InotifyRead,
        3,
        &[("EINTR", Errno::INTR), ("EAGAIN", Errno::AGAIN), ("ENOMEM", Errno::NOMEM)],
    ),
    ("ioctl", Call::Ioctl, 1, &[("EBADF", Errno::BADF), ("ENOTTY", Errno::NOTTY)]),
    ("listen", Call::Listen, 1, &[("EADDRINUSE", Errno::ADDRINUSE), ("ENOBUFS", Errno::NOBUFS)]),
    ("open", Call::Open, 1, NO_FILE),
    (
        "poll",
        Call::Poll,
        5,
        &[("EINTR", Errno::INTR), ("EAGAIN", Errno::AGAIN), ("ENOMEM", Errno::NOMEM)],
    ),
    (
        "recv",
        Call::Receive,
        40,
        &[
            ("EINTR", Errno::INTR),
            ("EAGAIN", Errno::AGAIN),
            ("ECONNRESET", Errno::CONNRESET),
            ("ENOBUFS", Errno::NOBUFS),
            ("ENOMEM", Errno::NOMEM),
            ("EPERM", Errno::PERM),
        ],
    ),
    (
        "send",
        Call::Send,
        40,
        &[
            ("EINTR", Errno::INTR),
            ("EAGAIN", Errno::AGAIN),
            ("ECONNRESET", Errno::CONNRESET),
            ("ENOBUFS", Errno::NOBUFS),
            ("ENOMEM", Errno::NOMEM),
            ("EPERM", Errno::PERM),
            ("EPIPE", Errno::PIPE),
        ],
    ),
    ("setsockopt", Call::Setsockopt, 1, &[("EPERM", Errno::PERM), ("ENOMEM", Errno::NOMEM)]),
    (
        "socket",
        Call::Socket,
        4,
        &[
            ("EACCES", Errno::ACCESS),
            ("EMFILE", Errno::MFILE),
            ("ENFILE", Errno::NFILE),
            ("ENOBUFS", Errno::NOBUFS),
            ("ENOMEM", Errno::NOMEM),
            ("EPERM", Errno::PERM),
        ],
    ),
    ("shutdown", Call::Shutdown, 1, &[("ENOTCONN", Errno::NOTCONN)]),
    ("stat", Call::Stat, 1, NO_FILE),
    ("unlink", Call::Unlink, 1, NO_FILE),
    ("utimensat", Call::Utimensat, 1, &[("EACCES", Errno::ACCESS), ("EROFS", Errno::ROFS)]),
];

const MOVES_BYTES: &[Call] = &[Call::Receive, Call::Send];
const MAY_BE_CLOSED: &[Call] = &[Call::Accept, Call::Connect, Call::Receive, Call::Send];

impl Plan {
    pub fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let workload = *weighted(
            &mut random,
            WORKLOADS.iter().map(|(_, workload, weight)| (workload, *weight)),
        );
        let many = random.magnitude(1, 12);
        let faults = (0..many).map(|_| Fault::random(&mut random)).collect();
        Self { workload, seed: random.next() >> 32, faults }
    }

    /// The same without one of its faults.
    pub fn without(&self, at: usize) -> Self {
        let mut less = self.clone();
        less.faults.remove(at);
        less
    }
}

impl Fault {
    fn random(random: &mut Random) -> Self {
        let calls = CALLS.iter().map(|call| (call, call.2));
        let &(_, call, _, numbers) = weighted(random, calls);
        let what = if MOVES_BYTES.contains(&call) && random.one_in(2) {
            What::Short(random.magnitude(1, 100_000) as usize)
        } else if MAY_BE_CLOSED.contains(&call) && random.one_in(12) {
            What::Closed
        } else {
            What::Errno(random.choose(numbers).1)
        };
        let count = match what {
            What::Closed => 1,
            What::Short(_) => random.magnitude(1, 300),
            What::Errno(_) => random.magnitude(1, 9),
        };
        Self { call, first: random.magnitude(1, 200), count, what }
    }

    pub fn meets(&self, call: Call, nth: u64) -> bool {
        self.call == call && (self.first..self.first + self.count).contains(&nth)
    }
}

/// The workload of this name.
pub fn workload(name: &str) -> Result<Workload, String> {
    let workload = WORKLOADS.iter().find(|(known, ..)| *known == name);
    workload.map(|&(_, workload, _)| workload).ok_or(format!("no workload {name:?}"))
}

/// The name of a workload.
pub fn name(of: Workload) -> &'static str {
    WORKLOADS.iter().find(|(_, workload, _)| *workload == of).map_or("?", |(name, ..)| name)
}

fn weighted<'a, T>(random: &mut Random, from: impl Iterator<Item = (&'a T, u64)> + Clone) -> &'a T {
    let mut left = random.within(0, from.clone().map(|(_, weight)| weight).sum());
    for (one, weight) in from {
        if left < weight {
            return one;
        }
        left -= weight;
    }
    unreachable!("the weights changed")
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", name(self.workload), self.seed)?;
        self.faults.iter().try_for_each(|fault| write!(f, " {fault}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let call = CALLS.iter().find(|(_, call, ..)| *call == self.call);
        let &(name, _, _, numbers) = call.unwrap_or(&CALLS[0]);
        write!(f, "{name}#{}+{}=", self.first, self.count)?;
        match self.what {
            What::Closed => f.write_str("closed"),
            What::Short(count) => write!(f, "short:{count}"),
            What::Errno(errno) => {
                let number = numbers.iter().find(|(_, number)| *number == errno);
                f.write_str(number.map_or("?", |(name, _)| name))
            }
        }
    }
}

impl FromStr for Plan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let workload = workload(words.next().unwrap_or_default())?;
        let seed = words.next().and_then(|seed| seed.parse().ok()).ok_or("no seed")?;
        Ok(Self { workload, seed, faults: words.map(str::parse).collect::<Result<_, _>>()? })
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("no fault {text:?}");
        let (name, rest) = text.split_once('#').ok_or_else(wrong)?;
        let (first, rest) = rest.split_once('+').ok_or_else(wrong)?;
        let (count, what) = rest.split_once('=').ok_or_else(wrong)?;
        let &(_, call, _, numbers) =
            CALLS.iter().find(|(known, ..)| *known == name).ok_or_else(wrong)?;
        let what = match what.strip_prefix("short:") {
            Some(count) => What::Short(count.parse().map_err(|_| wrong())?),
            None if what == "closed" => What::Closed,
            None => {
                let number = numbers.iter().find(|(known, _)| *known == what);
                What::Errno(number.ok_or_else(wrong)?.1)
            }
        };
        let number = |text: &str| text.parse().map_err(|_| wrong());
        Ok(Self { call, first: number(first)?, count: number(count)?, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_round_trips_through_text() {
        for seed in 0..1000 {
            let plan = Plan::random(seed);
            assert_eq!(plan.to_string().parse(), Ok(plan));
        }
    }
}
