//! The person an appointment or notification is for: found by BSN, or made as a stub (V-04, V-06).

use gateway_core::json::quoted;
use gateway_core::{Bsn, Draft, Id, Problem, Resource, ResourceType, TenantId};
use gateway_store::Store;

use super::shape::{array, object};

/// A person as a XIS names one.
pub(super) struct Person {
    /// The number.
    pub(super) bsn: Bsn,
    /// The name that is shown, when one was sent.
    pub(super) name: Option<String>,
}

impl Person {
    /// The id a stub gets: the same in two requests at once, and telling nothing about the number.
    pub(super) fn stub_id(&self, store: &Store, tenant: &TenantId) -> Id {
        let hash = store.keyed_hash("patient-stub", &format!("{tenant} {}", self.bsn.expose()));
        let bits = hash.get(..32).and_then(|hex| u128::from_str_radix(hex, 16).ok());
        let bits = bits.expect("a keyed hash has 64 hexadecimal digits");
        uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid().into()
    }

    /// A Patient that says no more than was told.
    pub(super) fn stub(&self) -> Result<Resource, Problem> {
        let identifier = object([("system", quoted(Bsn::SYSTEM)), ("value", quoted(self.bsn.expose()))]);
        let mut draft = Draft::new(ResourceType::Patient).set("identifier", array([identifier]));
        if let Some(name) = &self.name {
            draft = draft.set("name", array([object([("text", quoted(name))])]));
        }
        draft.build().map_err(|issue| Problem::Malformed(vec![issue]))
    }
}
