// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The QML type `LocalInstance`.

use std::cell::{Cell, RefCell};
use std::pin::Pin;

use cxx_qt::CxxQtType as _;
use cxx_qt_lib::{QByteArray, QString};

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
    }

    unsafe extern "C++" {
        include!("qlocal_qml/instancebase.h");
        type LocalInstanceBase;
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        /// A program of which only one process runs for each user, session or display.
        #[qobject]
        #[qml_element]
        #[base = LocalInstanceBase]
        #[qproperty(bool, active, READ = is_active, WRITE = set_active, NOTIFY)]
        #[qproperty(bool, primary, READ = has_place, NOTIFY)]
        #[qproperty(QString, message, READ = text_to_hand_over, WRITE = set_message, NOTIFY)]
        #[qproperty(QString, answer_text, READ = text_of_answer, NOTIFY)]
        type LocalInstance = super::LocalInstanceRust;

        fn is_active(self: &LocalInstance) -> bool;
        fn set_active(self: Pin<&mut LocalInstance>, active: bool);
        fn has_place(self: &LocalInstance) -> bool;
        fn text_to_hand_over(self: &LocalInstance) -> QString;
        fn set_message(self: Pin<&mut LocalInstance>, message: QString);
        fn text_of_answer(self: &LocalInstance) -> QString;

        /// Makes this process the primary, or hands over to the one that there is, and blocks until
        /// that has answered. Returns whether this process is the primary.
        #[qinvokable]
        fn start(self: Pin<&mut LocalInstance>) -> bool;
        /// Makes this process the primary, unless there is one. Returns whether it is.
        #[qinvokable]
        fn claim(self: Pin<&mut LocalInstance>) -> bool;
        /// Gives up the place of the primary.
        #[qinvokable]
        fn close(self: Pin<&mut LocalInstance>);
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        #[cxx_override]
        fn component_complete(self: Pin<&mut LocalInstance>);
        #[cxx_override]
        fn role_event(self: Pin<&mut LocalInstance>);
        #[cxx_override]
        fn follow_event(self: Pin<&mut LocalInstance>);
    }

    #[auto_cxx_name]
    unsafe extern "RustQt" {
        #[inherit]
        fn is_primary(self: &LocalInstance) -> bool;
        #[inherit]
        #[cxx_name = "answer"]
        fn bytes_of_answer(self: &LocalInstance) -> QByteArray;
        #[inherit]
        fn begin(self: Pin<&mut LocalInstance>, message: &QByteArray);
        #[inherit]
        fn begin_claim(self: Pin<&mut LocalInstance>);
        #[inherit]
        #[cxx_name = "close"]
        fn give_up(self: Pin<&mut LocalInstance>);
        #[inherit]
        fn follow_later(self: Pin<&mut LocalInstance>);
    }
}

use ffi::LocalInstance;

/// Whether the process is to take part, and what it hands over.
#[derive(Default)]
pub struct LocalInstanceRust {
    active: Cell<bool>,
    message: RefCell<QString>,
    /// Set once all properties have their initial values.
    is_complete: Cell<bool>,
    /// A start is under way.
    is_starting: Cell<bool>,
}

impl LocalInstance {
    fn is_active(&self) -> bool {
        self.rust().active.get()
    }

    fn set_active(mut self: Pin<&mut Self>, active: bool) {
        self.as_mut().note_active(active);
        self.follow();
    }

    fn note_active(self: Pin<&mut Self>, active: bool) {
        if self.rust().active.replace(active) != active {
            self.active_changed();
        }
    }

    fn has_place(&self) -> bool {
        self.is_primary()
    }

    fn text_to_hand_over(&self) -> QString {
        self.rust().message.borrow().clone()
    }

    fn set_message(self: Pin<&mut Self>, message: QString) {
        if *self.rust().message.borrow() != message {
            self.rust().message.replace(message);
            self.message_changed();
        }
    }

    fn text_of_answer(&self) -> QString {
        QString::from(&*String::from_utf8_lossy(self.bytes_of_answer().as_ref()))
    }

    fn start(self: Pin<&mut Self>) -> bool {
        self.start_with(|instance| {
            let message = String::from(&instance.text_to_hand_over());
            instance.begin(&QByteArray::from(&message));
        })
    }

    fn claim(self: Pin<&mut Self>) -> bool {
        self.start_with(Self::begin_claim)
    }

    /// It stays active as the primary.
    fn start_with(mut self: Pin<&mut Self>, start: impl FnOnce(Pin<&mut Self>)) -> bool {
        self.rust().is_complete.set(true);
        if self.rust().is_starting.replace(true) {
            return false;
        }
        self.as_mut().note_active(true);
        start(self.as_mut());
        // A handler may have changed what is wanted.
        self.as_mut().note_outcome();
        self.rust().is_starting.set(false);
        self.is_primary()
    }

    fn close(mut self: Pin<&mut Self>) {
        self.as_mut().note_active(false);
        self.settle();
    }

    fn component_complete(self: Pin<&mut Self>) {
        self.rust().is_complete.set(true);
        self.follow();
    }

    fn role_event(mut self: Pin<&mut Self>) {
        self.as_mut().primary_changed();
        self.as_mut().answer_text_changed();
        self.settle();
    }

    fn follow_event(self: Pin<&mut Self>) {
        self.follow();
    }

    /// Does what `active` asks for. Handlers that are called meanwhile may ask for another start,
    /// which the event loop makes: it may fail, too.
    fn follow(self: Pin<&mut Self>) {
        if !self.rust().is_complete.get() || !self.is_active() || self.is_primary() {
            self.settle();
        } else if self.rust().is_starting.get() {
            self.follow_later();
        } else {
            self.start();
        }
    }

    fn settle(self: Pin<&mut Self>) {
        if !self.rust().is_starting.get() && self.rust().is_complete.get() {
            self.note_outcome();
        }
    }

    /// Notes what has become of a start, and ends what is not wanted.
    fn note_outcome(self: Pin<&mut Self>) {
        match (self.is_active(), self.is_primary()) {
            (false, true) => self.give_up(),
            (true, false) => self.note_active(false),
            _ => {}
        }
    }
}
