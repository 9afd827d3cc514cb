// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `qlocal::SingleInstance` calls.

mod hand_over;
mod host;
mod replies;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use cxx_qt_lib::{QByteArray, QString};
use qlocal_core::instance::{
    self, HandOver, InstanceLimits, InstanceName, Primary, Reply, Scope, Seat, Started,
};
use qlocal_core::{Address, Failure, Result};

use crate::environment::environment;
use crate::hooks::ffi::InstanceSink;
use crate::types::ffi::{ErrorParts, HandOverParts, PeerIdentity};
use crate::{convert, logging, qt, reactor};
use hand_over::{hand_over_of_this_process, to_hand_over};
use host::SinkHost;
use replies::Replies;

#[cxx::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qstringlist.h");
        type QStringList = cxx_qt_lib::QStringList;
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
    }

    unsafe extern "C++" {
        include!("qlocal/src/types.cxx.h");
        type ErrorParts = crate::types::ffi::ErrorParts;
        type PeerIdentity = crate::types::ffi::PeerIdentity;

        type HandOverParts = crate::types::ffi::HandOverParts;

        include!("qlocal/instance_sink.h");
        type InstanceSink = crate::hooks::ffi::InstanceSink;
    }

    /// See [`Scope`].
    enum InstanceScope {
        User,
        Session,
        Display,
    }

    /// What a process is after a start.
    enum InstanceRole {
        None,
        Primary,
        Secondary,
    }

    /// What a start may do.
    enum StartMode {
        /// Become the primary, or hand over.
        Start,
        /// Become the primary.
        Claim,
        /// Hand over.
        HandOver,
    }

    /// The settings of an instance. Times are in milliseconds; negative ones mean forever.
    struct InstanceSettings {
        name: QString,
        scope: InstanceScope,
        timeout: i32,
        #[cxx_name = "answerTimeout"]
        answer_timeout: i32,
        #[cxx_name = "maxSize"]
        max_size: i64,
        #[cxx_name = "maxSecondaries"]
        max_secondaries: i32,
    }

    extern "Rust" {
        type Instance;

        #[cxx_name = "newInstance"]
        fn new_instance() -> Box<Instance>;

        /// What describes the start of this process, with these variables of the environment.
        #[cxx_name = "handOverOfThisProcess"]
        fn hand_over_of_this_process(variables: &QStringList) -> HandOverParts;

        fn start(
            self: &Instance,
            settings: &InstanceSettings,
            parts: &HandOverParts,
            mode: StartMode,
        ) -> InstanceRole;

        /// Serves secondaries, if this is the primary.
        ///
        /// # Safety
        /// The sink must exist until [`Instance::close`] has returned.
        unsafe fn serve(self: &Instance, sink: *mut InstanceSink) -> bool;

        fn close(self: &Instance);

        #[cxx_name = "exitCode"]
        fn exit_code(self: &Instance) -> i32;

        #[cxx_name = "answerBytes"]
        fn answer_bytes(self: &Instance) -> QByteArray;

        #[cxx_name = "lastError"]
        fn last_error(self: &Instance) -> ErrorParts;

        /// Answers a secondary; false when it no longer waits, or the answer is too long.
        fn reply(self: &Instance, number: u64, code: i32, bytes: &QByteArray) -> bool;

        #[cxx_name = "isAwaited"]
        fn is_awaited(self: &Instance, number: u64) -> bool;

        fn peer(self: &Instance, number: u64) -> PeerIdentity;

        /// The process of the primary; 0 when there is none, or it is in another namespace.
        #[cxx_name = "primaryProcess"]
        fn primary_process(settings: &InstanceSettings) -> u32;

        /// The path of the socket; empty when there can be none.
        #[cxx_name = "instancePath"]
        fn instance_path(settings: &InstanceSettings) -> QString;
    }
}

use ffi::{InstanceRole, InstanceScope, InstanceSettings, StartMode};

#[derive(Default)]
struct Instance {
    seat: RefCell<Option<(Seat, InstanceLimits)>>,
    primary: RefCell<Option<Primary>>,
    replies: Arc<Replies>,
    code: Cell<i32>,
    answer: RefCell<Vec<u8>>,
    failure: RefCell<Option<Failure>>,
}

fn new_instance() -> Box<Instance> {
    logging::start();
    Box::default()
}

impl Instance {
    fn start(
        &self,
        settings: &InstanceSettings,
        parts: &HandOverParts,
        mode: StartMode,
    ) -> InstanceRole {
        self.close();
        self.failure.take();
        self.code.set(0);
        self.answer.take();
        let address = match settings.address() {
            Ok(address) => address,
            Err(error) => {
                let intended = Address::Pathname(settings.name.to_string().as_bytes().into());
                return self.fail(Failure::new(error, intended));
            }
        };
        let limits = settings.limits();
        let started =
            to_hand_over(parts).and_then(|hand_over| start(&address, &hand_over, &limits, mode));
        match started {
            Ok(Started::Primary(seat)) => {
                self.seat.replace(Some((seat, limits)));
                InstanceRole::Primary
            }
            Ok(Started::Answered { code, bytes }) => {
                self.code.set(code);
                self.answer.replace(bytes);
                InstanceRole::Secondary
            }
            Err(error) => self.fail(Failure::new(error, address)),
        }
    }

    fn fail(&self, failure: Failure) -> InstanceRole {
        self.failure.replace(Some(failure));
        InstanceRole::None
    }

    unsafe fn serve(&self, sink: *mut InstanceSink) -> bool {
        let Some((seat, limits)) = self.seat.take() else { return false };
        let address = seat.address().clone();
        // SAFETY: the caller keeps the sink until `close` has returned, which drops the primary.
        let host = unsafe { SinkHost::new(sink, self.replies.clone()) };
        let primary = reactor::current()
            .and_then(|reactor| Primary::new(seat, reactor, Arc::new(host), limits));
        match primary {
            Ok(primary) => {
                self.primary.replace(Some(primary));
                true
            }
            Err(error) => {
                self.fail(Failure::new(error, address));
                false
            }
        }
    }

    fn close(&self) {
        let primary = self.primary.take();
        let seat = self.seat.take();
        drop((primary, seat));
        self.replies.clear();
    }

    fn exit_code(&self) -> i32 {
        self.code.get()
    }

    fn answer_bytes(&self) -> QByteArray {
        QByteArray::from(&**self.answer.borrow())
    }

    fn last_error(&self) -> ErrorParts {
        convert::describe(self.failure.borrow().clone())
    }

    fn reply(&self, number: u64, code: i32, bytes: &QByteArray) -> bool {
        let reply = self.replies.take(number);
        reply.is_some_and(|reply| reply.answer(code, bytes.as_slice()).is_ok())
    }

    fn is_awaited(&self, number: u64) -> bool {
        self.replies.with(number, Reply::is_awaited).unwrap_or(false)
    }

    fn peer(&self, number: u64) -> PeerIdentity {
        self.replies.with(number, |reply| reply.peer().ok()).flatten().into()
    }
}

fn start(
    address: &Address,
    hand_over: &HandOver,
    limits: &InstanceLimits,
    mode: StartMode,
) -> Result<Started> {
    match mode {
        StartMode::Claim => Ok(match instance::claim(address, limits)? {
            Some(seat) => Started::Primary(seat),
            None => Started::Answered { code: 0, bytes: Vec::new() },
        }),
        StartMode::HandOver => {
            let (code, bytes) = instance::hand_over(address, hand_over, limits)?;
            Ok(Started::Answered { code, bytes })
        }
        _ => instance::start(address, hand_over, limits),
    }
}

impl InstanceSettings {
    fn address(&self) -> Result<Address> {
        let scope = match self.scope {
            InstanceScope::Session => Scope::Session,
            InstanceScope::Display => Scope::Display,
            _ => Scope::User,
        };
        let name = convert::name(&self.name);
        InstanceName::new(name.as_bytes(), scope, qt::variable)?.address(&environment())
    }

    fn limits(&self) -> InstanceLimits {
        let time = |msecs: i32| u64::try_from(msecs).map_or(Duration::MAX, Duration::from_millis);
        InstanceLimits {
            max_size: convert::size(self.max_size),
            max_secondaries: usize::try_from(self.max_secondaries).unwrap_or(0),
            timeout: time(self.timeout),
            answer_timeout: time(self.answer_timeout),
        }
    }
}

fn primary_process(settings: &InstanceSettings) -> u32 {
    settings.address().ok().as_ref().and_then(instance::primary_process).unwrap_or(0)
}

fn instance_path(settings: &InstanceSettings) -> QString {
    settings.address().map(|address| convert::full_name(&address)).unwrap_or_default()
}
