//! `POST /Communication` of the category `melding` (`spreekuur.md` section 7.1).

use serde::Serialize;
use serde_json::value::RawValue;

use super::Patient;

/// The code that makes a Communication a notification. The code decides, not its system.
pub(crate) const MELDING: &str = "melding";

/// The system of their own example.
pub(crate) const CATEGORY_SYSTEM: &str = "nl.spreekuur.communication-category";

/// The body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Communication {
    pub(crate) resource_type: &'static str,
    pub(crate) id: String,
    pub(crate) contained: Vec<Patient>,
    pub(crate) status: &'static str,
    pub(crate) category: Vec<Concept>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) topic: Option<Topic>,
    pub(crate) recipient: Vec<Recipient>,
    /// As the source has it, to the letter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payload: Option<Box<RawValue>>,
}

#[derive(Serialize)]
pub(crate) struct Concept {
    pub(crate) coding: Vec<ConceptCoding>,
}

#[derive(Serialize)]
pub(crate) struct ConceptCoding {
    pub(crate) system: &'static str,
    pub(crate) code: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Topic {
    pub(crate) text: String,
}

#[derive(Serialize)]
pub(crate) struct Recipient {
    pub(crate) reference: String,
}
