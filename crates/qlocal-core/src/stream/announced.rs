// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Faults on request between a stream and its host, see [`crate::mutation`].

use crate::machine::Effect;
#[cfg(feature = "mutations")]
use crate::mutation::is;

/// What is announced in place of this effect.
#[cfg(feature = "mutations")]
pub(crate) fn announced(effect: Effect) -> Vec<Effect> {
    use crate::error::{Error, ErrorKind, Operation};
    use crate::machine::State;

    match effect {
        Effect::StateChanged(State::Closing) if is("closing-skipped") => vec![],
        Effect::ReadChannelFinished if is("finished-twice") => vec![effect, effect],
        Effect::ReadChannelFinished if is("signals-swapped") => vec![Effect::Disconnected],
        Effect::Disconnected if is("signals-swapped") => vec![Effect::ReadChannelFinished],
        Effect::ErrorOccurred(error)
            if error.kind() == ErrorKind::PeerClosed && is("error-swapped") =>
        {
            vec![Effect::ErrorOccurred(Error::new(ErrorKind::ConnectionRefused, Operation::Recv))]
        }
        _ => vec![effect],
    }
}

/// What is announced: the effect itself.
#[cfg(not(feature = "mutations"))]
pub(crate) const fn announced(effect: Effect) -> [Effect; 1] {
    [effect]
}
