//! Who a Patient is: one Patient per BSN and tenant (`dutch-fhir.md` section 6, case 31).
//!
//! The BSN is bound as a key of the Patient in the commit that writes it, so two requests cannot both make a Patient with
//! the same BSN, and a search before the write is not needed. Only an HMAC of the number is kept.

use std::collections::BTreeSet;

use fhir_profiles::{IndexEntry, IndexValue};
use gateway_core::{Bsn, ResourceType};
use gateway_store::{CounterpartKey, Store};

/// The key space of BSNs; no link or client can have a name with a colon.
pub(crate) const SPACE: &str = "identity:bsn";

/// The purpose of the HMAC, so that the values match no other hash in the store.
const PURPOSE: &str = "identity-bsn";

/// The key of nine digits.
pub(crate) fn bsn_key(store: &Store, digits: &str) -> CounterpartKey {
    CounterpartKey { space: SPACE.to_owned(), value: store.keyed_hash(PURPOSE, digits) }
}

/// The BSNs among the index rows of a resource, when it is a Patient.
pub(crate) fn bsns(resource_type: ResourceType, entries: &[IndexEntry]) -> BTreeSet<&str> {
    if resource_type != ResourceType::Patient {
        return BTreeSet::new();
    }
    entries.iter().filter(|entry| entry.parameter == "identifier").filter_map(bsn).collect()
}

fn bsn(entry: &IndexEntry) -> Option<&str> {
    match &entry.value {
        IndexValue::Token { system: Some(system), code, .. } if system == Bsn::SYSTEM => Some(code),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identifier(system: &str, code: &str) -> IndexEntry {
        let value =
            IndexValue::Token { system: Some(system.to_owned()), code: code.to_owned(), secret: true };
        IndexEntry { parameter: "identifier", value }
    }

    #[test]
    fn only_the_bsn_of_a_patient_identifies() {
        let rows = [identifier(Bsn::SYSTEM, "123456782"), identifier("http://example.test/id", "7")];
        assert_eq!(bsns(ResourceType::Patient, &rows), BTreeSet::from(["123456782"]));
        assert_eq!(bsns(ResourceType::Appointment, &rows), BTreeSet::new());
    }
}
