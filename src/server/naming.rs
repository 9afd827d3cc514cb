// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! What `qlocal::Server` calls to keep its name, and to hand it over. A bridge of its own, so that a program
//! that does not use it does not contain it.

use std::time::Duration;

use qlocal_core::KeepName;

use crate::object::server::ffi::RustServer;
use ffi::NameParts;

#[cxx::bridge(namespace = "_QLocal")]
mod ffi {
    /// The fields of `qlocal::NamePolicy`, with times in milliseconds.
    struct NameParts {
        rebinds: bool,
        recreates_folder: bool,
        touch: i64,
    }

    unsafe extern "C++" {
        include!("qlocal/server_hooks.h");
        #[cxx_name = "_RustServer"]
        type RustServer = crate::object::server::ffi::RustServer;
    }

    extern "Rust" {
        /// Keeps the name from now on.
        #[cxx_name = "keepName"]
        fn server_keep_name(server: &RustServer, policy: &NameParts);

        /// Keeps it no longer.
        #[cxx_name = "stopKeepingName"]
        fn server_stop_keeping_name(server: &RustServer);

        #[cxx_name = "isNameKept"]
        fn server_is_name_kept(server: &RustServer) -> bool;

        #[cxx_name = "nameParts"]
        fn server_name_parts(server: &RustServer) -> NameParts;

        #[cxx_name = "handsOver"]
        fn server_hands_over(server: &RustServer) -> bool;

        #[cxx_name = "setHandsOver"]
        fn server_set_hands_over(server: &RustServer, hands_over: bool);

        /// In milliseconds; -1 if it does not take over.
        #[cxx_name = "takeOverTimeout"]
        fn server_take_over_timeout(server: &RustServer) -> i32;

        #[cxx_name = "setTakeOverTimeout"]
        fn server_set_take_over_timeout(server: &RustServer, msecs: i32);
    }
}

fn server_keep_name(server: &RustServer, policy: &NameParts) {
    // A time that is not positive stands for none.
    let touch = u64::try_from(policy.touch).ok().filter(|&touch| touch > 0);
    server.acceptor().keep_name(KeepName {
        rebinds: policy.rebinds,
        recreates_folder: policy.recreates_folder,
        touch: touch.map(Duration::from_millis),
    });
}

fn server_stop_keeping_name(server: &RustServer) {
    server.acceptor().stop_keeping_name();
}

fn server_is_name_kept(server: &RustServer) -> bool {
    server.acceptor().name_policy().is_some()
}

fn server_name_parts(server: &RustServer) -> NameParts {
    let policy = server.acceptor().name_policy().unwrap_or_default();
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    NameParts {
        rebinds: policy.rebinds,
        recreates_folder: policy.recreates_folder,
        touch: policy.touch.map_or(0, millis),
    }
}

fn server_hands_over(server: &RustServer) -> bool {
    server.acceptor().hands_over()
}

fn server_set_hands_over(server: &RustServer, hands_over: bool) {
    server.acceptor().set_hands_over(hands_over);
}

fn server_take_over_timeout(server: &RustServer) -> i32 {
    let timeout = server.acceptor().take_over();
    timeout.map_or(-1, |timeout| i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX))
}

fn server_set_take_over_timeout(server: &RustServer, msecs: i32) {
    let timeout = u64::try_from(msecs).ok().map(Duration::from_millis);
    server.acceptor().set_take_over(timeout);
}
