//! The profiles of our own: structure definitions, compiled from the files other FHIR tools read too.
//!
//! What a differential says is compiled: cardinality, fixed and pattern values, `maxLength`, required codes, slices
//! by value or pattern (and by type for a choice), and constraints, whose keys name Rust functions in `judges`.

mod compile;
pub(crate) mod differential;
pub(crate) mod files;
mod judges;
mod notification;
mod rule;
mod walk;

use std::collections::HashMap;
use std::sync::LazyLock;

use gateway_core::IssueCode::{NotFound, Structure};
use gateway_core::ResourceType;

use crate::check::{Level, Place, Walk};
use rule::Rule;
pub(crate) use walk::Mode;

/// Where our definitions live; a profile of ours is named by what follows.
pub(crate) const CANONICAL: &str = "https://zorgtolk.example/fhir/";

/// A compiled profile.
#[derive(Debug)]
struct Profile {
    resource_type: ResourceType,
    root: Rule,
}

/// Looks at a resource as the profile of this canonical asks.
pub(crate) fn judge(canonical: &str, mode: Mode, resource: &Place<'_>, walk: &mut Walk) {
    let Some(profile) = profile(canonical) else {
        return walk
            .sink
            .once(Level::Refused, NotFound, resource, || "the profile is not known here".to_owned());
    };
    if resource.name != profile.resource_type.as_str() {
        let text = || format!("the resource must be of type {}", profile.resource_type);
        return walk.sink.once(Level::Malformed, Structure, resource, text);
    }
    let rules = walk.rules;
    let mut pass = walk::Pass { mode, rules, sink: &mut walk.sink };
    pass.of_each(&profile.root.of_each, &profile.root, None, resource);
}

/// The profile of this canonical; a version behind `|` does not count.
fn profile(canonical: &str) -> Option<&'static Profile> {
    static ALL: LazyLock<HashMap<String, Profile>> = LazyLock::new(compile::all);
    ALL.get(canonical.split('|').next().unwrap_or_default())
}

/// Whether the canonical would be one of ours.
pub(crate) fn is_ours(canonical: &str) -> bool {
    canonical.starts_with(CANONICAL)
}

/// The id in a canonical of ours: what stands behind the last slash.
pub(crate) fn profile_id(canonical: &str) -> &str {
    canonical.rsplit('/').next().unwrap_or_default()
}
