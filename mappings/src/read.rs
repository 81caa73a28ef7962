//! Reading and checking a ConceptMap resource (FHIR R4 ConceptMap).
//!
//! Refused: more than one group, a source code twice, more than one target for a code, an `unmatched` without the
//! comment that says why, a target that two source codes claim to mean the same, a target several reach and none means
//! the same: all of these would make a translation depend on the order of the file.

use std::collections::BTreeMap;

use gateway_core::json::Node;
use gateway_core::{Resource, ResourceType};

use crate::ConceptMap;
use crate::concept_map::Entry;

/// Why a ConceptMap cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConceptMapError {
    /// The text is no ConceptMap resource.
    #[error("no ConceptMap resource")]
    NoConceptMap,
    /// A mandatory element is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// There is not exactly one group.
    #[error("a map has exactly one group")]
    Groups,
    /// A source code stands there twice.
    #[error("the source code {0:?} stands there twice")]
    Twice(String),
    /// A source code has no target, or more than one.
    #[error("the source code {0:?} needs exactly one target")]
    Targets(String),
    /// The equivalence is none of R4's, or one that is no translation.
    #[error("the equivalence of {0:?} is no translation")]
    Equivalence(String),
    /// `unmatched` with a code, or without the reason.
    #[error("the unmatched source code {0:?} needs a comment and no target code")]
    Unmatched(String),
    /// The way back is not one way.
    #[error("the target code {0:?} leads back to several source codes")]
    Ambiguous(String),
}

/// How a target code was reached.
struct Source {
    code: String,
    same: bool,
}

impl ConceptMap {
    /// Reads and checks the text of a ConceptMap.
    ///
    /// # Errors
    /// [`ConceptMapError`] names the first thing that is wrong.
    pub fn from_text(text: &str) -> Result<Self, ConceptMapError> {
        let resource = Resource::from_text(text).map_err(|_| ConceptMapError::NoConceptMap)?;
        if resource.resource_type() != ResourceType::ConceptMap {
            return Err(ConceptMapError::NoConceptMap);
        }
        let root = resource.root();
        let url = root.text("url").ok_or(ConceptMapError::Missing("ConceptMap.url"))?.to_owned();
        let groups = root.find(&["group"]);
        let [group] = groups.as_slice() else { return Err(ConceptMapError::Groups) };

        let mut forward = BTreeMap::new();
        let mut reached: BTreeMap<String, Vec<Source>> = BTreeMap::new();
        for element in group.find(&["element"]) {
            let code =
                element.text("code").ok_or(ConceptMapError::Missing("ConceptMap.group.element.code"))?;
            let (entry, same) = entry(code, element)?;
            if let Entry::Code(target) = &entry {
                reached.entry(target.clone()).or_default().push(Source { code: code.to_owned(), same });
            }
            if forward.insert(code.to_owned(), entry).is_some() {
                return Err(ConceptMapError::Twice(code.to_owned()));
            }
        }
        let backward = reached.into_iter().map(way_back).collect::<Result<_, _>>()?;
        Ok(Self { url, forward, backward })
    }
}

/// What one element says, and whether both codes mean the same.
fn entry(code: &str, element: Node<'_>) -> Result<(Entry, bool), ConceptMapError> {
    let targets = element.find(&["target"]);
    let [target] = targets.as_slice() else { return Err(ConceptMapError::Targets(code.to_owned())) };
    let same = match target.text("equivalence") {
        Some("equal" | "equivalent") => true,
        Some("wider" | "narrower" | "subsumes" | "specializes" | "relatedto" | "inexact") => false,
        Some("unmatched") => {
            return match (target.text("comment"), target.get("code")) {
                (Some(why), None) => Ok((Entry::Nothing(why.to_owned()), false)),
                _ => Err(ConceptMapError::Unmatched(code.to_owned())),
            };
        }
        _ => return Err(ConceptMapError::Equivalence(code.to_owned())),
    };
    let target =
        target.text("code").ok_or(ConceptMapError::Missing("ConceptMap.group.element.target.code"))?;
    Ok((Entry::Code(target.to_owned()), same))
}

fn way_back((target, sources): (String, Vec<Source>)) -> Result<(String, String), ConceptMapError> {
    let same: Vec<&Source> = sources.iter().filter(|source| source.same).collect();
    match (same.as_slice(), sources.as_slice()) {
        (&[one], _) | (&[], [one]) => Ok((target, one.code.clone())),
        _ => Err(ConceptMapError::Ambiguous(target)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(elements: &str) -> Result<ConceptMap, ConceptMapError> {
        ConceptMap::from_text(&format!(
            r#"{{"resourceType":"ConceptMap","url":"u","status":"active","group":[{{"element":[{elements}]}}]}}"#
        ))
    }

    #[test]
    fn what_would_depend_on_the_order_of_the_file_is_refused() {
        let equal = |code: &str, target: &str| {
            format!(r#"{{"code":"{code}","target":[{{"code":"{target}","equivalence":"equal"}}]}}"#)
        };
        let wider = |code: &str| equal(code, "x").replace("equal", "wider");
        for (elements, wanted) in [
            (format!("{},{}", equal("a", "x"), equal("a", "y")), ConceptMapError::Twice("a".into())),
            (format!("{},{}", equal("a", "x"), equal("b", "x")), ConceptMapError::Ambiguous("x".into())),
            (format!("{},{}", wider("a"), wider("b")), ConceptMapError::Ambiguous("x".into())),
            (r#"{"code":"a"}"#.to_owned(), ConceptMapError::Targets("a".into())),
            (
                r#"{"code":"a","target":[{"code":"x","equivalence":"disjoint"}]}"#.to_owned(),
                ConceptMapError::Equivalence("a".into()),
            ),
            (
                r#"{"code":"a","target":[{"equivalence":"unmatched"}]}"#.to_owned(),
                ConceptMapError::Unmatched("a".into()),
            ),
            (r#"{"target":[]}"#.to_owned(), ConceptMapError::Missing("ConceptMap.group.element.code")),
        ] {
            assert_eq!(read(&elements).unwrap_err(), wanted, "{elements}");
        }
    }

    #[test]
    fn what_is_no_map_is_refused() {
        assert_eq!(ConceptMap::from_text("{").unwrap_err(), ConceptMapError::NoConceptMap);
        let patient = r#"{"resourceType":"Patient"}"#;
        assert_eq!(ConceptMap::from_text(patient).unwrap_err(), ConceptMapError::NoConceptMap);
        let empty = r#"{"resourceType":"ConceptMap","url":"u","status":"active"}"#;
        assert_eq!(ConceptMap::from_text(empty).unwrap_err(), ConceptMapError::Groups);
    }
}
