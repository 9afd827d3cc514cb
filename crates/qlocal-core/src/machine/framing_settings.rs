// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! A framing as properties.

use super::delimiter::Delimiter;
use super::framing::Framing;
use super::prefix::{ByteOrder, PrefixSize};

/// A [`Framing`] for APIs that set its parts one by one, in any order. A part that the chosen kind
/// does not use is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FramingSettings {
    /// The kind.
    pub kind: FramingKind,
    /// For [`FramingKind::Lines`].
    pub delimiter: Delimiter,
    /// For [`FramingKind::LengthPrefixed`].
    pub prefix_size: PrefixSize,
    /// For [`FramingKind::LengthPrefixed`].
    pub byte_order: ByteOrder,
}

/// The kinds of [`Framing`], and none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FramingKind {
    /// Bytes are read, not messages.
    #[default]
    Raw,
    /// [`Framing::LengthPrefixed`].
    LengthPrefixed,
    /// [`Framing::Lines`].
    Lines,
    /// [`Framing::ByteArrays`].
    ByteArrays,
}

impl FramingSettings {
    /// The framing; `None` for [`FramingKind::Raw`].
    pub fn framing(&self) -> Option<Framing> {
        match self.kind {
            FramingKind::Raw => None,
            FramingKind::LengthPrefixed => {
                Some(Framing::LengthPrefixed { size: self.prefix_size, order: self.byte_order })
            }
            FramingKind::Lines => Some(Framing::Lines(self.delimiter)),
            FramingKind::ByteArrays => Some(Framing::ByteArrays),
        }
    }

    /// These settings with another framing. The parts that it does not use stay.
    pub fn with(self, framing: Option<Framing>) -> Self {
        match framing {
            None => Self { kind: FramingKind::Raw, ..self },
            Some(Framing::LengthPrefixed { size, order }) => Self {
                kind: FramingKind::LengthPrefixed,
                prefix_size: size,
                byte_order: order,
                ..self
            },
            Some(Framing::Lines(delimiter)) => Self { kind: FramingKind::Lines, delimiter, ..self },
            Some(Framing::ByteArrays) => Self { kind: FramingKind::ByteArrays, ..self },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_parts_stay() {
        let little = Framing::LengthPrefixed { size: PrefixSize::Two, order: ByteOrder::Little };
        let lines = Framing::Lines(Delimiter::CRLF);
        let mut settings = FramingSettings::default();
        assert_eq!(settings.framing(), None);
        for framing in [Some(little), Some(lines), Some(Framing::ByteArrays), None] {
            settings = settings.with(framing);
            assert_eq!(settings.framing(), framing);
        }
        settings.kind = FramingKind::Lines;
        assert_eq!(settings.framing(), Some(lines));
        settings.kind = FramingKind::LengthPrefixed;
        assert_eq!(settings.framing(), Some(little));
    }

    #[test]
    fn default_parts_are_those_of_default_framings() {
        let with = |kind| FramingSettings { kind, ..FramingSettings::default() }.framing();
        assert_eq!(with(FramingKind::LengthPrefixed), Some(Framing::length_prefixed()));
        assert_eq!(with(FramingKind::Lines), Some(Framing::lines()));
    }
}
