//! A map from codes to codes, both ways.

use std::collections::BTreeMap;

use gateway_core::{Issue, IssueCode};

/// A compiled ConceptMap of one group: which code becomes which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConceptMap {
    pub(crate) url: String,
    /// `None`: the code is known and becomes nothing, with the reason.
    pub(crate) forward: BTreeMap<String, Entry>,
    pub(crate) backward: BTreeMap<String, String>,
}

/// What one source code becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entry {
    /// This code.
    Code(String),
    /// Nothing, and why.
    Nothing(String),
}

/// What a source code becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'m> {
    /// This code.
    Code(&'m str),
    /// Nothing, on purpose; the reason is the map's.
    Nothing(&'m str),
}

impl ConceptMap {
    /// The canonical URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the source code `code`, found at `path`, becomes.
    ///
    /// # Errors
    /// `code-invalid` at `path` when the map does not know the code. The code itself is not repeated.
    pub fn forward(&self, code: &str, path: &str) -> Result<Target<'_>, Issue> {
        match self.forward.get(code) {
            Some(Entry::Code(target)) => Ok(Target::Code(target)),
            Some(Entry::Nothing(why)) => Ok(Target::Nothing(why)),
            None => Err(self.unknown(path)),
        }
    }

    /// The source code that the target code `code`, found at `path`, came from. Where several sources share a target,
    /// it is the one that means the same.
    ///
    /// # Errors
    /// As [`ConceptMap::forward`].
    pub fn backward(&self, code: &str, path: &str) -> Result<&str, Issue> {
        self.backward.get(code).map(String::as_str).ok_or_else(|| self.unknown(path))
    }

    /// The source codes it knows.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.forward.keys().map(String::as_str)
    }

    /// The target codes it tells.
    pub fn targets(&self) -> impl Iterator<Item = &str> {
        self.forward.values().filter_map(|entry| match entry {
            Entry::Code(code) => Some(code.as_str()),
            Entry::Nothing(_) => None,
        })
    }

    /// Whether it knows the source code.
    #[must_use]
    pub fn knows(&self, code: &str) -> bool {
        self.forward.contains_key(code)
    }

    fn unknown(&self, path: &str) -> Issue {
        let name = self.url.rsplit('/').next().unwrap_or_default();
        Issue::error(IssueCode::CodeInvalid, format!("the code has no entry in the map {name}")).at(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(elements: &str) -> ConceptMap {
        ConceptMap::from_text(&format!(
            r#"{{"resourceType":"ConceptMap","url":"https://zorgtolk.example/fhir/ConceptMap/m","status":"active",
               "group":[{{"source":"s","target":"t","element":[{elements}]}}]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_missing_code_is_an_issue_with_its_path_and_never_a_default() {
        let map = map(r#"{"code":"a","target":[{"code":"x","equivalence":"equal"}]}"#);
        for issue in [
            map.forward("b", "Appointment.status").unwrap_err(),
            map.backward("b", "Appointment.status").unwrap_err(),
        ] {
            assert_eq!(issue.code, IssueCode::CodeInvalid);
            assert_eq!(issue.expression.as_deref(), Some("Appointment.status"));
        }
    }

    #[test]
    fn the_way_back_takes_the_source_that_means_the_same() {
        let map = map(r#"{"code":"wide","target":[{"code":"x","equivalence":"wider","comment":"c"}]},
               {"code":"same","target":[{"code":"x","equivalence":"equivalent"}]},
               {"code":"only","target":[{"code":"y","equivalence":"narrower","comment":"c"}]}"#);
        assert_eq!(map.backward("x", "p").unwrap(), "same");
        assert_eq!(map.backward("y", "p").unwrap(), "only");
    }

    proptest::proptest! {
        #[test]
        fn translating_never_panics_and_is_known_or_an_issue(code in ".{0,20}") {
            let map = map(r#"{"code":"a","target":[{"code":"x","equivalence":"equal"}]}"#);
            proptest::prop_assert_eq!(map.forward(&code, "p").is_ok(), code == "a");
            proptest::prop_assert_eq!(map.backward(&code, "p").is_ok(), code == "x");
        }
    }
}
