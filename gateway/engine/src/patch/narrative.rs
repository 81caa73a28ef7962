//! What becomes of the narrative (`dutch-fhir.md` section 4.3, patch): a text that shows what a patch has changed must not stay.
//!
//! Whether an element is shown cannot be seen from a text, so every change counts. A text made from the elements alone
//! (`generated`, `extensions`) loses nothing by going; one with more in it (`additional`) is the caller's to change, in the
//! same patch. A patch that touches the text itself is believed.

use gateway_core::json::{Node, canonical};
use gateway_core::{Issue, IssueCode, Problem, Resource};

/// The members that a narrative does not show.
const NOT_SHOWN: [&str; 6] = ["resourceType", "id", "meta", "implicitRules", "language", "text"];

/// `patched` with a narrative that is not untrue.
pub(super) fn kept_true(current: &Resource, patched: Resource) -> Result<Resource, Problem> {
    let Some(text) = patched.root().get("text") else { return Ok(patched) };
    let before = current.root().get("text");
    if !before.is_some_and(|before| same(before, text)) || shown(current) == shown(&patched) {
        return Ok(patched);
    }
    match text.text("status") {
        Some("generated" | "extensions") => {
            patched.draft().remove("text").build().map_err(|issue| Problem::Invalid(vec![issue]))
        }
        Some("empty") => Ok(patched),
        _ => {
            let says = "the narrative holds more than the elements do, so it cannot be dropped; change text in the same patch";
            let place = format!("{}.text", patched.resource_type());
            Err(Problem::Invalid(vec![Issue::error(IssueCode::BusinessRule, says).at(place)]))
        }
    }
}

fn shown(resource: &Resource) -> Vec<(&str, String)> {
    let entries = resource.root().entries().filter(|(name, _)| !NOT_SHOWN.contains(name));
    let mut shown: Vec<_> = entries.map(|(name, value)| (name, canonical(value))).collect();
    shown.sort_unstable();
    shown
}

fn same(a: Node<'_>, b: Node<'_>) -> bool {
    canonical(a) == canonical(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(text: &str, rest: &str) -> Resource {
        let text = format!(r#"{{"resourceType":"Patient","id":"p"{text}{rest}}}"#);
        Resource::from_text(text).unwrap()
    }

    fn narrative(status: &str) -> String {
        format!(
            r#","text":{{"status":"{status}","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}"#
        )
    }

    fn after(status: &str, rest: &str) -> Option<bool> {
        let current = patient(&narrative(status), r#","active":true"#);
        let patched = kept_true(&current, patient(&narrative(status), rest)).ok()?;
        Some(patched.root().get("text").is_some())
    }

    #[test]
    fn a_narrative_made_from_the_elements_goes_when_they_change() {
        for status in ["generated", "extensions"] {
            assert_eq!(after(status, r#","active":false"#), Some(false), "{status}");
            assert_eq!(after(status, r#","active":true,"language":"nl","meta":{"source":"x"}"#), Some(true));
        }
        assert_eq!(after("empty", r#","active":false"#), Some(true));
        assert_eq!(after("additional", r#","active":false"#), None);
        assert_eq!(after("additional", r#","active": true "#), Some(true));
    }

    #[test]
    fn a_narrative_that_was_patched_is_believed() {
        let current = patient(&narrative("additional"), r#","active":true"#);
        let patched = kept_true(&current, patient(&narrative("generated"), r#","active":false"#)).unwrap();
        assert!(patched.root().get("text").is_some());
        let gone = kept_true(&current, patient("", r#","active":false"#)).unwrap();
        assert!(gone.root().get("text").is_none());
    }
}
