//! The addresses by which the R5 Backport for Subscriptions (1.1.0) and the gateway itself name things.

use gateway_core::{Id, LinkId, ResourceType, TenantId};
use uuid::Uuid;

const BACKPORT: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/";
const TOPICS: &str = "https://zorgtolk.example/fhir/SubscriptionTopic/";

/// The extension a server keeps on a Subscription: who made it, with which scopes.
pub(super) const OWNER: &str = "https://zorgtolk.example/fhir/StructureDefinition/subscription-owner";

/// The profile of a Subscription to a topic.
pub const PROFILE: &str =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription";

/// The profile of a status.
pub(super) const STATUS_PROFILE: &str =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4";

/// The link that sets subscriptions up: each that a client writes is a change for it.
pub(crate) const SETUP: &str = "subscriptions";

/// Types that are no resources of a tenant: parts of messages, what is made on the spot, and what the gateway shows of
/// itself.
const NO_TOPIC: [ResourceType; 8] = [
    ResourceType::AuditEvent,
    ResourceType::Bundle,
    ResourceType::CapabilityStatement,
    ResourceType::Endpoint,
    ResourceType::OperationOutcome,
    ResourceType::Parameters,
    ResourceType::Subscription,
    ResourceType::Task,
];

/// Whether `url` is the extension of the backport with this name.
pub(super) fn is_backport(url: &str, name: &str) -> bool {
    url.strip_prefix(BACKPORT) == Some(name)
}

/// Whether changes of a type can be told.
pub(super) fn can_be_told(resource_type: ResourceType) -> bool {
    !NO_TOPIC.contains(&resource_type)
}

/// The topic of a type: it is made, changed or deleted.
fn topic(resource_type: ResourceType) -> String {
    format!("{TOPICS}{resource_type}-changed")
}

/// The type of a topic of ours.
pub(super) fn type_of_topic(canonical: &str) -> Option<ResourceType> {
    let resource_type = canonical.strip_prefix(TOPICS)?.strip_suffix("-changed")?.parse().ok()?;
    can_be_told(resource_type).then_some(resource_type)
}

/// The canonical addresses of every topic there is, for the CapabilityStatement.
pub fn topics() -> impl Iterator<Item = String> {
    ResourceType::ALL.iter().copied().filter(|t| can_be_told(*t)).map(topic)
}

/// The link of a Subscription: the same on every node, and no other tenant's.
pub(super) fn link(tenant: &TenantId, id: &Id) -> LinkId {
    let name = Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{tenant}/Subscription/{id}").as_bytes());
    format!("subscription-{}", name.simple()).parse().expect("hex digits and a word are the name of a link")
}

/// A name that stays the same as long as what it is made of.
pub(super) fn stable(parts: &[&str]) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, parts.join("/").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_that_can_be_told_has_one_topic() {
        let topics: Vec<_> = topics().collect();
        assert!(topics.contains(&format!("{TOPICS}Appointment-changed")));
        assert!(!topics.iter().any(|topic| topic.contains("/Task-")));
        for topic in topics {
            assert!(type_of_topic(&topic).is_some(), "{topic}");
        }
        for other in ["https://elsewhere.example/Patient-changed", "Task-changed", ""] {
            assert_eq!(type_of_topic(&format!("{TOPICS}{other}")), None, "{other}");
        }
    }

    #[test]
    fn a_link_is_one_tenants_own() {
        let link = |tenant: &str, id: &str| link(&tenant.parse().unwrap(), &id.parse().unwrap());
        assert_eq!(link("de-linde", "A.1"), link("de-linde", "A.1"));
        assert_ne!(link("de-linde", "a"), link("de-eik", "a"));
    }
}
