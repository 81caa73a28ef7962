//! Reading what a XIS lists.

use serde_json::Value;

/// The resources of this type: normal entries, and bare ones as the published schema has them; or the one
/// resource, when no Bundle was answered.
pub(super) fn resources<'a>(answer: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = answer["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    let whole = entries.iter().map(|entry| entry.get("resource").unwrap_or(entry));
    whole.chain(std::iter::once(answer)).filter(|it| it["resourceType"] == kind).collect()
}

/// A resource's id.
pub(super) fn id(resource: &Value) -> Option<&str> {
    resource["id"].as_str()
}

/// `Type/id` without the type.
pub(super) fn id_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_is_read_in_each_of_its_forms() {
        let slot = json!({ "resourceType": "Slot", "id": "1" });
        for (answer, found) in [
            (json!({ "resourceType": "Bundle", "entry": [{ "resource": slot }] }), 1),
            (json!({ "resourceType": "Bundle", "entry": [slot, { "resource": slot }] }), 2),
            (
                json!({ "resourceType": "Bundle", "entry": [{ "resource": { "resourceType": "Patient" } }] }),
                0,
            ),
            (json!({ "resourceType": "Bundle", "total": 0 }), 0),
            (slot.clone(), 1),
        ] {
            assert_eq!(resources(&answer, "Slot").len(), found, "{answer}");
        }
    }
}
