//! The constraints of R4 as Rust functions, each found by the element it stands on and its key in
//! `r4/constraints.tsv`, and the rules of our own that R4 lacks. A test knows of each one that is left out.

mod conformance;
mod datatypes;
mod own;
mod resources;

use super::Place;

pub(crate) use own::own_rules;

/// Whether a value satisfies a constraint.
pub(crate) type Holds = fn(&Place<'_>) -> bool;

/// A constraint on an element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Constraint {
    /// `app-3`
    pub(crate) key: &'static str,
    /// What it says.
    pub(crate) human: &'static str,
    pub(crate) holds: Holds,
}

/// The function of an R4 constraint on the element at `path`.
pub(crate) fn rule(path: &str, key: &str) -> Option<Holds> {
    datatypes::rule(path, key).or_else(|| resources::rule(path, key)).or_else(|| conformance::rule(key))
}

/// Why a constraint of R4 is not checked.
#[cfg(test)]
pub(crate) fn not_checked(key: &str) -> Option<&'static str> {
    let (family, _) = key.split_once('-')?;
    match family {
        "sdf" | "eld" => Some(
            "StructureDefinitions come from us or a publisher and are read by no rule of the gateway yet",
        ),
        "ppc" => (key != "ppc-1")
            .then_some("tests a system named 'something', so it never fires; zt-consent-1 is meant"),
        "tim" => (key == "tim-9").then_some("offset and when come from another vocabulary than we exchange"),
        _ => None,
    }
}
