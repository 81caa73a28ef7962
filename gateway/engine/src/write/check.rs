//! What is looked at before the store is touched: scopes, read-only types, the right place, the profile check.

use std::sync::Arc;

use fhir_profiles::mention::{Role, readdressed};
use fhir_profiles::search::Query;
use fhir_profiles::{BsnCheck, IndexEntry, Refusal, Rules, Valid};
use gateway_core::{Caller, Id, Interaction, Issue, IssueCode, Key, Origin, Problem, Resource, ResourceType};
use gateway_store::{Content, CounterpartKey, Precondition};

use super::{Change, Foreseen, Patch, Target, Write};
use crate::Engine;
use crate::read::allowed;

/// What the gateway shows as these types it keeps elsewhere: its audit trail, its deliveries and links.
const READ_ONLY: [ResourceType; 3] = [ResourceType::AuditEvent, ResourceType::Task, ResourceType::Endpoint];

/// The system of the tag on a resource of which elements were left out (FHIR R4, `_summary` and `_elements`).
const TAG_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";

/// A write that may be committed, as far as that can be said without looking at the store.
#[derive(Debug, Clone)]
pub(super) struct Checked {
    pub(super) on: On,
    /// What others were told that it is.
    pub(super) foreseen: Option<Foreseen>,
    pub(super) becomes: Becomes,
    pub(super) precondition: Precondition,
    pub(super) bind: Option<CounterpartKey>,
    pub(super) interaction: Interaction,
    pub(super) bsn: Option<BsnCheck>,
}

/// Which resource it is, or how it is found.
#[derive(Debug, Clone)]
pub(super) enum On {
    Key(Key),
    Matching(Query),
}

/// What becomes of it.
#[derive(Debug, Clone)]
pub(super) enum Becomes {
    Known(Known),
    /// Known when the current version is.
    Patched(Arc<dyn Patch>),
}

/// What comes in the place of what is there.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) content: Content,
    /// Empty for a deletion.
    pub(super) index: Vec<IndexEntry>,
}

impl Known {
    /// The id in the body.
    pub(super) fn id(&self) -> Option<&Id> {
        match &self.content {
            Content::Document(valid) => valid.resource().id(),
            Content::Deleted => None,
        }
    }

    pub(super) fn deletes(&self) -> bool {
        matches!(self.content, Content::Deleted)
    }
}

impl Engine {
    /// Checks all of them; every one that is refused, with its place.
    pub(super) fn check(
        &self,
        caller: &Caller,
        writes: Vec<(Write, Option<Foreseen>)>,
    ) -> Result<Vec<Checked>, Vec<(Option<usize>, Problem)>> {
        let (mut checked, mut refused) = (Vec::with_capacity(writes.len()), Vec::new());
        for (place, (write, foreseen)) in writes.into_iter().enumerate() {
            match self.check_one(caller, write, foreseen) {
                Ok(one) => checked.push(one),
                Err(problem) => refused.push((Some(place), problem)),
            }
        }
        if refused.is_empty() { Ok(checked) } else { Err(refused) }
    }

    fn check_one(
        &self,
        caller: &Caller,
        write: Write,
        foreseen: Option<Foreseen>,
    ) -> Result<Checked, Problem> {
        let resource_type = write.target.resource_type();
        allowed(caller, resource_type, write.interaction)?;
        if matches!(write.target, Target::Matching(_)) {
            // How it ends tells what is there.
            allowed(caller, resource_type, Interaction::Search)?;
        }
        if READ_ONLY.contains(&resource_type) && caller.origin != Origin::System {
            return Err(Problem::NotAllowed { allow: "GET" });
        }
        let Write { target, change, precondition, bind, interaction, bsn } = write;
        let becomes = match change {
            Change::Document(resource) => {
                agree(&target, &resource)?;
                Becomes::Known(self.profiled(resource, bsn)?)
            }
            Change::Patch(patch) => Becomes::Patched(patch),
            Change::Deleted => Becomes::Known(Known { content: Content::Deleted, index: Vec::new() }),
        };
        let told = foreseen.as_ref().and_then(Foreseen::key).cloned();
        let fresh = |of| Key::new(of, self.parts().ids.next().into());
        let (on, precondition) = match target {
            // nobody has a new id, so there is nothing to read before
            Target::New(of) => (On::Key(told.unwrap_or_else(|| fresh(of))), Precondition::Absent),
            Target::Key(key) => (On::Key(key), precondition),
            Target::Matching(query) => (On::Matching(query), precondition),
        };
        Ok(Checked { on, foreseen, becomes, precondition, bind, interaction, bsn })
    }

    /// Whether a resource is R4 and keeps the rules of the house.
    ///
    /// # Errors
    /// `Malformed` or `Invalid`.
    pub(crate) fn valid(&self, resource: &Resource) -> Result<(), Problem> {
        self.profiled(resource.clone(), None).map(drop)
    }

    pub(super) fn profiled(&self, resource: Resource, bsn: Option<BsnCheck>) -> Result<Known, Problem> {
        if is_part(&resource) {
            return Err(Problem::Invalid(vec![part(resource.resource_type())]));
        }
        if let Some(issue) = outside_of_a_bundle(&resource) {
            return Err(Problem::Malformed(vec![issue]));
        }
        let parts = self.parts();
        let rules = Rules { bsn: bsn.unwrap_or(parts.rules.bsn), ..parts.rules };
        let valid: Valid = parts.profiles.check(resource, rules).map_err(refused)?;
        let index = parts.profiles.index(valid.resource());
        Ok(Known { content: Content::Document(valid), index })
    }
}

fn refused(refusal: Refusal) -> Problem {
    if refusal.malformed { Problem::Malformed(refusal.issues) } else { Problem::Invalid(refusal.issues) }
}

/// The resource is what the target says it is. The id of a new one is ours, whatever the text says.
fn agree(target: &Target, resource: &Resource) -> Result<(), Problem> {
    if target.resource_type() != resource.resource_type() {
        return Err(misplaced("resourceType is another than where the resource is to be written"));
    }
    match (target, resource.id()) {
        (Target::Key(key), Some(id)) if key.id != *id => {
            Err(misplaced("id is another than where the resource is to be written"))
        }
        (Target::Key(_) | Target::New(_) | Target::Matching(_), _) => Ok(()),
    }
}

pub(super) fn misplaced(text: &str) -> Problem {
    Problem::Malformed(vec![Issue::error(IssueCode::Invalid, text)])
}

/// Whether the text is only a part of a resource, as an answer to `_summary` or `_elements` is (`dutch-fhir.md` 4.5).
fn is_part(resource: &Resource) -> bool {
    resource
        .root()
        .find(&["meta", "tag"])
        .into_iter()
        .any(|tag| tag.text("system") == Some(TAG_SYSTEM) && tag.text("code") == Some("SUBSETTED"))
}

fn part(resource_type: ResourceType) -> Issue {
    let text = "the resource is tagged SUBSETTED: elements were left out, so it cannot replace the whole";
    Issue::error(IssueCode::BusinessRule, text).at(format!("{resource_type}.meta.tag"))
}

/// A reference to an address that has a meaning inside a Bundle only, when there is one (`dutch-fhir.md` section 6, case
/// 35). A transaction has put others in their places by now.
fn outside_of_a_bundle(resource: &Resource) -> Option<Issue> {
    const LOCAL: &str = "urn:uuid:";
    if !resource.text().contains(LOCAL) {
        return None;
    }
    let mut found = None;
    readdressed(resource, |mention| {
        if mention.role == Role::Reference && mention.address.starts_with(LOCAL) {
            found.get_or_insert_with(|| mention.expression());
        }
        None
    });
    let text = "a reference to urn:uuid: leads somewhere inside a transaction only";
    found.map(|expression| Issue::error(IssueCode::Invalid, text).at(expression))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(text: &str) -> Resource {
        Resource::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_resource_goes_where_it_says() {
        let key = Target::Key(Key::from_reference("Patient/a").unwrap());
        let cases = [
            (&key, r#"{"resourceType":"Patient","id":"a"}"#, true),
            (&key, r#"{"resourceType":"Patient"}"#, true),
            (&key, r#"{"resourceType":"Patient","id":"b"}"#, false),
            (&key, r#"{"resourceType":"Slot","id":"a"}"#, false),
            (&Target::New(ResourceType::Patient), r#"{"resourceType":"Patient","id":"b"}"#, true),
        ];
        for (target, text, fits) in cases {
            assert_eq!(agree(target, &resource(text)).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn a_part_of_a_resource_is_known_by_its_tag() {
        let tagged = |system: &str| {
            let tag = format!(r#"[{{"code":"x"}},{{"system":"{system}","code":"SUBSETTED"}}]"#);
            is_part(&resource(&format!(r#"{{"resourceType":"Patient","meta":{{"tag":{tag}}}}}"#)))
        };
        assert!(tagged(TAG_SYSTEM));
        assert!(!tagged("http://example.test/tags"));
    }
}
