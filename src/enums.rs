// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The enums whose values the public C++ headers contain. Those headers include the one that is
//! generated from this bridge, so it includes nothing else.
//!
//! Inline functions of the classes contain the values, so new ones go to the end.

#[cxx::bridge(namespace = "_QLocal")]
pub(crate) mod ffi {
    /// A limit of a socket, or of the sockets that a server admits.
    #[repr(u32)]
    enum SocketLimit {
        QueuedBytes,
        /// A [`SlowPeer`].
        SlowPeer,
        HighWater,
        LowWater,
        MessageSize,
        Descriptors,
    }

    /// A limit of a server.
    #[repr(u32)]
    enum ServerLimit {
        Connections,
        ConnectionsPerUser,
        ConnectionsPerProcess,
    }

    /// What happens to a write beyond the limit of queued bytes.
    #[repr(u32)]
    enum SlowPeer {
        Refuse,
        Disconnect,
    }

    /// How messages are delimited.
    #[repr(u32)]
    enum FramingKind {
        None,
        LengthPrefixed,
        Lines,
        ByteArrays,
    }

    /// The order of the bytes of a length.
    #[repr(u32)]
    enum ByteOrder {
        BigEndian,
        LittleEndian,
    }
}
