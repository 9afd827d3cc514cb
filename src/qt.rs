// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The functions of Qt that are needed here and that cxx-qt-lib does not offer.

use std::ffi::CString;

#[cxx::bridge]
mod ffi {
    unsafe extern "C++" {
        include!("cxx-qt-lib/qstring.h");
        type QString = cxx_qt_lib::QString;
        include!("cxx-qt-lib/qbytearray.h");
        type QByteArray = cxx_qt_lib::QByteArray;

        include!("QtCore/QtGlobal");
        /// # Safety
        /// `name` is a string that ends with a NUL byte.
        unsafe fn qgetenv(name: *const c_char) -> QByteArray;

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

/// The value of a variable of the environment, if it is set. Qt's function takes the lock that
/// `qputenv()` takes in another thread; those of C and of Rust do not.
pub fn variable(name: &str) -> Option<Vec<u8>> {
    let name = CString::new(name).ok()?;
    // SAFETY: a `CString` ends with a NUL byte, and this one lives until after the call.
    let value = unsafe { ffi::qgetenv(name.as_ptr()) };
    (!value.is_empty()).then(|| value.as_slice().to_vec())
}

/// Ends the event loop of the application: `QCoreApplication::exec` returns 0.
///
/// This is `QCoreApplication::quit()`. A handler of any stream or server may call it; without an
/// event loop that runs it does nothing.
pub fn quit() {
    ffi::QCoreApplication::quit();
}
