//! What still refers to a resource is not left alone by a client that deletes it (`dutch-fhir.md` 4.3, delete: 409).
//!
//! Only a client is asked: what a counterpart no longer has, it no longer has. What a client deletes or rewrites in the same
//! commit does not hold it back. Looked at before the commit and not in it: a reference that is made at the same moment may
//! dangle, as one may that was stored before what it refers to.

use fhir_profiles::IndexValue;
use fhir_profiles::search::ParameterKind;
use gateway_core::{Caller, Interaction, Issue, IssueCode, Key, Origin, Problem, ResourceType};
use gateway_store::Put;

use crate::{Engine, fault};

/// So many are named; the caller deletes them, or changes them, and asks again.
const NAMED: usize = 5;

/// Whether a caller is held back.
pub(super) fn is_asked(caller: &Caller) -> bool {
    matches!(caller.origin, Origin::Client(_))
}

impl Engine {
    /// Goes on only when nothing that stays refers to `gone`, which one of `puts` deletes.
    pub(super) async fn unreferred(&self, caller: &Caller, gone: &Key, puts: &[Put]) -> Result<(), Problem> {
        let places = self.places(gone.resource_type);
        let limit = u32::try_from(puts.len() + NAMED).unwrap_or(u32::MAX);
        let found = self.view(caller).referrers(gone, &places, limit).await;
        let mut found = found.map_err(|e| fault::of_store(&e, caller))?;
        found.retain(|key| !puts.iter().any(|put| put.key == *key && !refers(put, gone)));
        if found.is_empty() { Ok(()) } else { Err(Problem::Conflict(referred(caller, &found))) }
    }

    /// Where a reference to this type can stand.
    fn places(&self, to: ResourceType) -> Vec<(ResourceType, &str)> {
        let profiles = &self.parts().profiles;
        let of = |from: ResourceType| {
            let parameters = profiles.search_parameters(from).iter();
            parameters
                .filter(|parameter| parameter.kind == ParameterKind::Reference)
                .filter(move |parameter| {
                    parameter.targets.is_empty() || parameter.targets.contains(&to.as_str())
                })
                .map(move |parameter| (from, parameter.code))
        };
        ResourceType::ALL.iter().flat_map(|from| of(*from)).collect()
    }
}

fn refers(put: &Put, to: &Key) -> bool {
    put.index.iter().any(|entry| matches!(&entry.value, IndexValue::Reference(key) if key == to))
}

/// Names those that the caller may read.
fn referred(caller: &Caller, by: &[Key]) -> Issue {
    let may_read = |key: &&Key| caller.scopes.allow(key.resource_type, Interaction::Read);
    let named: Vec<_> = by.iter().filter(may_read).take(NAMED).map(Key::to_string).collect();
    let more = if named.len() < by.len() { "; others do too" } else { "" };
    let text = format!("other resources still refer to it: {}{more}", named.join(", "));
    Issue::error(IssueCode::Conflict, text)
}
