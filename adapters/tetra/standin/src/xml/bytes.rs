//! From text to bytes and back: the utf-16 quirk (`tetra.md` section 1.7). Requests are taken in UTF-8 and in UTF-16,
//! whatever their declaration says; answers are dressed as the switches and twists want them.

use adapter_kit::standin::Twists;

use crate::switches::Prolog;

/// How an answer goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dress {
    Utf8(Prolog),
    Utf16 { little: bool, mark: bool },
}

/// The twists that choose a dress.
pub(super) const DRESSES: &[(&str, Dress)] = &[
    ("utf16_declared", Dress::Utf8(Prolog::Utf16Declared)),
    ("utf8_declared", Dress::Utf8(Prolog::Utf8)),
    ("single_quoted", Dress::Utf8(Prolog::SingleQuoted)),
    ("no_prolog", Dress::Utf8(Prolog::Absent)),
    ("utf16le_bom", Dress::Utf16 { little: true, mark: true }),
    ("utf16be_bom", Dress::Utf16 { little: false, mark: true }),
    ("utf16le", Dress::Utf16 { little: true, mark: false }),
    ("utf16be", Dress::Utf16 { little: false, mark: false }),
];

impl Dress {
    /// The dress that a twist asks for, or the usual one.
    pub(crate) fn of(twists: &Twists, usual: Prolog) -> Self {
        let asked = DRESSES.iter().find(|(name, _)| twists.has(name)).map(|(_, dress)| *dress);
        asked.unwrap_or(Self::Utf8(usual))
    }

    fn prolog(self) -> &'static str {
        match self {
            Self::Utf8(Prolog::Utf16Declared) | Self::Utf16 { .. } => {
                "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n"
            }
            Self::Utf8(Prolog::Utf8) => "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n",
            Self::Utf8(Prolog::SingleQuoted) => "<?xml version='1.0' encoding='utf-8'?>\n",
            Self::Utf8(Prolog::Absent) => "",
        }
    }

    /// What the header says.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Utf8(_) => "text/xml; charset=utf-8",
            Self::Utf16 { .. } => "text/xml; charset=utf-16",
        }
    }

    /// Prolog and document as bytes.
    pub(crate) fn encode(self, document: &str) -> Vec<u8> {
        let text = format!("{}{document}", self.prolog());
        let Self::Utf16 { little, mark } = self else { return text.into_bytes() };
        let marked = mark.then_some(0xFEFF_u16);
        let units = marked.into_iter().chain(text.encode_utf16());
        units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }
}

/// A request's text; nothing when the bytes are neither UTF-8 nor UTF-16.
pub(crate) fn decode(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Some(text) = decode(&bytes) {
                prop_assert!(text.len() <= bytes.len() * 2);
            }
        }
    }

    #[test]
    fn every_dress_can_be_taken_off_again() {
        for (name, dress) in DRESSES {
            let text = decode(&dress.encode("<a>ë</a>")).unwrap();
            assert!(text.ends_with("<a>ë</a>"), "{name}: {text}");
        }
        assert_eq!(decode(&[0xC3, 0x28]), None);
        assert_eq!(decode(&[0xFF, 0xFE, 0x3C]), None);
    }
}
