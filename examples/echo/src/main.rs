// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A server that echoes what it receives, and a client for it.

mod client;
mod server;

use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

const USAGE: &str = "\
usage: echo serve NAME        send back what clients send, until killed
       echo send NAME TEXT    send TEXT to the server, and print what comes back

NAME is a path, or the name of a file in the folder for temporary files.";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let words: Vec<&[u8]> = arguments.iter().map(|argument| argument.as_bytes()).collect();
    let outcome = match words[..] {
        [b"serve", _] => server::run(&arguments[1]),
        [b"send", _, text] => client::run(&arguments[1], text),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo: {}: {error}", arguments[1].to_string_lossy());
            ExitCode::FAILURE
        }
    }
}
