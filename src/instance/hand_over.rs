// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Hand-overs in Qt's types.

use std::ffi::{OsStr, OsString};
use std::os::fd::{BorrowedFd, IntoRawFd};

use cxx_qt_lib::{QByteArray, QList, QString, QStringList};
use qlocal_core::instance::{HandOver, Input};
use qlocal_core::{Error, Operation, Result};

use crate::qt;
use crate::types::ffi::HandOverParts;

pub(super) fn hand_over_of_this_process(variables: &QStringList) -> HandOverParts {
    let names: Vec<String> = QList::<QString>::from(variables).iter().map(String::from).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    HandOver::of_this_process(&names, qt::variable).into()
}

pub(super) fn to_hand_over(parts: &HandOverParts) -> Result<HandOver> {
    let environment = strings(&parts.environment);
    let pairs = environment.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    let input = match parts.descriptor {
        -1 if parts.has_input => Input::Bytes(parts.input.as_slice().to_vec()),
        -1 => Input::None,
        number => {
            // SAFETY: the C++ object owns the descriptor, and outlives this call.
            let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
            let failed = |error| Error::from_io(&error, Operation::Fcntl);
            Input::Descriptor(descriptor.try_clone_to_owned().map_err(failed)?)
        }
    };
    Ok(HandOver {
        arguments: strings(&parts.arguments),
        folder: String::from(&parts.folder).into(),
        environment: pairs.collect(),
        activation_token: String::from(&parts.activation_token).into(),
        startup_id: String::from(&parts.startup_id).into(),
        message: parts.message.as_slice().to_vec(),
        input,
    })
}

impl From<HandOver> for HandOverParts {
    fn from(from: HandOver) -> Self {
        let environment = from.environment.iter().flat_map(|(name, value)| [name, value]);
        let (input, descriptor) = match from.input {
            Input::None => (None, -1),
            Input::Bytes(bytes) => (Some(bytes), -1),
            Input::Descriptor(descriptor) => (None, descriptor.into_raw_fd()),
        };
        Self {
            arguments: list(from.arguments.iter()),
            folder: text(from.folder.as_os_str()),
            environment: list(environment),
            activation_token: text(&from.activation_token),
            startup_id: text(&from.startup_id),
            message: QByteArray::from(&*from.message),
            has_input: input.is_some(),
            input: QByteArray::from(&*input.unwrap_or_default()),
            descriptor,
        }
    }
}

/// Bytes that are not UTF-8 are replaced, as in a QString they cannot be anything else.
fn text(string: &OsStr) -> QString {
    QString::from(&*string.to_string_lossy())
}

fn list<'a>(strings: impl Iterator<Item = &'a OsString>) -> QStringList {
    strings.map(|string| text(string)).collect()
}

fn strings(list: &QStringList) -> Vec<OsString> {
    QList::<QString>::from(list).iter().map(|string| String::from(string).into()).collect()
}
