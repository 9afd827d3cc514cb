// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Single instances in the Rust API.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use qlocal_core::instance::{
    self, HandOver, InstanceHost, InstanceLimits, InstanceName, Primary, Scope, Seat, Started,
};
use qlocal_core::{Address, PeerCredentials};

use crate::environment::environment;
use crate::error::{Error, Result};
use crate::handler::{self, Handler, Id, Registry};
use crate::{logging, qt, reactor};

/// A program of which only one process runs for each user, session or display. Each later one hands its
/// command line over to it.
///
/// ```no_run
/// use cxx_qt_lib::QCoreApplication;
/// use qlocal::{Instance, SingleInstance};
///
/// fn main() -> qlocal::Result<()> {
///     let single = SingleInstance::new("org.example.viewer");
///     match single.start(&single.hand_over())? {
///         Instance::Primary(primary) => {
///             let mut application = QCoreApplication::new();
///             primary.on_hand_over(|hand_over, reply| {
///                 println!("{:?} in {:?}", hand_over.arguments, hand_over.folder);
///                 reply.answer(0, b"opened\n").ok();
///             })?;
///             application.pin_mut().exec();
///             Ok(())
///         }
///         Instance::Answered { code, bytes } => {
///             print!("{}", String::from_utf8_lossy(&bytes));
///             std::process::exit(code);
///         }
///     }
/// }
/// ```
#[derive(Debug, Clone)]
pub struct SingleInstance {
    name: String,
    scope: Scope,
    limits: InstanceLimits,
    variables: Vec<String>,
}

/// What a start has made of this process.
#[derive(Debug)]
pub enum Instance {
    /// It is the primary.
    Primary(PrimaryInstance),
    /// The primary has answered.
    Answered {
        /// The exit code that it suggests.
        code: i32,
        /// The rest of its answer.
        bytes: Vec<u8>,
    },
}

/// The place of the primary. Dropping it gives up the place; the next process to start gets it.
///
/// It stays on its thread (it is not `Send`), which needs a Qt event loop.
pub struct PrimaryInstance {
    shared: Rc<Shared>,
}

/// The answer that a secondary waits for. Dropping it answers with the exit code 0 and no bytes.
///
/// It stays on the thread of the primary (it is not `Send`).
#[derive(Debug)]
pub struct Reply {
    reply: instance::Reply,
    thread: PhantomData<Rc<()>>,
}

struct Shared {
    id: Id,
    address: Address,
    limits: InstanceLimits,
    seat: RefCell<Option<Seat>>,
    primary: RefCell<Option<Primary>>,
    handler: Handler<OnHandOver>,
    /// Handed over while the handler ran an event loop.
    waiting: RefCell<Vec<(HandOver, Reply)>>,
    is_busy: Cell<bool>,
}

type OnHandOver = dyn FnMut(HandOver, Reply);

thread_local! {
    static INSTANCES: Registry<Shared> = RefCell::new(HashMap::new());
}

impl SingleInstance {
    /// The program with this name, such as `org.example.viewer`, for each user.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            scope: Scope::default(),
            limits: InstanceLimits::default(),
            variables: Vec::new(),
        }
    }

    /// Sets among which processes one is the primary.
    #[must_use]
    pub fn scope(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// Sets the limits.
    #[must_use]
    pub fn limits(self, limits: InstanceLimits) -> Self {
        Self { limits, ..self }
    }

    /// Sets which variables of the environment [`hand_over`](Self::hand_over) contains; none by default.
    #[must_use]
    pub fn variables(self, names: &[&str]) -> Self {
        Self { variables: names.iter().map(|&name| name.into()).collect(), ..self }
    }

    /// What describes the start of this process: arguments, working folder, activation token and start-up
    /// ID, and the variables that were asked for.
    pub fn hand_over(&self) -> HandOver {
        let names: Vec<_> = self.variables.iter().map(String::as_str).collect();
        HandOver::of_this_process(&names, qt::variable)
    }

    /// Makes this process the primary, or hands over to the one that there is. It needs no event loop, and
    /// blocks for at most [`InstanceLimits::timeout`] until the primary has received the hand-over, and then
    /// for [`InstanceLimits::answer_timeout`] until the program has answered.
    ///
    /// # Errors
    /// [`TimedOut`] when there is a primary and it does not respond: it is stopped or busy.
    /// [`InvalidMessage`] when the hand-over is too long, [`AddressInUse`] when another kind of server has
    /// the name, [`AccessDenied`] when another user has it, or the private folder cannot be written to.
    ///
    /// [`TimedOut`]: crate::ErrorKind::TimedOut
    /// [`InvalidMessage`]: crate::ErrorKind::InvalidMessage
    /// [`AddressInUse`]: crate::ErrorKind::AddressInUse
    /// [`AccessDenied`]: crate::ErrorKind::AccessDenied
    pub fn start(&self, hand_over: &HandOver) -> Result<Instance> {
        logging::start();
        let address = self.address()?;
        let started = instance::start(&address, hand_over, &self.limits);
        match started.map_err(|error| Error::new(error, address.clone()))? {
            Started::Primary(seat) => {
                Ok(Instance::Primary(PrimaryInstance::new(seat, address, self.limits)))
            }
            Started::Answered { code, bytes } => Ok(Instance::Answered { code, bytes }),
        }
    }

    /// The address that the primary listens on.
    ///
    /// # Errors
    /// [`InvalidName`](crate::ErrorKind::InvalidName) when the name is empty, and those of the private folder.
    pub fn address(&self) -> Result<Address> {
        Ok(InstanceName::new(self.name.as_bytes(), self.scope, qt::variable)?
            .address(&environment())?)
    }

    /// The process of the primary, also of one that does not respond; `None` when there is none, or it is in
    /// another PID namespace.
    pub fn primary_process(&self) -> Option<u32> {
        instance::primary_process(&self.address().ok()?)
    }
}

impl PrimaryInstance {
    fn new(seat: Seat, address: Address, limits: InstanceLimits) -> Self {
        let shared = handler::register(&INSTANCES, |id| Shared {
            id,
            address,
            limits,
            seat: RefCell::new(Some(seat)),
            primary: RefCell::default(),
            handler: Handler::default(),
            waiting: RefCell::default(),
            is_busy: Cell::default(),
        });
        Self { shared }
    }

    /// Calls `handler` with each hand-over. Secondaries wait until this is called.
    ///
    /// It answers with the [`Reply`], now or later; dropping that answers with the exit code 0. While it
    /// runs an event loop, further hand-overs wait, since a closure cannot be called while it runs: return
    /// first, and show a dialog from the event loop. It may drop this object.
    ///
    /// # Errors
    /// When the thread's event loop cannot watch the socket.
    pub fn on_hand_over(&self, handler: impl FnMut(HandOver, Reply) + 'static) -> Result<()> {
        let shared = &self.shared;
        shared.handler.set(Box::new(handler));
        let Some(seat) = shared.seat.take() else { return Ok(()) };
        let host = Arc::new(PrimaryHost(shared.id));
        let primary = reactor::current()
            .and_then(|reactor| Primary::new(seat, reactor, host, shared.limits))
            .map_err(|error| Error::new(error, shared.address.clone()))?;
        shared.primary.replace(Some(primary));
        Ok(())
    }

    /// The address that it listens on.
    pub fn address(&self) -> &Address {
        &self.shared.address
    }
}

impl Reply {
    /// Answers with an exit code and bytes.
    ///
    /// # Errors
    /// [`InvalidMessage`](crate::ErrorKind::InvalidMessage) when the bytes are more than
    /// [`InstanceLimits::max_size`]: then the secondary fails in the same way.
    /// [`NotConnected`](crate::ErrorKind::NotConnected) when it no longer waits.
    pub fn answer(self, code: i32, bytes: &[u8]) -> Result<()> {
        Ok(self.reply.answer(code, bytes)?)
    }

    /// Whether the secondary still waits.
    pub fn is_awaited(&self) -> bool {
        self.reply.is_awaited()
    }

    /// The process that has handed over, as the kernel reports it.
    ///
    /// # Errors
    /// [`NotConnected`](crate::ErrorKind::NotConnected) when it no longer waits.
    pub fn peer(&self) -> Result<PeerCredentials> {
        Ok(self.reply.peer()?)
    }
}

impl Drop for PrimaryInstance {
    fn drop(&mut self) {
        let in_registry = handler::deregister(&INSTANCES, self.shared.id);
        let primary = self.shared.primary.take();
        let seat = self.shared.seat.take();
        drop((primary, seat));
        self.shared.handler.clear();
        let waiting = self.shared.waiting.take();
        drop((waiting, in_registry));
    }
}

impl std::fmt::Debug for PrimaryInstance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrimaryInstance").field("address", self.address()).finish_non_exhaustive()
    }
}

impl Shared {
    fn handed_over(&self, hand_over: HandOver, reply: Reply) {
        self.waiting.borrow_mut().push((hand_over, reply));
        if self.is_busy.replace(true) {
            return;
        }
        while let Some(mut handler) = self.handler.take() {
            let next = {
                let mut waiting = self.waiting.borrow_mut();
                (!waiting.is_empty()).then(|| waiting.remove(0))
            };
            let is_done = next.is_none();
            if let Some((hand_over, reply)) = next {
                handler(hand_over, reply);
            }
            if handler::find(&INSTANCES, self.id).is_some() {
                self.handler.put_back(handler);
            }
            if is_done {
                break;
            }
        }
        self.is_busy.set(false);
    }
}

/// The host of a primary, which it finds by its ID.
struct PrimaryHost(Id);

impl InstanceHost for PrimaryHost {
    fn handed_over(&self, hand_over: HandOver, reply: instance::Reply) {
        if let Some(shared) = handler::find(&INSTANCES, self.0) {
            shared.handed_over(hand_over, Reply { reply, thread: PhantomData });
        }
    }
}
