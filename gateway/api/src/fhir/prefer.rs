//! `Prefer` (RFC 7240, `dutch-fhir.md` section 4.1).

use http::HeaderMap;

/// What the body of a write's answer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Return {
    /// None.
    Minimal,
    /// The resource as stored.
    Representation,
    /// A word about it.
    OperationOutcome,
}

/// What is done with search parameters that are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handling {
    /// Refused.
    Strict,
    /// Left out, and said so.
    Lenient,
}

/// The preferences that were sent and are known here; the first one of a kind wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Prefer {
    pub(super) returns: Option<Return>,
    pub(super) handling: Option<Handling>,
    /// `respond-async`
    pub(super) later: bool,
}

impl Prefer {
    pub(super) fn read(headers: &HeaderMap) -> Self {
        let mut prefer = Self::default();
        for value in headers.get_all("prefer") {
            for preference in value.to_str().unwrap_or_default().split([',', ';']) {
                prefer.add(preference.trim());
            }
        }
        prefer
    }

    fn add(&mut self, preference: &str) {
        self.later |= preference.eq_ignore_ascii_case("respond-async");
        let Some((name, value)) = preference.split_once('=') else { return };
        match (name.trim(), value.trim().trim_matches('"')) {
            ("return", "minimal") => _ = self.returns.get_or_insert(Return::Minimal),
            ("return", "representation") => _ = self.returns.get_or_insert(Return::Representation),
            ("return", "OperationOutcome") => _ = self.returns.get_or_insert(Return::OperationOutcome),
            ("handling", "strict") => _ = self.handling.get_or_insert(Handling::Strict),
            ("handling", "lenient") => _ = self.handling.get_or_insert(Handling::Lenient),
            _ => {}
        }
    }

    /// `Preference-Applied` of a write.
    pub(super) fn applied_to_write(self) -> Option<&'static str> {
        self.returns.map(|returns| match returns {
            Return::Minimal => "return=minimal",
            Return::Representation => "return=representation",
            Return::OperationOutcome => "return=OperationOutcome",
        })
    }

    /// `Preference-Applied` of a search.
    pub(super) fn applied_to_search(self) -> Option<&'static str> {
        self.handling.map(|handling| match handling {
            Handling::Strict => "handling=strict",
            Handling::Lenient => "handling=lenient",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Prefer {
        let name = http::HeaderName::from_static("prefer");
        Prefer::read(&values.iter().map(|value| (name.clone(), value.parse().unwrap())).collect())
    }

    #[test]
    fn several_are_merged_and_the_first_of_a_kind_wins() {
        assert_eq!(read(&[]), Prefer::default());
        let both = read(&["return=minimal; foo, handling=lenient", "return=representation"]);
        let handling = Some(Handling::Lenient);
        assert_eq!(both, Prefer { returns: Some(Return::Minimal), handling, later: false });
        let later = Prefer { later: true, ..Prefer::default() };
        assert_eq!(read(&["return=everything", "respond-async"]), later);
    }
}
