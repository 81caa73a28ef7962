//! What is written down about an appointment the practice was told of, to be handed back with its next version.
//!
//! It holds their number, where it stands, and a hash of what was told; nothing of that names anybody.

use aws_lc_rs::digest;

/// What was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Last {
    /// That it stands in the agenda.
    Booked,
    /// That the patient is there.
    Arrived,
    /// That it is over.
    Cancelled,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) last: Last,
    /// Their number, when it became known.
    pub(crate) number: Option<String>,
    pub(crate) agenda: String,
    pub(crate) start: String,
    /// Of all that was told about how it stands in the agenda.
    pub(crate) hash: String,
}

/// Where a part is not known.
const NONE: &str = "-";

impl Note {
    /// The text of the note.
    pub(crate) fn text(&self) -> String {
        let word = match self.last {
            Last::Booked => "booked",
            Last::Arrived => "arrived",
            Last::Cancelled => "cancelled",
        };
        let or_none = |text: &str| if text.is_empty() { NONE.to_owned() } else { text.to_owned() };
        let parts = [
            word.to_owned(),
            or_none(self.number.as_deref().unwrap_or_default()),
            or_none(&self.agenda),
            or_none(&self.start),
            or_none(&self.hash),
        ];
        parts.join(" ")
    }

    /// Reads a note; one that is none counts as absent, and then they are asked.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [word, number, agenda, start, hash] = parts.as_slice() else { return None };
        let said = |part: &str| if part == NONE { String::new() } else { part.to_owned() };
        Some(Self {
            last: match *word {
                "booked" => Last::Booked,
                "arrived" => Last::Arrived,
                "cancelled" => Last::Cancelled,
                _ => return None,
            },
            number: Some(said(number)).filter(|number| !number.is_empty()),
            agenda: said(agenda),
            start: said(start),
            hash: said(hash),
        })
    }
}

/// A hash of what was told, part by part.
pub(crate) fn hash(parts: &[&str]) -> String {
    hex(digest::digest(&digest::SHA256, parts.join("\u{1f}").as_bytes()).as_ref())
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or('0'));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_back() {
        for number in [None, Some("880001".to_owned())] {
            for last in [Last::Booked, Last::Arrived, Last::Cancelled] {
                let note = Note {
                    last,
                    number: number.clone(),
                    agenda: "71".into(),
                    start: "2026-06-02T10:20:00".into(),
                    hash: hash(&["a"]),
                };
                assert_eq!(Note::read(&note.text()), Some(note));
            }
        }
        for none in ["", "booked", "moved 1 2 3 4", "booked 1 2 3 4 5"] {
            assert_eq!(Note::read(none), None, "{none}");
        }
    }

    #[test]
    fn a_hash_tells_its_parts_apart() {
        assert_ne!(hash(&["7", "1"]), hash(&["71"]));
    }
}
