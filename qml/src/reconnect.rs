// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The group `reconnect` of a socket.

use std::pin::Pin;

use cxx_qt::CxxQtType as _;

#[cxx_qt::bridge(namespace = "qlocal")]
pub(crate) mod ffi {
    #[auto_cxx_name]
    unsafe extern "RustQt" {
        /// How a socket stays connected.
        #[qobject]
        #[qml_element]
        #[qml_uncreatable]
        #[qproperty(bool, enabled, READ, WRITE = set_enabled, NOTIFY = changed)]
        #[qproperty(i32, initial_interval, READ, WRITE = set_initial_interval, NOTIFY = changed)]
        #[qproperty(i32, maximum_interval, READ, WRITE = set_maximum_interval, NOTIFY = changed)]
        #[qproperty(i32, jitter, READ, WRITE = set_jitter, NOTIFY = changed)]
        #[qproperty(i32, maximum_attempts, READ, WRITE = set_maximum_attempts, NOTIFY = changed)]
        #[qproperty(bool, keeps_unsent, READ, WRITE = set_keeps_unsent, NOTIFY = changed)]
        #[qproperty(i32, attempt, READ = attempt, NOTIFY)]
        type LocalReconnect = super::Settings;

        #[doc(hidden)]
        fn set_enabled(self: Pin<&mut LocalReconnect>, enabled: bool);
        #[doc(hidden)]
        fn set_initial_interval(self: Pin<&mut LocalReconnect>, msecs: i32);
        #[doc(hidden)]
        fn set_maximum_interval(self: Pin<&mut LocalReconnect>, msecs: i32);
        #[doc(hidden)]
        fn set_jitter(self: Pin<&mut LocalReconnect>, percent: i32);
        #[doc(hidden)]
        fn set_maximum_attempts(self: Pin<&mut LocalReconnect>, count: i32);
        #[doc(hidden)]
        fn set_keeps_unsent(self: Pin<&mut LocalReconnect>, keeps: bool);
        #[doc(hidden)]
        fn attempt(self: &LocalReconnect) -> i32;

        /// A setting has changed.
        #[qsignal]
        fn changed(self: Pin<&mut LocalReconnect>);
    }

    unsafe extern "C++" {
        include!("qlocal_qml/socketbase.h");
        #[cxx_name = "applyGroup"]
        fn apply(group: &LocalReconnect);
        #[cxx_name = "attemptOf"]
        fn attempt_of(group: &LocalReconnect) -> i32;
    }
}

use ffi::LocalReconnect;

/// The settings, as in `qlocal::ReconnectPolicy`. Intervals are in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub enabled: bool,
    pub initial_interval: i32,
    pub maximum_interval: i32,
    /// In per cent.
    pub jitter: i32,
    /// 0 for no limit.
    pub maximum_attempts: i32,
    pub keeps_unsent: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: true,
            initial_interval: 500,
            maximum_interval: 30_000,
            jitter: 20,
            maximum_attempts: 0,
            keeps_unsent: false,
        }
    }
}

impl LocalReconnect {
    fn set_enabled(self: Pin<&mut Self>, enabled: bool) {
        self.change(|settings| settings.enabled = enabled);
    }

    fn set_initial_interval(self: Pin<&mut Self>, msecs: i32) {
        self.change(|settings| settings.initial_interval = msecs);
    }

    fn set_maximum_interval(self: Pin<&mut Self>, msecs: i32) {
        self.change(|settings| settings.maximum_interval = msecs);
    }

    fn set_jitter(self: Pin<&mut Self>, percent: i32) {
        self.change(|settings| settings.jitter = percent);
    }

    fn set_maximum_attempts(self: Pin<&mut Self>, count: i32) {
        self.change(|settings| settings.maximum_attempts = count);
    }

    fn set_keeps_unsent(self: Pin<&mut Self>, keeps: bool) {
        self.change(|settings| settings.keeps_unsent = keeps);
    }

    fn attempt(&self) -> i32 {
        ffi::attempt_of(self)
    }

    fn change(mut self: Pin<&mut Self>, change: impl FnOnce(&mut Settings)) {
        let before = *self.rust();
        change(&mut self.as_mut().rust_mut());
        if *self.rust() != before {
            ffi::apply(&self);
            self.changed();
        }
    }
}
