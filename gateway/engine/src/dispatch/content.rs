//! What a delivery needs from the store, read at sending and under its tenant.

use std::collections::{BTreeMap, BTreeSet};

use gateway_core::json::{Kind, Node};
use gateway_core::{Caller, Delivery, Key, Origin, Resource, Scopes, Version};
use gateway_store::{Claim, Queued, Store, StoreError, View};

/// References followed per resource: an appointment has a handful, and a bundle of hundreds is no delivery.
const MOST_REFERENCES: usize = 32;

/// Why a delivery cannot be put together.
#[derive(Debug, thiserror::Error)]
pub(super) enum ContentError {
    /// The store failed: try again.
    #[error("the content was not read")]
    Store(#[from] StoreError),
    /// The version is not there, or is no resource: trying again does not help.
    #[error("the version cannot be read back")]
    Damaged,
}

/// Puts a delivery together.
pub(super) async fn delivery(store: &Store, claim: &Claim, head: &Queued) -> Result<Delivery, ContentError> {
    let view = store.of(&reader(claim, head));
    let (mut resource, mut before) = (None, None);
    if head.deleted {
        before = previous(&view, &claim.key, head.version).await?;
    } else {
        resource = Some(version(&view, &claim.key, head.version).await?.ok_or(ContentError::Damaged)?);
    }
    let referenced = match resource.as_ref().or(before.as_ref()) {
        Some(resource) => referenced(&view, resource, &claim.key).await?,
        None => BTreeMap::new(),
    };
    Ok(Delivery {
        id: head.delivery,
        tenant: claim.tenant.clone(),
        link: claim.link.clone(),
        key: claim.key.clone(),
        version: head.version,
        attempt: head.attempts + 1,
        resource,
        before,
        referenced,
        note: claim.note.clone(),
        sent_before: claim.sent_before,
    })
}

fn reader(claim: &Claim, head: &Queued) -> Caller {
    Caller {
        tenant: claim.tenant.clone(),
        origin: Origin::System,
        scopes: Scopes::default(),
        request_id: format!("delivery-{}", head.delivery).into(),
    }
}

async fn version(view: &View, key: &Key, version: Version) -> Result<Option<Resource>, ContentError> {
    let stored = view.vread(key, version).await?;
    stored.and_then(|stored| stored.text).map(read_back).transpose()
}

/// The last version before a deletion that was none.
async fn previous(view: &View, key: &Key, deletion: Version) -> Result<Option<Resource>, ContentError> {
    for number in (1..deletion.0).rev() {
        if let Some(resource) = version(view, key, Version(number)).await? {
            return Ok(Some(resource));
        }
    }
    Ok(None)
}

async fn referenced(
    view: &View,
    resource: &Resource,
    own: &Key,
) -> Result<BTreeMap<Key, Resource>, ContentError> {
    let mut keys = BTreeSet::new();
    references(resource.root(), &mut keys);
    keys.remove(own);
    let mut found = BTreeMap::new();
    for key in keys.into_iter().take(MOST_REFERENCES) {
        if let Some(text) = view.read(&key).await?.and_then(|stored| stored.text) {
            found.insert(key, read_back(text)?);
        }
    }
    Ok(found)
}

/// The relative references under `node`; those of contained resources are not the resource's own.
fn references(node: Node<'_>, keys: &mut BTreeSet<Key>) {
    match node.kind() {
        Kind::Object => {
            for (name, child) in node.entries().filter(|(name, _)| *name != "contained") {
                match child.as_str() {
                    Some(text) if name == "reference" => keys.extend(Key::from_reference(text)),
                    _ => references(child, keys),
                }
            }
        }
        Kind::Array => node.items().for_each(|item| references(item, keys)),
        Kind::Null | Kind::Bool(_) | Kind::Number | Kind::String => {}
    }
}

fn read_back(text: String) -> Result<Resource, ContentError> {
    Resource::from_text(text).map_err(|_| ContentError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_at_any_depth_but_not_in_contained() {
        let resource = Resource::parse(
            br##"{"resourceType":"Appointment","contained":[{"resourceType":"Slot","schedule":{"reference":"Schedule/c"}}],
              "participant":[{"actor":{"reference":"Patient/a"}},{"actor":{"reference":"#x"}},
                {"actor":{"reference":"https://elsewhere.test/Patient/z"}}],
              "extension":[{"valueReference":{"reference":"Location/b/_history/2"}}]}"##,
        )
        .unwrap();
        let mut keys = BTreeSet::new();
        references(resource.root(), &mut keys);
        let names: Vec<_> = keys.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["Location/b", "Patient/a"]);
    }
}
