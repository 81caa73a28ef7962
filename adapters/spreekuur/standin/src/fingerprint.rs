//! Tells whether two contents say the same without keeping what they say.

use aws_lc_rs::digest::{SHA256, digest};

/// A SHA-256 over the parts of a content, each with its length before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = Vec::new();
        for part in parts {
            text.extend_from_slice(&part.len().to_le_bytes());
            text.extend_from_slice(part.as_bytes());
        }
        let print = digest(&SHA256, &text);
        Self(print.as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_where_makes_a_difference() {
        let same = Fingerprint::of(["a", "bc"]);
        assert_eq!(same, Fingerprint::of(["a", "bc"]));
        for other in [["ab", "c"], ["", "abc"], ["bc", "a"]] {
            assert_ne!(same, Fingerprint::of(other), "{other:?}");
        }
    }
}
