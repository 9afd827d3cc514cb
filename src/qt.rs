// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Qt functions that cxx-qt-lib does not offer.

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
        /// `name` must be a NUL-terminated string.
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

/// The folder of names that are not paths, from QDir::tempPath().
pub fn temp_path() -> String {
    ffi::QDir::temp_path().to_string()
}

/// The value of an environment variable, if it is set. Qt's function takes the lock that
/// `qputenv()` takes in other threads; those of C and Rust do not.
pub fn variable(name: &str) -> Option<Vec<u8>> {
    let name = CString::new(name).ok()?;
    // SAFETY: a `CString` is NUL-terminated, and this one outlives the call.
    let value = unsafe { ffi::qgetenv(name.as_ptr()) };
    (!value.is_empty()).then(|| value.as_slice().to_vec())
}

/// Quits the event loop of the application: `QCoreApplication::exec` returns 0.
///
/// This is `QCoreApplication::quit()`. A handler of any stream or server may call it; without a
/// running event loop it does nothing.
pub fn quit() {
    ffi::QCoreApplication::quit();
}
