// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The engine's log goes to Qt's logging categories, which are off unless a program or its user
//! enables them (`QT_LOGGING_RULES="qlocal.*=true"`).

use std::fmt::Arguments;

use cxx_qt_lib::QString;
use qlocal_core::log::{self, Level, Topic};

#[cxx::bridge(namespace = "_QLocal")]
mod ffi {
    #[namespace = ""]
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
    }

    #[repr(u32)]
    enum LogTopic {
        Server,
        Socket,
        Reactor,
    }

    unsafe extern "C++" {
        include!("qlocal/logging.h");
        type LogTopic;
        #[cxx_name = "isLogged"]
        fn is_logged(topic: LogTopic, is_warning: bool) -> bool;
        #[cxx_name = "writeLog"]
        fn write_log(topic: LogTopic, is_warning: bool, text: &QString);
    }
}

use ffi::LogTopic;

/// Directs the log there from now on, and lets error hints read the environment.
pub fn start() {
    log::set_sink(write);
    qlocal_core::set_environment(crate::environment::environment);
}

fn write(topic: Topic, level: Level, text: Arguments<'_>) {
    let topic = match topic {
        Topic::Server => LogTopic::Server,
        Topic::Socket => LogTopic::Socket,
        Topic::Reactor => LogTopic::Reactor,
    };
    let is_warning = level == Level::Warning;
    if ffi::is_logged(topic, is_warning) {
        ffi::write_log(topic, is_warning, &QString::from(text.to_string()));
    }
}
