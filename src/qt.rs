// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The two static functions of Qt that the Rust face needs and cxx-qt-lib does not offer.

#[cxx::bridge]
mod ffi {
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;

        include!("QtCore/QDir");
        type QDir;
        #[Self = "QDir"]
        #[rust_name = "temp_path"]
        fn tempPath() -> QString;

        include!("QtCore/QCoreApplication");
        type QCoreApplication;
        #[Self = "QCoreApplication"]
        fn quit();
    }
}

/// The folder of names that are no paths, as QDir::tempPath() gives it.
pub fn temp_path() -> String {
    ffi::QDir::temp_path().to_string()
}

/// Ends the event loop of the application: `QCoreApplication::exec` returns 0.
///
/// This is `QCoreApplication::quit()`. A handler of any stream or server may call it; without an
/// event loop that runs it does nothing.
pub fn quit() {
    ffi::QCoreApplication::quit();
}
